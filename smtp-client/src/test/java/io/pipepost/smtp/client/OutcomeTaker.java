/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Takes outcomes, and watches that they come one at a time and nothing comes behind the end. */
class OutcomeTaker implements Flow.Subscriber<SendOutcome> {
    final List<SendOutcome> outcomes = new CopyOnWriteArrayList<>();
    private final CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final long atOnce;
    private volatile Flow.@Nullable Subscription subscription;

    /** One that asks for so many when it is subscribed. */
    OutcomeTaker(long atOnce) {
        this.atOnce = atOnce;
    }

    Flow.Subscription subscription() {
        return Objects.requireNonNull(subscription);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (atOnce > 0) {
            given.request(atOnce);
        }
    }

    @Override
    public final void onNext(SendOutcome outcome) {
        enter("onNext");
        take(outcome);
        inside.decrementAndGet();
    }

    void take(SendOutcome outcome) {
        outcomes.add(outcome);
    }

    private void enter(String what) {
        if (inside.incrementAndGet() != 1) {
            violations.add(what + " while another signal was being given");
        }
        if (end.isDone()) {
            violations.add(what + " behind the end");
        }
    }

    @Override
    public void onError(Throwable failure) {
        enter("onError");
        end.complete(failure);
        inside.decrementAndGet();
    }

    @Override
    public void onComplete() {
        enter("onComplete");
        end.complete(null);
        inside.decrementAndGet();
    }

    boolean hasEnded() {
        return end.isDone();
    }

    /** Waits for the end: null, or what the flow failed of. */
    @Nullable
    Throwable awaitEnd() {
        try {
            Throwable failure = end.get(60, TimeUnit.SECONDS);
            assertThat(violations).isEmpty();
            return failure;
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError("No end, " + outcomes.size() + " outcomes", e);
        }
    }
}
