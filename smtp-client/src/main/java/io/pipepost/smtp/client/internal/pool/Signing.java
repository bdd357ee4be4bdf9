/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.session.Loops;
import io.pipepost.smtp.client.internal.session.Words;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has contents signed before their messages enter the pool: a few at once, the others in turn, as many of them as may
 * wait in the pool's queue. A place is free again only when the message behind it was handed on, so that a full queue of
 * the pool holds signing back, and that holds callers back.
 */
public final class Signing {
    private final ContentSigner signer;
    private final Executor executor;
    private final EventLoopGroup timers;
    private final PoolOptions options;
    private final Duration timeout;
    private final int atOnce = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** Those that wait or run, but for the patient ones. */
    private final Semaphore room;

    // Guarded by this, for short; all are among the unsettled.
    private final Set<Job> unsettled = new LinkedHashSet<>();
    private final Deque<Job> waiting = new ArrayDeque<>();
    private int running;
    private int leaving;
    private boolean closing;

    private final CompletableFuture<Void> idle = new CompletableFuture<>();

    /**
     * Creates the place where contents are signed.
     *
     * @param signer signs
     * @param executor where it is called
     * @param timers where timeouts are watched
     * @param options how many may wait, and what to do if so many do
     * @param timeout how long one signing may take
     */
    public Signing(
            ContentSigner signer, Executor executor, EventLoopGroup timers, PoolOptions options, Duration timeout) {
        this.signer = signer;
        this.executor = executor;
        this.timers = timers;
        this.options = options;
        this.timeout = timeout;
        this.room = new Semaphore((int) Math.min(Integer.MAX_VALUE, (long) atOnce + options.maxQueued()));
    }

    /** One content to be signed. What can change is written under the outer object's lock. */
    final class Job {
        private final Content content;
        private final boolean patient;
        private final CompletableFuture<Content> signed = new CompletableFuture<>();

        private boolean started;
        private @Nullable CompletionStage<Content> stage;
        private @Nullable Future<?> timer;

        private Job(Content content, boolean patient) {
            this.content = content;
            this.patient = patient;
        }

        /** Fails with {@link SmtpException} only. */
        CompletableFuture<Content> signed() {
            return signed;
        }

        /** Signs no more, if it is not too late. */
        void cancel() {
            settle(this, null, failure(FailureCause.CANCELLED, "The message was given up", null));
        }
    }

    /** Has content signed when its turn comes; perhaps waits for room, as the pool's options say. */
    Job sign(Content content, boolean patient) {
        Job job = new Job(content, patient);
        if (!patient && !findRoom()) {
            job.signed.completeExceptionally(failure(
                    FailureCause.OVERLOADED,
                    "The queue is full: " + options.maxQueued() + " messages wait to be signed",
                    null));
        } else if (enqueue(job)) {
            startNext();
        } else {
            job.signed.completeExceptionally(closed(null));
            releaseRoom(job);
        }
        return job;
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

    private void releaseRoom(Job job) {
        if (!job.patient) {
            room.release();
        }
    }

    private synchronized boolean enqueue(Job job) {
        if (closing) {
            return false;
        }
        unsettled.add(job);
        waiting.add(job);
        return true;
    }

    private void startNext() {
        for (Job next = takeNext(); next != null; next = takeNext()) {
            Job job = next;
            watch(job);
            try {
                executor.execute(() -> run(job));
            } catch (RejectedExecutionException e) {
                end(job, null, closed(e));
            }
        }
    }

    private synchronized @Nullable Job takeNext() {
        Job next = running < atOnce ? waiting.poll() : null;
        if (next != null) {
            next.started = true;
            running++;
        }
        return next;
    }

    /** On the executor, so that no signer meets an event loop or the caller's thread. */
    private void run(Job job) {
        if (isSettled(job)) {
            return;
        }
        try {
            await(job, Objects.requireNonNull(signer.sign(job.content, executor), "no stage"));
        } catch (Throwable e) {
            settle(job, null, failed(e));
        }
    }

    private synchronized boolean isSettled(Job job) {
        return !unsettled.contains(job);
    }

    private void await(Job job, CompletionStage<Content> stage) {
        if (!attach(job, stage)) {
            stop(stage);
            return;
        }
        stage.whenComplete((content, error) -> {
            if (error == null && content != null) {
                settle(job, content, null);
            } else {
                settle(job, null, failed(error == null ? new NullPointerException("no content") : error));
            }
        });
    }

    private void watch(Job job) {
        Runnable expire = () -> settle(
                job,
                null,
                failure(FailureCause.TIMEOUT, "The content was not signed within " + Words.of(timeout), null));
        try {
            Future<?> timer = timers.next().schedule(expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (!attachTimer(job, timer)) {
                timer.cancel(false);
            }
        } catch (RejectedExecutionException loopsAreGone) {
            // Then the client is closed, which ends every signing.
        }
    }

    private synchronized boolean attachTimer(Job job, Future<?> timer) {
        job.timer = timer;
        return unsettled.contains(job);
    }

    private synchronized boolean attach(Job job, CompletionStage<Content> stage) {
        job.stage = stage;
        return unsettled.contains(job);
    }

    // ---- the end

    private void settle(Job job, @Nullable Content content, @Nullable SmtpException failure) {
        end(job, content, failure);
        startNext();
    }

    /** Hands on first, which may take a while if the pool's queue is full, and gives the place to another then. */
    private void end(Job job, @Nullable Content content, @Nullable SmtpException failure) {
        if (!decide(job)) {
            return;
        }
        Future<?> timer = job.timer;
        if (timer != null) {
            timer.cancel(false);
        }
        if (content != null) {
            job.signed.complete(content);
        } else {
            stop(job.stage);
            job.signed.completeExceptionally(Objects.requireNonNull(failure));
        }
        if (leave(job)) {
            idle.complete(null);
        }
        releaseRoom(job);
    }

    private static void stop(@Nullable CompletionStage<Content> stage) {
        if (stage != null) {
            try {
                stage.toCompletableFuture().cancel(true);
            } catch (UnsupportedOperationException e) {
                // Then it goes on for nothing.
            }
        }
    }

    /** Whoever gets true here ends the job. */
    private synchronized boolean decide(Job job) {
        if (!unsettled.remove(job)) {
            return false;
        }
        leaving++;
        if (!job.started) {
            waiting.remove(job);
        }
        return true;
    }

    /** Whether it was the last one. */
    private synchronized boolean leave(Job job) {
        leaving--;
        if (job.started) {
            running--;
        }
        return isIdle();
    }

    private boolean isIdle() {
        return closing && leaving == 0 && unsettled.isEmpty();
    }

    // ---- closing

    /**
     * Signs what was handed in, and nothing more.
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
        return isIdle();
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
        List<Job> left;
        synchronized (this) {
            left = new ArrayList<>(unsettled);
        }
        left.forEach(job -> end(job, null, closed(null)));
    }

    // ---- failures

    private static SmtpException failed(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return failure(FailureCause.CONTENT_FAILED, "Cannot sign the content: " + why, cause);
    }

    private static SmtpException closed(@Nullable Throwable origin) {
        return failure(FailureCause.CLIENT_CLOSED, "The client is closed", origin);
    }

    private static SmtpException failure(FailureCause cause, String message, @Nullable Throwable origin) {
        return SmtpException.of(new Failure(cause, Phase.ARGUMENT, message, null, origin), List.of());
    }
}
