/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

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
     * A time in nanoseconds; what is longer than 146 years is as long as that, so that it can be added to a clock.
     *
     * @param time zero or more
     * @return nanoseconds
     */
    public static long nanos(Duration time) {
        return time.toSeconds() >= MOST.toSeconds() ? MOST.toNanos() : time.toNanos();
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
