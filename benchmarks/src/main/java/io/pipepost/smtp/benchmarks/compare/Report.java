/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;

/** Writes docs/benchmarks.md. */
final class Report {
    private final Results results;
    private final StringBuilder text = new StringBuilder();

    private Report(Results results) {
        this.results = results;
    }

    static void write(Results results) throws IOException {
        Report report = new Report(results);
        report.method();
        report.targets();
        report.plots();
        for (Scenario scenario : Scenarios.all()) {
            report.scenario(scenario);
        }
        report.limits();
        Files.createDirectories(Layout.PLOTS);
        Files.writeString(Layout.REPORT, report.text);
        new Plots(results).write();
    }

    private void method() throws IOException {
        text.append(resource("method.md").replace("@MACHINE@", machine()));
    }

    private String machine() {
        return Scenarios.all().stream()
                .map(scenario -> results.circumstances(scenario.id()))
                .filter(line -> line.has("cpu"))
                .map(Report::machine)
                .distinct()
                .collect(Collectors.joining("\n"));
    }

    private static String machine(JsonLine line) {
        return String.format(
                "- %s: %s, %s cores, %s MiB of memory, %s, %s, Postfix %s",
                line.text("date"),
                line.text("cpu"),
                Format.count((long) line.number("cores")),
                Format.count((long) line.number("memoryMiB")),
                line.text("kernel"),
                line.text("jvm"),
                line.text("postfix"));
    }

    private static String resource(String name) throws IOException {
        try (var in = Report.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("No resource " + name);
            }
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    private void targets() {
        text.append("\n## Targets\n\nRatios of medians. Where a target is missed, the last column says by how much of"
                + " it.\n\n");
        text.append("| shape | figure | target | measured | |\n|---|---|---|---|---|\n");
        for (Targets.Target target : Targets.of(results)) {
            text.append(String.format(
                    "| %s | %s | %s %s | %s | %s |%n",
                    target.shape(),
                    target.what(),
                    target.atMost() ? "at most" : "at least",
                    Format.number(target.bound()),
                    Format.number(target.measured()),
                    verdict(target)));
        }
    }

    private static String verdict(Targets.Target target) {
        if (!target.isMeasured()) {
            return "not measured";
        }
        return target.isMet() ? "met" : "**missed by " + Format.percent(-target.margin()) + "**";
    }

    private void plots() {
        text.append("\n## Plots\n\n");
        Plots.TITLES.forEach((file, title) -> text.append("![")
                .append(title)
                .append("](benchmarks/")
                .append(file)
                .append(".png)\n\n"));
    }

    private void scenario(Scenario scenario) {
        List<Sample> samples = results.samples(scenario);
        if (samples.isEmpty()) {
            return;
        }
        text.append("## ").append(scenario.title()).append("\n\n");
        text.append(how(scenario)).append("\n\n");
        if (scenario.kind() == Scenario.Kind.IDLE) {
            memory(samples);
        } else {
            rates(samples);
        }
        text.append('\n');
    }

    private String how(Scenario scenario) {
        JsonLine line = results.circumstances(scenario.id());
        String command = "`benchmarks/compare --only " + scenario.id() + "`";
        if (scenario.kind() == Scenario.Kind.IDLE) {
            return "Server: " + scenario.server().title() + ". " + command;
        }
        return String.format(
                "Server: %s. Warm-up %s s, then %s windows of %s s. %s",
                scenario.server().title(),
                Format.number(line.number("warmupSeconds")),
                Format.count((long) line.number("rounds")),
                Format.number(line.number("measureSeconds")),
                command);
    }

    private void memory(List<Sample> samples) {
        text.append("| client | KiB resident per connection |\n|---|--:|\n");
        for (Sample sample : samples) {
            String figure = sample.failure().isEmpty()
                    ? Format.number(sample.median("kibPerConnection"))
                    : "failed: " + sample.failure();
            text.append(String.format("| %s | %s |%n", sample.title(), figure));
        }
    }

    private void rates(List<Sample> samples) {
        text.append("| client | messages/s | range | messages per CPU second | range | CPU s per 1,000"
                + " | bytes allocated per message | resident MiB | client's core | server's core |\n"
                + "|---|--:|---|--:|---|--:|--:|--:|--:|--:|\n");
        for (Sample sample : samples) {
            text.append(sample.failure().isEmpty() ? row(sample) : failed(sample));
        }
    }

    private static String failed(Sample sample) {
        return String.format("| %s | failed: %s | | | | | | | | |%n", sample.title(), sample.failure());
    }

    private static String row(Sample sample) {
        return String.format(
                "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                sample.title(),
                Format.number(sample.rate()),
                sample.range("rate"),
                Format.number(sample.perCpuSecond()),
                sample.range("messagesPerCpuSecond"),
                String.format(java.util.Locale.ROOT, "%.4f", sample.median("cpuSecondsPer1000")),
                Format.number(sample.median("allocatedBytesPerMessage")),
                Format.number(sample.median("rssKiB") / 1_024),
                Format.percent(sample.utilisation()),
                Format.percent(sample.serverUtilisation()));
    }

    private void limits() throws IOException {
        text.append(resource("limits.md"));
    }
}
