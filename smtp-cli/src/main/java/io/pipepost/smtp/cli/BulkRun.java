/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.mail.SendResult;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the plan finds in the input. Of what the reader finds, one thread starts messages in batches; before any of
 * a batch leaves, the ledger holds that they were started.
 */
final class BulkRun {
    private static final int BATCH = 256;

    /** How long a batch waits for more from a slow input. */
    private static final long LINGER_MILLIS = 10;

    private final Ledger ledger;
    private final Setup setup;
    private final BulkCounts counts = new BulkCounts();
    private final BulkStop stop = new BulkStop();
    private final BulkGiveUp giveUp;
    private final BulkReader reader;
    private final Progress progress;
    private final BulkResults results;
    private final List<BulkAttempt> batch = new ArrayList<>();

    /**
     * What a run needs beside input and ledger.
     *
     * @param window messages under way at most
     * @param giveUpAfter messages in a row that cannot be sent, which end the run; 0 for no limit
     * @param skipBroken whether broken input is skipped
     * @param resendIndeterminate whether messages of unknown outcome are sent again
     * @param json whether results are printed
     */
    record Setup(
            Terminal terminal,
            SmtpClient client,
            LastSession last,
            int window,
            int giveUpAfter,
            boolean skipBroken,
            boolean resendIndeterminate,
            boolean json) {}

    BulkRun(BulkInput input, Ledger ledger, Setup setup) {
        this.ledger = ledger;
        this.setup = setup;
        this.giveUp = new BulkGiveUp(setup.giveUpAfter());
        BulkWindow window = new BulkWindow(setup.window());
        BulkPlan plan =
                new BulkPlan(ledger, setup.resendIndeterminate(), setup.last().server());
        this.reader = new BulkReader(input, plan, window);
        this.progress = new Progress(setup.terminal(), input::fraction, this::progressText, true);
        setup.last().tellBy(sentence -> progress.say("pipepost bulk: " + sentence));
        this.results = new BulkResults(ledger, this::onWritten, window::release, this::onLedgerFailure);
    }

    private String progressText() {
        long done = counts.done();
        return String.format(
                Locale.ROOT,
                "%,d done, %,.0f/s, %,d rejected",
                done,
                done / Math.max(1e-3, progress.seconds()),
                counts.rejected());
    }

    /** Runs to the end; returns the status of the process. */
    int run() throws InterruptedException {
        Interrupts interrupts = Interrupts.handle(this::onSignal);
        try {
            reader.start();
            sendAll();
        } catch (IOException e) {
            stop.because(ExitStatus.IO, "cannot go on: " + Text.reason(e));
        } finally {
            reader.stop();
            results.finish();
            progress.close();
            interrupts.close();
        }
        return report();
    }

    /** What is under way gets the client's time to end in; what waits for a connection does so as well. */
    private void onSignal(int signal) {
        long underWay = results.awaited();
        if (stop.because(ExitStatus.INTERRUPTED, "interrupted; run again with the same ledger for the rest")) {
            setup.client().closeAsync();
            progress.say("pipepost bulk: stopping: " + underWay + " messages under way are being finished, for "
                    + ConnectionOptions.DRAIN.toSeconds()
                    + " s at most; a second signal ends the program at once");
        }
    }

    /** Until the end of the input, or until there is a reason to stop: then what was not started is left. */
    private void sendAll() throws IOException, InterruptedException {
        BulkFinding finding = null;
        while (!stop.isStopped() && !(finding instanceof BulkFinding.End)) {
            finding = reader.poll(LINGER_MILLIS);
            take(finding);
        }
    }

    private void take(@Nullable BulkFinding finding) throws IOException {
        if (finding instanceof BulkFinding.ToSend message) {
            batch.add(message.attempt());
            if (batch.size() == BATCH) {
                sendBatch();
            }
        } else if (finding instanceof BulkFinding.Left message) {
            counts.left(message.state());
        } else if (finding instanceof BulkFinding.InDoubt message) {
            results.expect();
            results.add(new BulkResults.Done(null, message::result));
        } else {
            sendBatch();
            if (finding instanceof BulkFinding.Broken broken) {
                onBroken(broken);
            } else if (finding instanceof BulkFinding.End end && end.failure() != null) {
                onFailure(end.failure());
            }
        }
    }

    private void onFailure(Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        stop.because(ExitStatus.SOFTWARE, "this is an error in the program: " + failure);
    }

    private void onBroken(BulkFinding.Broken broken) {
        counts.broken();
        progress.say("pipepost bulk: " + broken.reason());
        if (!setup.skipBroken()) {
            stop.because(ExitStatus.DATA, "stopped at broken input; --on-error skip would go on");
        }
    }

    private void sendBatch() throws IOException {
        if (batch.isEmpty()) {
            return;
        }
        ledger.started(batch.stream().map(BulkAttempt::id).toList());
        batch.forEach(this::send);
        batch.clear();
    }

    private void send(BulkAttempt attempt) {
        long start = System.nanoTime();
        results.expect();
        handIn(attempt).whenComplete((result, error) -> {
            long millis = (System.nanoTime() - start) / 1_000_000;
            results.add(new BulkResults.Done(attempt, () -> result(attempt, result, error, millis)));
        });
    }

    /** Whatever happens here, the message has a result. */
    private CompletableFuture<SendResult> handIn(BulkAttempt attempt) {
        try {
            return setup.client().send(attempt.message());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private LedgerResult result(
            BulkAttempt attempt, @Nullable SendResult result, @Nullable Throwable error, long millis) {
        SendOutcome outcome = SendOutcome.of(attempt.id(), attempt.message(), setup.last(), result, error, millis);
        if (giveUp.count(outcome)) {
            stop.because(
                    0,
                    "giving up after " + setup.giveUpAfter() + " messages in a row that could not be sent: "
                            + outcome.error());
        }
        LedgerResult newer = new LedgerResult(outcome.toJson());
        return attempt.earlier() == null ? newer : attempt.earlier().with(newer);
    }

    private void onWritten(LedgerResult result, String line) {
        counts.result(result);
        if (setup.json()) {
            setup.terminal().out().println(line);
        }
    }

    private void onLedgerFailure(Throwable failure) {
        stop.because(ExitStatus.IO, "cannot write the ledger: " + failure.getMessage());
    }

    private int report() {
        PrintStream err = setup.terminal().err();
        BulkStop.Reason reason = stop.reason();
        if (reason != null) {
            err.println("pipepost bulk: " + reason.message());
        }
        String lost = ledger.conclude();
        if (lost != null) {
            err.println("pipepost bulk: " + lost);
        }
        counts.open().forEach(line -> err.println("pipepost bulk: " + line));
        (setup.json() ? err : setup.terminal().out()).println(counts.summary(progress.seconds()));
        if (lost != null) {
            return ExitStatus.IO;
        }
        return reason == null || reason.status() == 0 ? counts.exitStatus() : reason.status();
    }
}
