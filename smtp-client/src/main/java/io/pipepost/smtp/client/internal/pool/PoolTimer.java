/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Does something in a while, once at a time, on event loops that may outlive the pool. Thread-safe. */
final class PoolTimer {
    private final EventLoopGroup loops;
    private final Runnable action;

    /** What is to come; null if nothing is. Written under the lock of this. */
    private volatile @Nullable Future<?> next;

    /** When that is, by {@link System#nanoTime}. */
    @GuardedBy("this")
    private long due;

    @GuardedBy("this")
    private boolean cancelled;

    PoolTimer(EventLoopGroup loops, Runnable action) {
        this.loops = loops;
        this.action = action;
    }

    /** A quick look; whoever finds it set can rely on it, since it looks for what came in between when it fires. */
    boolean isSet() {
        return next != null;
    }

    /**
     * Does nothing if it is set to something earlier.
     *
     * @throws RejectedExecutionException if it will never fire any more
     */
    synchronized void set(long nanos) {
        if (cancelled) {
            throw new RejectedExecutionException("The pool is closed");
        }
        long time = System.nanoTime() + nanos;
        Future<?> pending = next;
        if (pending != null && due - time <= 0) {
            return;
        }
        if (pending != null) {
            pending.cancel(false);
        }
        due = time;
        next = loops.next().schedule(() -> fire(time), nanos, TimeUnit.NANOSECONDS);
    }

    /** One that was too late to be cancelled must not pass for the one that was set in its place. */
    private void fire(long time) {
        synchronized (this) {
            if (next == null || due != time) {
                return;
            }
            next = null;
        }
        action.run();
    }

    synchronized void cancel() {
        cancelled = true;
        Future<?> pending = next;
        next = null;
        if (pending != null) {
            pending.cancel(false);
        }
    }
}
