/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.FileReading;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
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

    private final Anteroom<FileReading> anteroom;

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
        this.anteroom = new Anteroom<>(timers, options, options.maxConnections(), Preparations::endByForce);
    }

    /** The short way for content that can be sent as it is; null if there is more to do, or to say. */
    @Nullable
    PreparedContent ready(Content content) {
        return anteroom.isClosing() ? null : preparation.ready(content);
    }

    /**
     * Prepares content; perhaps waits for room, as the pool's options say.
     *
     * @param patient whether it is bounded elsewhere
     * @return what comes of it; whoever completes it first decides. Fails with {@link SmtpException}, or with what was thrown
     */
    CompletableFuture<PreparedContent> prepare(Content content, boolean patient) {
        if (anteroom.isClosing()) {
            return CompletableFuture.failedFuture(closed(ClientClosed.at(Phase.ARGUMENT)));
        }
        if (!(content instanceof Content.File)) {
            return preparation.prepare(content);
        }
        if (!patient && !anteroom.findRoom()) {
            return CompletableFuture.failedFuture(failure(
                    FailureCause.OVERLOADED,
                    "The queue is full: " + options.maxQueued() + " messages wait for their files to be read"));
        }
        CompletableFuture<PreparedContent> prepared = preparation.prepare(content);
        prepared.whenComplete((done, error) -> {
            if (!patient) {
                anteroom.releaseRoom();
            }
        });
        if (!prepared.isDone() && prepared instanceof FileReading reading) {
            watch(reading);
        }
        return prepared;
    }

    private void watch(FileReading reading) {
        if (!anteroom.enter(reading)) {
            reading.completeExceptionally(closed(ClientClosed.at(Phase.ARGUMENT)));
            return;
        }
        Runnable expire = () -> reading.completeExceptionally(
                failure(FailureCause.TIMEOUT, reading.progress() + ", after " + Words.of(timeout)));
        Future<?> timer = Loops.schedule(timers, expire, timeout);
        if (timer == null) {
            reading.completeExceptionally(closed(ClientClosed.withoutTimers(Phase.ARGUMENT)));
        } else {
            reading.whenComplete((done, error) -> timer.cancel(false));
        }
        reading.whenComplete((done, error) -> anteroom.leave(reading));
    }

    // ---- closing

    /**
     * Finishes what is being prepared, and takes nothing more.
     *
     * @param drain how long to go on
     * @return a future of what is left of that time, once everything was handed on or given up
     */
    public CompletableFuture<Duration> close(Duration drain) {
        return anteroom.close(drain);
    }

    private static void endByForce(FileReading reading) {
        reading.completeExceptionally(closed(ClientClosed.at(Phase.ARGUMENT, reading.progress())));
    }

    private static SmtpException closed(Failure failure) {
        return SmtpException.of(failure, List.of());
    }

    private static SmtpException failure(FailureCause cause, String message) {
        return SmtpException.of(Failure.of(cause, Phase.ARGUMENT, message), List.of());
    }
}
