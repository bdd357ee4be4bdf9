/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.mail.SendResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the plan finds in the input. One thread reads messages and starts them; before any of a batch leaves, the
 * ledger holds that they were started.
 */
final class BulkRun {
    private static final int BATCH = 256;

    private final BulkInput input;
    private final Ledger ledger;
    private final Setup setup;
    private final BulkPlan plan;
    private final BulkCounts counts = new BulkCounts();
    private final BulkStop stop = new BulkStop();
    private final BulkGiveUp giveUp;
    private final BulkWindow window;
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
        this.input = input;
        this.ledger = ledger;
        this.setup = setup;
        this.giveUp = new BulkGiveUp(setup.giveUpAfter());
        this.window = new BulkWindow(setup.window());
        this.progress = new Progress(setup.terminal(), input::fraction, this::progressText, true);
        this.results = new BulkResults(ledger, this::onWritten, window::release, this::onLedgerFailure);
        this.plan = new BulkPlan(
                ledger,
                setup.resendIndeterminate(),
                setup.last().server(),
                counts::left,
                result -> results.add(new BulkResults.Done(null, () -> result)));
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
            sendAll();
        } catch (IOException e) {
            stop.because(ExitStatus.IO, "cannot go on: " + Text.reason(e));
        } finally {
            batch.forEach(window::release);
            window.awaitEmpty();
            results.finish();
            progress.close();
            interrupts.close();
        }
        return report();
    }

    private void onSignal() {
        int underWay = window.used();
        if (stop.because(ExitStatus.INTERRUPTED, "interrupted; run again with the same ledger for the rest")) {
            progress.say("pipepost bulk: stopping: " + underWay
                    + " messages under way are being finished; a second signal ends the program at once");
        }
    }

    private void sendAll() throws IOException, InterruptedException {
        BulkAttempt attempt = next();
        while (attempt != null) {
            if (!window.tryAcquire(attempt)) {
                sendBatch();
                window.acquire(attempt);
            }
            batch.add(attempt);
            if (batch.size() == BATCH) {
                sendBatch();
            }
            attempt = next();
        }
        sendBatch();
    }

    private @Nullable BulkAttempt next() throws IOException {
        while (!stop.isStopped()) {
            try {
                BulkInput.Entry entry = input.next();
                if (entry == null) {
                    return null;
                }
                BulkAttempt attempt = plan.attempt(entry);
                if (attempt != null) {
                    return attempt;
                }
            } catch (BrokenInputException e) {
                onBroken(e);
            }
        }
        return null;
    }

    private void onBroken(BrokenInputException broken) {
        counts.broken();
        progress.say("pipepost bulk: " + broken.getMessage());
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
        setup.client().send(attempt.message()).whenComplete((result, error) -> {
            long millis = (System.nanoTime() - start) / 1_000_000;
            results.add(new BulkResults.Done(attempt, () -> result(attempt, result, error, millis)));
        });
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

    private void onWritten(LedgerResult result) {
        counts.result(result);
        if (setup.json()) {
            setup.terminal().out().println(Json.write(result.json()));
        }
    }

    private void onLedgerFailure(Exception failure) {
        stop.because(ExitStatus.IO, "cannot write the ledger: " + failure.getMessage());
    }

    private int report() {
        BulkStop.Reason reason = stop.reason();
        if (reason != null) {
            setup.terminal().err().println("pipepost bulk: " + reason.message());
        }
        (setup.json() ? setup.terminal().err() : setup.terminal().out()).println(counts.summary(progress.seconds()));
        return reason == null || reason.status() == 0 ? counts.exitStatus() : reason.status();
    }
}
