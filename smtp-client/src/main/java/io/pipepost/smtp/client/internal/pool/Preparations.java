/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.session.ContentPreparation;
import io.pipepost.smtp.client.internal.session.FileReading;
import io.pipepost.smtp.client.internal.session.Loops;
import io.pipepost.smtp.client.internal.session.PreparedContent;
import io.pipepost.smtp.client.internal.session.Words;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Contents that are looked through before their messages enter the pool. Those that have to be read first, in turn or not,
 * or never if the executor drops them, are as many as may wait in the pool, take no longer than the timeout, and end with
 * the client.
 */
public final class Preparations {
    private final ContentPreparation preparation;
    private final EventLoopGroup timers;
    private final PoolOptions options;
    private final Duration timeout;

    /** Those that are read, but for the patient ones. */
    private final Semaphore room;

    // Guarded by this.
    private final Set<FileReading> unsettled = new HashSet<>();

    /** Written under the lock; read without it by those who only want to begin. */
    private volatile boolean closing;

    private final CompletableFuture<Void> idle = new CompletableFuture<>();

    /**
     * Creates the place where contents are prepared.
     *
     * @param preparation looks through one
     * @param timers where timeouts are watched
     * @param options how many may wait, and what to do if so many do
     * @param timeout how long one may take
     */
    public Preparations(ContentPreparation preparation, EventLoopGroup timers, PoolOptions options, Duration timeout) {
        this.preparation = preparation;
        this.timers = timers;
        this.options = options;
        this.timeout = timeout;
        this.room =
                new Semaphore((int) Math.min(Integer.MAX_VALUE, (long) options.maxQueued() + options.maxConnections()));
    }

    /** The short way for content that can be sent as it is; null if there is more to do, or to say. */
    @Nullable
    PreparedContent ready(Content content) {
        return closing ? null : preparation.ready(content);
    }

    /**
     * Prepares content; perhaps waits for room, as the pool's options say.
     *
     * @param patient whether it is bounded elsewhere
     * @return what comes of it; whoever completes it first decides. Fails with {@link SmtpException}, or with what was thrown
     */
    CompletableFuture<PreparedContent> prepare(Content content, boolean patient) {
        if (closing) {
            return CompletableFuture.failedFuture(closed("The client is closed"));
        }
        if (!(content instanceof Content.File)) {
            return preparation.prepare(content);
        }
        if (!patient && !findRoom()) {
            return CompletableFuture.failedFuture(failure(
                    FailureCause.OVERLOADED,
                    "The queue is full: " + options.maxQueued() + " messages wait for their files to be read"));
        }
        CompletableFuture<PreparedContent> prepared = preparation.prepare(content);
        prepared.whenComplete((done, error) -> {
            if (!patient) {
                room.release();
            }
        });
        if (!prepared.isDone() && prepared instanceof FileReading reading) {
            watch(reading);
        }
        return prepared;
    }

    private boolean findRoom() {
        if (room.tryAcquire()) {
            return true;
        }
        if (options.whenFull() != PoolOptions.WhenFull.WAIT || !Loops.mayWait(timers)) {
            return false;
        }
        try {
            return room.tryAcquire(options.acquireTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void watch(FileReading reading) {
        if (!enter(reading)) {
            reading.completeExceptionally(closed("The client is closed"));
            return;
        }
        Runnable expire = () -> reading.completeExceptionally(
                failure(FailureCause.TIMEOUT, reading.progress() + ", after " + Words.of(timeout)));
        try {
            Future<?> timer = timers.next().schedule(expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
            reading.whenComplete((done, error) -> timer.cancel(false));
        } catch (RejectedExecutionException loopsAreGone) {
            reading.completeExceptionally(closed("The client's event loops have ended"));
        }
        reading.whenComplete((done, error) -> leave(reading));
    }

    private synchronized boolean enter(FileReading reading) {
        return !closing && unsettled.add(reading);
    }

    private void leave(FileReading reading) {
        if (isLast(reading)) {
            idle.complete(null);
        }
    }

    private synchronized boolean isLast(FileReading reading) {
        unsettled.remove(reading);
        return closing && unsettled.isEmpty();
    }

    // ---- closing

    /**
     * Finishes what is being prepared, and takes nothing more.
     *
     * @param drain how long to go on
     * @return a future of what is left of that time, once everything was handed on or given up
     */
    public CompletableFuture<Duration> close(Duration drain) {
        long began = System.nanoTime();
        if (beginClosing()) {
            idle.complete(null);
        } else {
            scheduleForcedEnd(drain);
        }
        return idle.thenApply(done -> {
            Duration left = drain.minusNanos(System.nanoTime() - began);
            return left.isNegative() ? Duration.ZERO : left;
        });
    }

    private synchronized boolean beginClosing() {
        closing = true;
        return unsettled.isEmpty();
    }

    private void scheduleForcedEnd(Duration drain) {
        try {
            Future<?> timer = timers.next().schedule(this::endByForce, drain.toNanos(), TimeUnit.NANOSECONDS);
            idle.whenComplete((done, error) -> timer.cancel(false));
        } catch (RejectedExecutionException loopsAreGone) {
            endByForce();
        }
    }

    private void endByForce() {
        List<FileReading> left;
        synchronized (this) {
            left = List.copyOf(unsettled);
        }
        left.forEach(reading -> reading.completeExceptionally(closed("The client is closed: " + reading.progress())));
    }

    private static SmtpException closed(String message) {
        return failure(FailureCause.CLIENT_CLOSED, message);
    }

    private static SmtpException failure(FailureCause cause, String message) {
        return SmtpException.of(Failure.of(cause, Phase.ARGUMENT, message), List.of());
    }
}
