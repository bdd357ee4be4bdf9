/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program behind {@code benchmarks/compare}. */
@Command(
        name = "benchmarks/compare",
        description = "Compares SMTP clients side by side and writes docs/benchmarks.md.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Compare implements Callable<Integer> {
    private final PrintStream out = System.out;

    @Option(names = "--only", split = ",", paramLabel = "ID", description = "these scenarios; see --list")
    private @Nullable List<String> only;

    @Option(names = "--clients", split = ",", paramLabel = "ID", description = "these clients")
    private @Nullable List<String> clients;

    @Option(names = "--rounds", description = "windows for each client; default: ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Option(names = "--warmup", paramLabel = "SECONDS", description = "default: ${DEFAULT-VALUE}")
    private double warmup = 15;

    @Option(names = "--measure", paramLabel = "SECONDS", description = "length of a window; default: ${DEFAULT-VALUE}")
    private double measure = 2;

    @Option(
            names = "--quick",
            description = "--rounds 1 --warmup 2 --measure 1: shows that all works; the figures of"
                    + " clients on a JVM come out too low")
    private boolean quick;

    @Option(names = "--cores", split = ",", description = "the client's and the server's; default: 0,1")
    private List<Integer> cores = List.of(0, 1);

    @Option(names = "--list", description = "lists scenarios and clients, and how long they take")
    private boolean list;

    @Option(names = "--report-only", description = "writes the report from the results of earlier runs")
    private boolean reportOnly;

    @Option(
            names = "--jfr",
            paramLabel = "DIRECTORY",
            description =
                    "records a JFR profile of each client there;" + " the results are not kept, since that costs time")
    private @Nullable Path profiles;

    /** Has the defaults. */
    public Compare() {}

    /**
     * Runs.
     *
     * @param arguments see --help
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Compare()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Timing timing = quick ? Timing.of(1, 2, 1) : Timing.of(rounds, warmup, measure);
        List<Scenario> scenarios = Scenarios.all().stream()
                .filter(scenario -> only == null || only.contains(scenario.id()))
                .map(scenario -> clients == null ? scenario : scenario.only(clients))
                .toList();
        if (list) {
            scenarios.forEach(scenario -> describe(scenario, timing));
            return 0;
        }
        Results results = Results.load();
        int failures = reportOnly ? 0 : run(scenarios, timing, results);
        if (profiles == null) {
            Report.write(results);
            out.println("wrote " + Layout.REPORT);
        }
        return failures == 0 ? 0 : 1;
    }

    private void describe(Scenario scenario, Timing timing) {
        out.printf("%-16s %4.0f s  %s%n", scenario.id(), timing.seconds(scenario), scenario.title());
        scenario.contenders().forEach(contender -> out.printf("    %s%n", contender.id()));
    }

    private int run(List<Scenario> scenarios, Timing timing, Results results) throws IOException {
        double seconds = scenarios.stream().mapToDouble(timing::seconds).sum();
        out.printf("%d scenarios, about %.0f min%n", scenarios.size(), seconds / 60);
        int failures = 0;
        Comparison.Setup setup = new Comparison.Setup(cores.get(0), cores.get(1), profiles);
        for (Scenario scenario : scenarios) {
            if (!Server.isInstalled(scenario.server())) {
                out.println(scenario.id() + ": SKIPPED, run servers/install.sh postfix");
                continue;
            }
            out.println(scenario.id() + ": " + scenario.title());
            results.replace(scenario, timing.of(scenario.kind()));
            new Comparison(scenario, timing, setup, results::add, out).run();
            if (profiles == null) {
                results.save();
            }
            failures += results.failures(scenario.id());
        }
        return failures;
    }
}
