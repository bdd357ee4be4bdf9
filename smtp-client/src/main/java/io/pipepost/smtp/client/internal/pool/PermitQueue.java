/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Permits at a rate, first come first served. Thread-safe; futures are completed without a lock. */
final class PermitQueue {
    private final TokenBucket bucket;
    private final Timer timer;
    private final Deque<Waiter> waiting = new ArrayDeque<>();
    private boolean scheduled;

    private record Waiter(CompletableFuture<Void> permit, int count) {}

    /** The clock, and what calls back when it shows a time. */
    interface Timer {
        /** The JDK's clock, and the thread that it keeps for timeouts of futures. */
        Timer SYSTEM = new Timer() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void after(long nanos, Runnable action) {
                CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, Runnable::run)
                        .execute(action);
            }
        };

        long nanoTime();

        void after(long nanos, Runnable action);
    }

    PermitQueue(double perSecond, int burst, Timer timer) {
        this.bucket = new TokenBucket(perSecond, burst, timer.nanoTime());
        this.timer = timer;
    }

    CompletableFuture<Void> acquire(int count) {
        CompletableFuture<Void> permit = new CompletableFuture<>();
        long delay;
        synchronized (this) {
            if (waiting.isEmpty() && bucket.tryTake(count, timer.nanoTime())) {
                permit.complete(null);
                return permit;
            }
            waiting.add(new Waiter(permit, count));
            if (scheduled) {
                return permit;
            }
            scheduled = true;
            delay = delay();
        }
        timer.after(delay, this::grant);
        return permit;
    }

    private long delay() {
        return Math.max(1, bucket.nanosUntil(waiting.element().count(), timer.nanoTime()));
    }

    private void grant() {
        List<CompletableFuture<Void>> granted = new ArrayList<>();
        long delay = 0;
        synchronized (this) {
            Waiter next = waiting.peek();
            while (next != null && (next.permit().isDone() || bucket.tryTake(next.count(), timer.nanoTime()))) {
                granted.add(waiting.remove().permit());
                next = waiting.peek();
            }
            scheduled = next != null;
            if (scheduled) {
                delay = delay();
            }
        }
        if (delay > 0) {
            timer.after(delay, this::grant);
        }
        granted.forEach(permit -> permit.complete(null));
    }

    /** Whether nobody could tell it from a new one. */
    synchronized boolean isIdle() {
        return waiting.isEmpty() && bucket.isFull(timer.nanoTime());
    }
}
