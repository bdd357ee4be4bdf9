/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.mail.SendResult;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a number of messages, so many of them at a time. As soon as one has its outcome the next is handed to the client,
 * on the same thread: what is measured is the client, not a queue in front of it. With a rate, each message has its time
 * instead, and its latency counts from there, however late it could be sent.
 */
final class LoadRun {
    private final SmtpClient client;
    private final LoadMessages messages;
    private final long count;
    private final LoadRecord record;
    private final long start = System.nanoTime();
    private final AtomicLong started = new AtomicLong();
    private final Semaphore running = new Semaphore(0);

    LoadRun(SmtpClient client, LoadMessages messages, long count, LoadRecord record) {
        this.client = client;
        this.messages = messages;
        this.count = count;
        this.record = record;
    }

    LoadRecord record() {
        return record;
    }

    double fraction() {
        return (double) record.done() / count;
    }

    /** What is done, for people. */
    String progress(String what) {
        long done = record.done();
        double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
        return String.format(Locale.ROOT, "%s %,d of %,d, %,.0f/s", what, done, count, done / seconds);
    }

    /** Sends as fast as outcomes come, this many at a time. */
    void runClosedLoop(int outstanding) throws InterruptedException {
        for (int i = 0; i < outstanding; i++) {
            sendNext();
        }
        running.acquire(outstanding);
    }

    /** A loop, since what has its outcome at once would otherwise come back here deeper and deeper. */
    private void sendNext() {
        while (started.getAndIncrement() < count) {
            long at = System.nanoTime();
            CompletableFuture<SendResult> future = handIn();
            if (!future.isDone()) {
                future.whenComplete((result, error) -> {
                    record.add(at, result, error);
                    sendNext();
                });
                return;
            }
            future.whenComplete((result, error) -> record.add(at, result, error));
        }
        running.release();
    }

    /** Sends at a rate, as long as no more than this many are without an outcome. */
    void runAtRate(double perSecond, int outstanding) throws InterruptedException {
        long from = System.nanoTime();
        running.release(outstanding);
        for (long i = 0; i < count; i++) {
            long at = from + (long) (i * 1e9 / perSecond);
            awaitTime(at);
            running.acquire();
            handIn().whenComplete((result, error) -> {
                record.add(at, result, error);
                running.release();
            });
        }
        running.acquire(outstanding);
    }

    /** Whatever happens here, the message has an outcome. */
    private CompletableFuture<SendResult> handIn() {
        try {
            return client.send(messages.next());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void awaitTime(long at) throws InterruptedException {
        long left = at - System.nanoTime();
        while (left > 0) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            left = at - System.nanoTime();
        }
    }
}
