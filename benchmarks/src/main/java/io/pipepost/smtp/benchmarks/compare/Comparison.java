/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs one scenario: A B C, A B C, each in a process that lives as long as the scenario and was warmed up before. */
final class Comparison {
    private static final List<String> HEAP = List.of("-Xms256m", "-Xmx3g");
    /** A heap that gives back what it does not need, so that what is resident is what is needed. */
    private static final List<String> SHRINKING_HEAP = List.of(
            "-Xms16m",
            "-Xmx2g",
            "-XX:+UseSerialGC",
            "-XX:MinHeapFreeRatio=5",
            "-XX:MaxHeapFreeRatio=10",
            "-XX:-ShrinkHeapInSteps");

    private static final int IDLE_BASE = 2_500;

    private final Scenario scenario;
    private final Timing timing;
    private final Setup setup;
    private final Consumer<JsonLine> results;
    private final PrintStream progress;

    /** Where processes run, and where their profiles go, if they are wanted. */
    record Setup(int clientCore, int serverCore, @Nullable Path profiles) {}

    Comparison(Scenario scenario, Timing timing, Setup setup, Consumer<JsonLine> results, PrintStream progress) {
        this.scenario = scenario;
        this.timing = timing.of(scenario.kind());
        this.setup = setup;
        this.results = results;
        this.progress = progress;
    }

    void run() throws IOException {
        if (scenario.kind() == Scenario.Kind.IDLE) {
            for (Contender contender : scenario.contenders()) {
                idle(contender);
            }
        } else {
            load();
        }
    }

    private void load() throws IOException {
        Map<Contender, Child> children = new LinkedHashMap<>();
        try (Server server = Server.start(scenario.server(), setup.serverCore(), serverOptions(List.of()))) {
            try {
                for (Contender contender : scenario.contenders()) {
                    warmUp(server, contender, children);
                }
                for (int round = 1; round <= timing.rounds(); round++) {
                    for (Map.Entry<Contender, Child> each : children.entrySet()) {
                        measure(server, each.getKey(), each.getValue(), round);
                    }
                }
            } finally {
                for (Child child : children.values()) {
                    child.close();
                }
            }
        }
    }

    private List<String> serverOptions(List<String> more) {
        List<String> options = new ArrayList<>(scenario.serverOptions());
        options.addAll(more);
        options.add("ca=benchmarks/target/ca.pem");
        return options;
    }

    private Child start(Server server, Contender contender, List<String> jvmOptions) throws IOException {
        List<String> arguments = new ArrayList<>(scenario.options());
        arguments.add("port=" + server.port());
        arguments.add("ca=benchmarks/target/ca.pem");
        arguments.add("install=" + Layout.POSTFIX);
        List<String> options = new ArrayList<>(jvmOptions);
        if (setup.profiles() != null) {
            String file = setup.profiles()
                    .resolve(scenario.id() + "-" + contender.id() + ".jfr")
                    .toString();
            options.add("-XX:StartFlightRecording:settings=profile,dumponexit=true,filename=" + file);
        }
        return contender.start(setup.clientCore(), options, arguments);
    }

    private void warmUp(Server server, Contender contender, Map<Contender, Child> children) throws IOException {
        Child child = start(server, contender, HEAP);
        JsonLine warm = child.greeting();
        if (warm.number("failures") != 1 && !contender.isProgram()) {
            warm = ask(child, "run 0 " + timing.warmup());
        }
        if (warm.number("failures") > 0) {
            child.close();
            record(contender, 0, warm, new JsonLine());
        } else {
            children.put(contender, child);
        }
    }

    private void measure(Server server, Contender contender, Child child, int round) throws IOException {
        JsonLine before = server.status();
        JsonLine result = ask(child, "run " + timing.leadIn() + " " + timing.measure());
        JsonLine after = server.status();
        JsonLine counted = new JsonLine();
        if (after.has("messages")) {
            counted.put("serverCounted", after.number("messages") - before.number("messages"));
            counted.put(
                    "octetsPerMessage",
                    (after.number("octets") - before.number("octets"))
                            / Math.max(1, after.number("messages") - before.number("messages")));
            counted.put("serverCpuSeconds", after.number("cpuSeconds") - before.number("cpuSeconds"));
            agree(result, counted);
        }
        record(contender, round, result, counted);
    }

    /** A client that dies fails alone. */
    private static JsonLine ask(Child client, String line) {
        try {
            return client.ask(line);
        } catch (IOException e) {
            return new JsonLine().put("failures", 1).put("failure", e.toString());
        }
    }

    /** A client must not believe in more or fewer messages than its server. */
    private static void agree(JsonLine result, JsonLine counted) {
        if (result.number("failures") == 0 && result.number("accepted") != counted.number("serverCounted")) {
            result.put("failures", 1)
                    .put(
                            "failure",
                            "the client counts " + result.text("accepted") + " messages, the server "
                                    + counted.text("serverCounted"));
        }
    }

    private void idle(Contender contender) throws IOException {
        try (Server server = Server.start(scenario.server(), setup.serverCore(), serverOptions(contender.options()));
                Child child = start(server, contender, SHRINKING_HEAP)) {
            JsonLine base =
                    child.greeting().number("failures") > 0 ? child.greeting() : ask(child, "hold " + IDLE_BASE);
            JsonLine all = base.number("failures") > 0 ? base : ask(child, "hold " + Scenarios.IDLE_CONNECTIONS);
            JsonLine counted = server.status();
            if (all.number("failures") == 0 && counted.number("open") != Scenarios.IDLE_CONNECTIONS) {
                all.put("failures", 1).put("failure", counted.text("open") + " connections are open");
            }
            double more = Scenarios.IDLE_CONNECTIONS - IDLE_BASE;
            if (all.number("failures") == 0) {
                all.put("kibPerConnection", (all.number("rssKiB") - base.number("rssKiB")) / more);
            }
            record(contender, 1, all, new JsonLine());
        }
    }

    private void record(Contender contender, int round, JsonLine result, JsonLine counted) {
        JsonLine line = new JsonLine()
                .put("scenario", scenario.id())
                .put("client", contender.id())
                .put("title", contender.title())
                .put("round", round)
                .putAll(result)
                .putAll(counted);
        derive(line);
        results.accept(line);
        progress.println(summary(line));
    }

    private static void derive(JsonLine line) {
        double messages = line.number("messages");
        double cpu = line.number("cpuSeconds");
        if (!(messages > 0) || line.number("failures") > 0) {
            return;
        }
        line.put("rate", messages / line.number("seconds"));
        if (cpu > 0) {
            line.put("messagesPerCpuSecond", messages / cpu);
            line.put("cpuSecondsPer1000", cpu / messages * 1_000);
        }
        if (line.has("allocatedBytes")) {
            line.put("allocatedBytesPerMessage", line.number("allocatedBytes") / messages);
        }
    }

    private static String summary(JsonLine line) {
        String start = "  " + line.text("client") + " #" + line.text("round") + ": ";
        if (line.number("failures") > 0) {
            return start + "FAILED: " + line.text("failure");
        }
        return line.has("kibPerConnection")
                ? start + Format.number(line.number("kibPerConnection")) + " KiB a connection"
                : start + Format.number(line.number("rate")) + "/s, "
                        + Format.number(line.number("messagesPerCpuSecond")) + " per CPU second";
    }
}
