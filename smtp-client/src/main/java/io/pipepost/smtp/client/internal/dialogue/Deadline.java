/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.Loops;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timer that is moved often and expires seldom: moving it to a later time costs an assignment, since the task that is
 * already scheduled looks at the time again when it runs.
 */
@EventLoopConfined
public final class Deadline {
    private final EventLoop loop;
    private final Runnable onExpiry;
    private boolean armed;
    private long armedAt;
    private long expiresAt;
    private @Nullable ScheduledFuture<?> task;
    private long taskAt;

    public Deadline(EventLoop loop, Runnable onExpiry) {
        this.loop = loop;
        this.onExpiry = onExpiry;
    }

    public void arm(Duration timeout) {
        arm(timeout, loop.ticker().nanoTime());
    }

    /** The same for whoever knows the time, by the event loop's ticker. */
    void arm(Duration timeout, long now) {
        assert loop.inEventLoop();
        armedAt = now;
        expiresAt = now + Loops.nanos(timeout);
        armed = true;
        if (task == null || taskAt - expiresAt > 0) {
            cancelTask();
            schedule(now);
        }
    }

    void disarm() {
        armed = false;
    }

    /** How long it has been armed at that time. */
    long elapsedNanos(long now) {
        return now - armedAt;
    }

    boolean isArmed() {
        return armed;
    }

    /** Disarms and forgets the task. */
    public void cancel() {
        armed = false;
        cancelTask();
    }

    private void cancelTask() {
        ScheduledFuture<?> scheduled = task;
        if (scheduled != null) {
            task = null;
            scheduled.cancel(false);
        }
    }

    private void schedule(long now) {
        taskAt = expiresAt;
        task = loop.schedule(this::look, expiresAt - now, TimeUnit.NANOSECONDS);
    }

    private void look() {
        task = null;
        if (!armed) {
            return;
        }
        long now = loop.ticker().nanoTime();
        if (now - expiresAt < 0) {
            schedule(now);
            return;
        }
        armed = false;
        onExpiry.run();
    }
}
