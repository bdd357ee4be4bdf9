/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes results into the ledger, as many at once as have come in meanwhile, on a thread of its own; only then a message
 * counts as done.
 */
final class BulkResults {
    private static final int BATCH = 1024;
    private static final Done END = new Done(null, null);

    private final Ledger ledger;
    private final BiConsumer<LedgerResult, String> onWritten;
    private final Consumer<BulkAttempt> onDone;
    private final Consumer<Throwable> onFailure;
    /** Bounded by the window of messages under way. */
    private final BlockingQueue<Done> queue = new LinkedBlockingQueue<>();

    private final AtomicLong awaited = new AtomicLong();

    private final Thread thread = new Thread(this::run, "pipepost-results");

    /**
     * Something to write.
     *
     * @param attempt what has ended; null for a result of a message that was not sent in this run
     * @param result its result; null where nothing more is going to be expected
     */
    record Done(@Nullable BulkAttempt attempt, @Nullable Supplier<LedgerResult> result) {}

    BulkResults(
            Ledger ledger,
            BiConsumer<LedgerResult, String> onWritten,
            Consumer<BulkAttempt> onDone,
            Consumer<Throwable> onFailure) {
        this.ledger = ledger;
        this.onWritten = onWritten;
        this.onDone = onDone;
        this.onFailure = onFailure;
        thread.setDaemon(true);
        thread.start();
    }

    /** A result is going to come. */
    void expect() {
        awaited.incrementAndGet();
    }

    /** How many results are going to come. */
    long awaited() {
        return awaited.get();
    }

    /** Takes a result that was expected; never blocks. */
    void add(Done done) {
        queue.add(done);
    }

    private void run() {
        List<Done> batch = new ArrayList<>();
        boolean ending = false;
        try {
            while (!ending || awaited.get() > 0) {
                batch.clear();
                batch.add(queue.take());
                queue.drainTo(batch, BATCH);
                ending |= batch.remove(END);
                write(batch);
                awaited.addAndGet(-batch.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Messages are done also if the ledger cannot be written: the run has to come to its end. */
    private void write(List<Done> batch) {
        try {
            List<LedgerResult> results = results(batch);
            if (!results.isEmpty()) {
                List<String> lines = results.stream()
                        .map(result -> LedgerLine.seal(Json.write(result.json())))
                        .toList();
                ledger.append(lines);
                for (int i = 0; i < lines.size(); i++) {
                    onWritten.accept(results.get(i), lines.get(i));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            onFailure.accept(e);
        } finally {
            batch.stream().filter(done -> done.attempt() != null).forEach(done -> onDone.accept(done.attempt()));
        }
    }

    private static List<LedgerResult> results(List<Done> batch) {
        List<LedgerResult> results = new ArrayList<>(batch.size());
        for (Done done : batch) {
            if (done.result() != null) {
                results.add(done.result().get());
            }
        }
        return results;
    }

    /** Nothing more is expected; waits until all that was is written. */
    void finish() throws InterruptedException {
        queue.add(END);
        thread.join();
    }
}
