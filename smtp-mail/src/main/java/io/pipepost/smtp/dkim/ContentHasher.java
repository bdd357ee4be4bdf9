/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Reads content from a publisher, one buffer at a time. Signals may come from any thread, even an event loop, so the work
 * is done on an executor: one step behind the other, in the order of the signals.
 */
final class ContentHasher implements Flow.Subscriber<ByteBuffer> {
    private final Reading reading;
    private final Executor executor;
    private final CompletableFuture<Reading.Found> found = new CompletableFuture<>();

    /** The last step; touched by signals, which are never concurrent. */
    private CompletableFuture<Void> tail = CompletableFuture.completedFuture(null);

    /** Written once, before anything is asked for. */
    private volatile Flow.@Nullable Subscription subscription;

    /** Written by steps before they ask for more, and by signals. */
    private volatile boolean requested;

    ContentHasher(Reading reading, Executor executor) {
        this.reading = reading;
        this.executor = executor;
        found.whenComplete((result, error) -> cancelSource());
    }

    /** What was found, on the executor; whoever completes it first stops the reading. */
    CompletableFuture<Reading.Found> found() {
        return found;
    }

    private void cancelSource() {
        Flow.Subscription source = subscription;
        if (source != null) {
            source.cancel();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription source) {
        if (subscription != null || found.isDone()) {
            source.cancel();
            return;
        }
        subscription = source;
        requestNext(source);
    }

    private void requestNext(Flow.Subscription source) {
        requested = true;
        source.request(1);
    }

    @Override
    public void onNext(ByteBuffer piece) {
        if (!requested) {
            found.completeExceptionally(
                    new IllegalStateException("The content's publisher published more than was requested"));
            return;
        }
        requested = false;
        step(() -> {
            reading.read(piece);
            Flow.Subscription source = subscription;
            if (source != null && !found.isDone()) {
                requestNext(source);
            }
        });
    }

    @Override
    public void onError(Throwable cause) {
        found.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        step(() -> found.complete(reading.finish()));
    }

    private void step(Runnable work) {
        tail = tail.thenRunAsync(work, executor);
        tail.whenComplete((done, error) -> {
            if (error != null) {
                found.completeExceptionally(
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
            }
        });
    }
}
