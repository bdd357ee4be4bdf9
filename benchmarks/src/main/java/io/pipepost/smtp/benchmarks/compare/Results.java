/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of docs/benchmarks/results.jsonl: for each scenario one that says where and how it was run (round -1), and one
 * for each client and round (round 0: it failed before it was warm).
 */
final class Results {
    private final List<JsonLine> lines = new ArrayList<>();

    private Results() {}

    static Results load() throws IOException {
        Results results = new Results();
        if (Files.exists(Layout.RESULTS)) {
            Files.readAllLines(Layout.RESULTS).forEach(line -> results.lines.add(JsonLine.parse(line)));
        }
        return results;
    }

    void add(JsonLine line) {
        lines.add(line);
    }

    /** Forgets what an earlier run has found in a scenario, for these contenders. */
    void replace(Scenario scenario, Timing timing) throws IOException {
        List<String> clients = scenario.contenders().stream().map(Contender::id).toList();
        lines.removeIf(line -> line.text("scenario").equals(scenario.id())
                && (line.number("round") < 0 || clients.contains(line.text("client"))));
        add(new JsonLine()
                .put("scenario", scenario.id())
                .put("round", -1)
                .put("rounds", timing.rounds())
                .put("warmupSeconds", timing.warmup() / 1e3)
                .put("measureSeconds", timing.measure() / 1e3)
                .putAll(Machine.describe()));
    }

    void save() throws IOException {
        Files.createDirectories(Layout.PLOTS);
        Files.write(Layout.RESULTS, lines.stream().map(JsonLine::toString).toList());
    }

    int failures(String scenario) {
        return (int) rounds(scenario).stream()
                .filter(line -> line.number("failures") > 0)
                .count();
    }

    JsonLine circumstances(String scenario) {
        return lines.stream()
                .filter(line -> line.text("scenario").equals(scenario) && line.number("round") < 0)
                .findFirst()
                .orElseGet(JsonLine::new);
    }

    private List<JsonLine> rounds(String scenario) {
        return lines.stream()
                .filter(line -> line.text("scenario").equals(scenario) && line.number("round") >= 0)
                .toList();
    }

    /** The clients of a scenario that have run, in its order. */
    List<Sample> samples(Scenario scenario) {
        return scenario.contenders().stream()
                .map(contender -> sample(scenario.id(), contender.id()))
                .filter(sample -> !sample.rounds().isEmpty())
                .toList();
    }

    /** One client of a scenario; NaN for all of its figures if it has not run. */
    Sample sample(String scenario, String client) {
        return new Sample(rounds(scenario).stream()
                .filter(line -> line.text("client").equals(client))
                .toList());
    }
}
