/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pipepost load}. */
@Command(
        name = "load",
        description = "Sends generated messages and measures it. The server gets them all: point it at one for tests.",
        sortOptions = false,
        customSynopsis = "pipepost load --server HOST:PORT [OPTION]...",
        footer = {
            "",
            "Latency is the time from handing a message to the client to its outcome, waiting for a connection included;"
                    + " with --rate, from the time at which it was due.",
            "",
            "SIGINT and SIGTERM end it with what has been measured. Exit status: as that of send, and 4 if it was ended."
        })
@SuppressWarnings("NullAway.Init") // set by picocli
final class LoadCommand implements Callable<Integer> {
    private static final int MAX_RECIPIENTS = 100_000;
    private static final int MAX_OUTSTANDING = 1_000_000;
    private static final double SLOWEST = 0.001;
    private static final double FASTEST = 1e9;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(names = "--messages", paramLabel = "N", description = "Messages to measure (default: 10000).")
    private long messages = 10_000;

    @Option(names = "--warmup", paramLabel = "W", description = "Messages to send before that (default: 2000).")
    private long warmup = 2_000;

    @Option(names = "--size", paramLabel = "BYTES", description = "Octets of each message (default: 1024).")
    private int size = 1024;

    @Option(names = "--recipients", paramLabel = "R", description = "Recipients of each message (default: 1).")
    private int recipients = 1;

    @Option(names = "--from", paramLabel = "ADDR", description = "The sender (default: load@pipepost.test).")
    private String from = "load@pipepost.test";

    @Option(
            names = "--to",
            paramLabel = "ADDR",
            description = "The first recipient (default: load@pipepost.test); the others are load+1@, load+2@ and so"
                    + " on.")
    private String to = "load@pipepost.test";

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            description = "Messages without an outcome at a time (default: twice as many as the connections take).")
    private @Nullable Integer outstanding;

    @Option(names = "--rate", paramLabel = "R", description = "Messages per second; default as many as there can be.")
    private @Nullable Double rate;

    @Option(names = "--json", description = "Prints one line of JSON, and nothing else.")
    private boolean json;

    @Mixin
    private ConnectionOptions connection;

    /** Written by the handler of signals. */
    private volatile boolean stopped;

    LoadCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        LoadMessages generated = messages();
        SmtpClient client =
                connection.newClient(terminal, ContentOptions.DEFAULT, SmtpObserver.NONE, outstanding(), null, null);
        Thread measuring = Thread.currentThread();
        CountDownLatch reported = new CountDownLatch(1);
        Interrupts interrupts = Interrupts.handle(signal -> {
            stopped = true;
            measuring.interrupt();
            Interrupts.await(reported);
        });
        try {
            return measure(client, generated);
        } finally {
            reported.countDown();
            interrupts.close();
            close(client);
        }
    }

    /** Whoever has stopped the program wants no more mail, and does not wait for a server that has stalled. */
    private void close(SmtpClient client) {
        if (stopped) {
            client.closeAsync();
        } else {
            client.close();
        }
    }

    private int measure(SmtpClient client, LoadMessages generated) throws InterruptedException {
        if (warmup > 0) {
            run("warm-up", new LoadRun(client, generated, warmup, new LoadRecord()));
        }
        if (stopped) {
            terminal.err().println("pipepost load: interrupted while warming up, so nothing was measured");
            return ExitStatus.INTERRUPTED;
        }
        LoadRun run = new LoadRun(client, generated, messages, new LoadRecord());
        LoadMeter used = run("measured", run);
        LoadRecord record = run.record();
        long done = record.done();
        if (stopped) {
            terminal.err()
                    .printf(Locale.ROOT, "pipepost load: interrupted after %,d of %,d messages%n", done, messages);
        }
        if (done > 0) {
            LoadReport report = new LoadReport(done, used, record.latencies(), record.failures());
            terminal.out().println(json ? Json.write(report.toJson()) : report.toText());
        }
        if (record.firstFailure() != null) {
            terminal.err().println("pipepost load: the first failure: " + record.firstFailure());
        }
        return stopped ? ExitStatus.INTERRUPTED : ExitStatus.of(record.dispositions());
    }

    private LoadMeter run(String what, LoadRun run) throws InterruptedException {
        Progress progress = new Progress(terminal, run::fraction, () -> run.progress(what), true);
        LoadMeter start = LoadMeter.read();
        try {
            if (rate == null) {
                run.runClosedLoop(outstanding());
            } else {
                run.runAtRate(rate, outstanding());
            }
        } catch (InterruptedException e) {
            if (!stopped) {
                throw e;
            }
        } finally {
            progress.close();
        }
        return LoadMeter.read().since(start);
    }

    private int outstanding() {
        return outstanding == null ? 2 * connection.capacity() : outstanding;
    }

    private LoadMessages messages() {
        Numbers.require(spec, "--messages", messages, 1, Long.MAX_VALUE);
        Numbers.require(spec, "--warmup", warmup, 0, Long.MAX_VALUE);
        Numbers.require(spec, "--recipients", recipients, 1, MAX_RECIPIENTS);
        if (outstanding != null) {
            Numbers.require(spec, "--outstanding", outstanding, 1, MAX_OUTSTANDING);
        }
        Numbers.require(spec, "--size", size, LoadMessages.smallest(), Integer.MAX_VALUE);
        if (size > LoadMessages.largest()) {
            throw usage("--size: expected at most " + LoadMessages.largest() + ", a quarter of the memory that Java has"
                    + " (java -Xmx8g gives it more), found " + size);
        }
        if (rate != null && !(rate >= SLOWEST && rate <= FASTEST)) {
            throw usage("--rate: expected a number of messages per second, from 0.001 to 1000000000, found " + rate);
        }
        if (to.indexOf('@') <= 0) {
            throw usage("--to: expected an address with a domain");
        }
        ReversePath sender = sender();
        try {
            return new LoadMessages(sender, ForwardPath.of(to), recipients, size);
        } catch (SmtpSyntaxException e) {
            throw usage("--to: " + e.getMessage());
        }
    }

    private ReversePath sender() {
        try {
            return ReversePath.of(from);
        } catch (SmtpSyntaxException e) {
            throw usage("--from: " + e.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
