/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.internal.border.Loops;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Where work is before its message enters the pool: as much as there is room for, but for what is bounded elsewhere, and until
 * the client is closed. Thread-safe.
 *
 * @param <T> the work
 */
final class Anteroom<T> {
    private final EventLoopGroup timers;
    private final PoolOptions options;
    private final Consumer<T> endByForce;
    private final Semaphore room;

    @GuardedBy("this")
    private final Set<T> inside = new HashSet<>();

    /** Written under the lock; read without it by those who only want to begin. */
    private volatile boolean closing;

    private final CompletableFuture<Void> empty = new CompletableFuture<>();

    /**
     * An empty one.
     *
     * @param timers where the end is watched
     * @param options whether callers wait for room, and how long
     * @param beside how much there is room for beside what may wait in the pool's queue
     * @param endByForce ends what is inside when the drain timeout is over
     */
    Anteroom(EventLoopGroup timers, PoolOptions options, int beside, Consumer<T> endByForce) {
        this.timers = timers;
        this.options = options;
        this.endByForce = endByForce;
        this.room = new Semaphore((int) Math.min(Integer.MAX_VALUE, (long) options.maxQueued() + beside));
    }

    boolean isClosing() {
        return closing;
    }

    /** Perhaps waits, as the pool's options say. */
    boolean findRoom() {
        if (room.tryAcquire()) {
            return true;
        }
        if (!Loops.mayWaitForRoom(options.whenFull(), timers)) {
            return false;
        }
        try {
            return room.tryAcquire(Loops.nanos(options.acquireTimeout()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void releaseRoom() {
        room.release();
    }

    /** False if the client is closed. */
    synchronized boolean enter(T work) {
        return !closing && inside.add(work);
    }

    void leave(T work) {
        if (isLast(work)) {
            empty.complete(null);
        }
    }

    private synchronized boolean isLast(T work) {
        inside.remove(work);
        return closing && inside.isEmpty();
    }

    /**
     * Finishes what is inside, and takes nothing more.
     *
     * @param drain how long to go on
     * @return a future of what is left of that time, once everything was handed on or given up
     */
    CompletableFuture<Duration> close(Duration drain) {
        long began = System.nanoTime();
        if (beginClosing()) {
            empty.complete(null);
        } else {
            scheduleForcedEnd(drain);
        }
        return empty.thenApply(done -> {
            Duration left = drain.minusNanos(System.nanoTime() - began);
            return left.isNegative() ? Duration.ZERO : left;
        });
    }

    private synchronized boolean beginClosing() {
        closing = true;
        return inside.isEmpty();
    }

    private void scheduleForcedEnd(Duration drain) {
        Future<?> timer = Loops.schedule(timers, this::endAll, drain);
        if (timer == null) {
            endAll();
        } else {
            empty.whenComplete((done, error) -> timer.cancel(false));
        }
    }

    private void endAll() {
        List<T> left;
        synchronized (this) {
            left = List.copyOf(inside);
        }
        left.forEach(endByForce);
    }
}
