/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.pipepost.smtp.client.PoolOptions;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What whoever hands work to event loops has to know: who may wait for it, and whether it will be done at all. */
public final class Loops {
    private static final Duration MOST = Duration.ofNanos(Long.MAX_VALUE / 2);

    private Loops() {}

    /**
     * Whether this thread may wait for what these event loops do. Theirs may not, whatever kind of thread it is; nor may an
     * event loop of another's, which has other work to do, unless its thread permits blocking.
     *
     * @param loops the event loops
     * @return false if waiting here could be a deadlock
     */
    public static boolean mayWait(EventLoopGroup loops) {
        if (Thread.currentThread() instanceof FastThreadLocalThread thread && !thread.permitBlockingCalls()) {
            return false;
        }
        for (EventExecutor loop : loops) {
            if (loop.inEventLoop()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether this thread waits where there is no room for what it brings.
     *
     * @param whenFull what the caller wants
     * @param loops the event loops that make room
     * @return false if what it brings is refused instead
     */
    public static boolean mayWaitForRoom(PoolOptions.WhenFull whenFull, EventLoopGroup loops) {
        return whenFull == PoolOptions.WhenFull.WAIT && mayWait(loops);
    }

    /**
     * A time in nanoseconds; what is longer than 146 years is as long as that, so that it can be added to a clock.
     *
     * @param time zero or more
     * @return nanoseconds
     */
    public static long nanos(Duration time) {
        return time.toSeconds() >= MOST.toSeconds() ? MOST.toNanos() : time.toNanos();
    }

    /**
     * Has something done later. Event loops may be the caller's, and throw anything.
     *
     * @param loops the event loops
     * @param task the task
     * @param delay when
     * @return the timer; null if there is none, as the loops are gone, or threw, which is logged
     */
    public static @Nullable Future<?> schedule(EventLoopGroup loops, Runnable task, Duration delay) {
        try {
            return loops.next().schedule(task, nanos(delay), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException loopsAreGone) {
            return null;
        } catch (Throwable e) {
            Border.EVENT_LOOPS.log(e);
            return null;
        }
    }

    /**
     * Hands a task to an event loop.
     *
     * @param loop the event loop
     * @param task the task
     * @return false if the loop is gone, so that the task will not be done
     */
    public static boolean execute(Executor loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException loopIsGone) {
            return false;
        }
    }
}
