/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The program of a client under load: {@code LoadProcess CLASS key=value...}. It obeys lines on standard input and answers
 * each with a line of JSON on standard output, behind an {@code @}:
 *
 * <ul>
 *   <li>{@code run WARM MEASURE}: load for so many milliseconds; only the second part is measured.
 *   <li>{@code hold N}: keeps N connections open without work, and tells what is resident then.
 * </ul>
 *
 * It ends at the end of its input.
 */
public final class LoadProcess {
    private static final PrintStream OUT = System.out;

    private LoadProcess() {}

    /**
     * Runs.
     *
     * @param arguments a class that implements {@link LoadClient}, then those of {@link Workload#parse}
     * @throws Exception if the client cannot be made
     */
    public static void main(String[] arguments) throws Exception {
        Workload workload = Workload.parse(Arrays.asList(arguments).subList(1, arguments.length));
        try {
            LoadClient client = Class.forName(arguments[0])
                    .asSubclass(LoadClient.class)
                    .getConstructor(Workload.class)
                    .newInstance(workload);
            serve(command -> obey(client, command));
        } catch (InvocationTargetException e) {
            say(failure(e.getTargetException()));
        }
        System.exit(0);
    }

    /** Carries out a line of input. */
    @FunctionalInterface
    public interface Obey {
        /**
         * Carries out.
         *
         * @param command words of the line
         * @return the answer
         * @throws Exception if it cannot be done
         */
        JsonLine apply(String[] command) throws Exception;
    }

    /**
     * Answers lines of standard input until they end.
     *
     * @param obey what to do
     */
    public static void serve(Obey obey) {
        say(new JsonLine().put("ready", 1));
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                say(answer(obey, line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonLine answer(Obey obey, String line) {
        try {
            return obey.apply(line.trim().split(" ", -1));
        } catch (Exception | LinkageError e) {
            return failure(e);
        }
    }

    private static JsonLine failure(Throwable cause) {
        return new JsonLine().put("failures", 1).put("failure", cause.toString());
    }

    private static void say(JsonLine line) {
        OUT.println("@" + line);
        OUT.flush();
    }

    private static JsonLine obey(LoadClient client, String[] command) throws Exception {
        return switch (command[0]) {
            case "run" -> run(client, Long.parseLong(command[1]), Long.parseLong(command[2]));
            case "hold" -> hold(client, Integer.parseInt(command[1]));
            default -> throw new IllegalArgumentException("Unknown command " + command[0]);
        };
    }

    private static JsonLine run(LoadClient client, long warmMillis, long measureMillis) throws InterruptedException {
        Tally tally = new Tally();
        Thread load = new Thread(() -> load(client, tally), "load");
        load.start();
        pause(tally, warmMillis);
        ProcessStatus from = ProcessStatus.now();
        long acceptedBefore = tally.accepted();
        pause(tally, measureMillis);
        long messages = tally.accepted() - acceptedBefore;
        ProcessStatus to = ProcessStatus.now();
        long resident = ProcessStatus.residentKiB();
        tally.close();
        load.join(TimeUnit.MINUTES.toMillis(5));
        if (load.isAlive()) {
            tally.failed(new IllegalStateException("outcomes are missing five minutes after the end"));
        }
        return report(tally, messages, from, to).put("rssKiB", resident);
    }

    private static void load(LoadClient client, Tally tally) {
        try {
            client.run(tally);
        } catch (Exception | LinkageError e) {
            tally.failed(e);
        }
    }

    private static void pause(Tally tally, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = millis; left > 0 && tally.isOpen(); ) {
            Thread.sleep(Math.min(left, 250));
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
    }

    private static JsonLine report(Tally tally, long messages, ProcessStatus from, ProcessStatus to) {
        JsonLine json = new JsonLine()
                .put("messages", messages)
                .put("seconds", (to.nanos() - from.nanos()) / 1e9)
                .put("cpuSeconds", (to.cpuNanos() - from.cpuNanos()) / 1e9)
                .put("allocatedBytes", to.allocatedBytes() - from.allocatedBytes())
                .put("peakRssKiB", ProcessStatus.peakResidentKiB())
                .put("accepted", tally.accepted())
                .put("failures", tally.failed());
        Throwable failure = tally.firstFailure();
        return failure == null ? json : json.put("failure", failure.toString());
    }

    private static JsonLine hold(LoadClient client, int connections) throws Exception {
        client.hold(connections);
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(250);
        }
        return new JsonLine()
                .put("connections", connections)
                .put("rssKiB", ProcessStatus.residentKiB())
                .put("failures", 0);
    }
}
