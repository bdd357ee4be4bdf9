/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Permits at a rate, first come first served. Thread-safe; futures are completed without a lock. */
final class PermitQueue {
    private final TokenBucket bucket;
    private final Timer timer;

    /** In order; whoever gives up is taken out of the middle. */
    @GuardedBy("this")
    private final Set<Waiter> waiting = new LinkedHashSet<>();

    @GuardedBy("this")
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
            Waiter waiter = new Waiter(permit, count);
            waiting.add(waiter);
            permit.whenComplete((done, givenUp) -> {
                if (givenUp != null) {
                    forget(waiter);
                }
            });
            if (scheduled) {
                return permit;
            }
            scheduled = true;
            delay = delay(waiter);
        }
        timer.after(delay, this::grant);
        return permit;
    }

    private long delay(Waiter next) {
        return Math.max(1, bucket.nanosUntil(next.count(), timer.nanoTime()));
    }

    /** Its turn may be far away, and there may be many like it. */
    private synchronized void forget(Waiter waiter) {
        waiting.remove(waiter);
    }

    synchronized int waiting() {
        return waiting.size();
    }

    private void grant() {
        List<CompletableFuture<Void>> granted = new ArrayList<>();
        long delay = 0;
        synchronized (this) {
            Iterator<Waiter> inOrder = waiting.iterator();
            scheduled = false;
            while (!scheduled && inOrder.hasNext()) {
                Waiter next = inOrder.next();
                if (next.permit().isDone() || bucket.tryTake(next.count(), timer.nanoTime())) {
                    granted.add(next.permit());
                    inOrder.remove();
                } else {
                    scheduled = true;
                    delay = delay(next);
                }
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
