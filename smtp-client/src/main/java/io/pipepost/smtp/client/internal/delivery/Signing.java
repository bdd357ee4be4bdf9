/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
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
    private final Anteroom<Job> anteroom;

    @GuardedBy("this")
    private final Deque<Job> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private int running;

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
        this.anteroom = new Anteroom<>(
                timers, options, atOnce, job -> end(job, null, closed(ClientClosed.at(Phase.ARGUMENT, progress(job)))));
    }

    private enum Progress {
        WAITING,
        /** The executor has it, and may never come to it. */
        HANDED_OUT,
        /** The signer has it, and may never answer. */
        BEGUN,
        SETTLED
    }

    /** One content to be signed. What can change is written under the outer object's lock. */
    final class Job {
        private final Content content;
        private final boolean patient;
        private final CompletableFuture<Content> signed = new CompletableFuture<>();

        private Progress progress = Progress.WAITING;
        private @Nullable CompletableFuture<Content> answer;
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
        if (!patient && !anteroom.findRoom()) {
            job.signed.completeExceptionally(failure(
                    FailureCause.OVERLOADED,
                    "The queue is full: " + options.maxQueued() + " messages wait to be signed",
                    null));
        } else if (anteroom.enter(job)) {
            enqueue(job);
            startNext();
        } else {
            job.signed.completeExceptionally(closed(ClientClosed.at(Phase.ARGUMENT)));
            releaseRoom(job);
        }
        return job;
    }

    private void releaseRoom(Job job) {
        if (!job.patient) {
            anteroom.releaseRoom();
        }
    }

    private synchronized void enqueue(Job job) {
        if (job.progress == Progress.WAITING) {
            waiting.add(job);
        }
    }

    private void startNext() {
        for (Job next = takeNext(); next != null; next = takeNext()) {
            Job job = next;
            watch(job);
            try {
                executor.execute(() -> run(job));
            } catch (Throwable e) {
                String why = Border.BLOCKING_EXECUTOR.threw(e)
                        + " when it was to sign, perhaps since it is full or shut down";
                end(job, null, failure(FailureCause.OVERLOADED, why, e));
            }
        }
    }

    private synchronized @Nullable Job takeNext() {
        Job next = running < atOnce ? waiting.poll() : null;
        if (next != null) {
            next.progress = Progress.HANDED_OUT;
            running++;
        }
        return next;
    }

    /** On the executor, so that no signer meets an event loop or the caller's thread; an executor may run it twice. */
    private void run(Job job) {
        if (!begin(job)) {
            return;
        }
        CompletableFuture<Content> answer = Border.SIGNER.ask(() -> signer.sign(job.content, executor), "content");
        if (!attach(job, answer)) {
            answer.cancel(true);
            return;
        }
        answer.whenComplete((content, error) -> {
            if (content != null) {
                settle(job, content, null);
            } else {
                settle(job, null, failed(error == null ? Border.SIGNER.gaveNull("content") : error));
            }
        });
    }

    private synchronized boolean begin(Job job) {
        boolean first = job.progress == Progress.HANDED_OUT;
        if (first) {
            job.progress = Progress.BEGUN;
        }
        return first;
    }

    private synchronized boolean attach(Job job, CompletableFuture<Content> answer) {
        job.answer = answer;
        return job.progress == Progress.BEGUN;
    }

    private void watch(Job job) {
        Runnable expire = () ->
                settle(job, null, failure(FailureCause.TIMEOUT, progress(job) + " within " + Words.of(timeout), null));
        Future<?> timer = Loops.schedule(timers, expire, timeout);
        if (timer == null) {
            end(job, null, closed(ClientClosed.withoutTimers(Phase.ARGUMENT)));
        } else if (!attachTimer(job, timer)) {
            timer.cancel(false);
        }
    }

    private synchronized boolean attachTimer(Job job, Future<?> timer) {
        job.timer = timer;
        return job.progress != Progress.SETTLED;
    }

    private synchronized String progress(Job job) {
        return switch (job.progress) {
            case WAITING -> "The content waits for its turn to be signed";
            case HANDED_OUT -> Border.BLOCKING_EXECUTOR.silent();
            default -> Border.SIGNER.silent();
        };
    }

    // ---- the end

    private void settle(Job job, @Nullable Content content, @Nullable SmtpException failure) {
        end(job, content, failure);
        startNext();
    }

    /** Hands on first, which may take a while if the pool's queue is full, and gives the place to another then. */
    private void end(Job job, @Nullable Content content, @Nullable SmtpException failure) {
        Progress before = decide(job);
        if (before == Progress.SETTLED) {
            return;
        }
        Future<?> timer = job.timer;
        if (timer != null) {
            timer.cancel(false);
        }
        if (content != null) {
            job.signed.complete(content);
        } else {
            CompletableFuture<Content> answer = job.answer;
            if (answer != null) {
                answer.cancel(true);
            }
            job.signed.completeExceptionally(Objects.requireNonNull(failure));
        }
        if (before != Progress.WAITING) {
            leaveExecutor();
        }
        anteroom.leave(job);
        releaseRoom(job);
    }

    /** Whoever gets anything but SETTLED here ends the job. */
    private synchronized Progress decide(Job job) {
        Progress before = job.progress;
        job.progress = Progress.SETTLED;
        if (before == Progress.WAITING) {
            waiting.remove(job);
        }
        return before;
    }

    private synchronized void leaveExecutor() {
        running--;
    }

    /**
     * Signs what was handed in, and nothing more.
     *
     * @param drain how long to go on
     * @return a future of what is left of that time, once everything was handed on or given up
     */
    public CompletableFuture<Duration> close(Duration drain) {
        return anteroom.close(drain);
    }

    // ---- failures

    private static SmtpException failed(Throwable error) {
        String why = Border.SIGNER.reasonOf(error);
        Throwable origin = error instanceof Border.Fault fault ? fault.origin() : error;
        return failure(FailureCause.CONTENT_FAILED, "Cannot sign the content: " + why, origin);
    }

    private static SmtpException closed(Failure failure) {
        return SmtpException.of(failure, List.of());
    }

    private static SmtpException failure(FailureCause cause, String message, @Nullable Throwable origin) {
        return SmtpException.of(new Failure(cause, Phase.ARGUMENT, message, null, origin), List.of());
    }
}
