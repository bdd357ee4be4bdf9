/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.internal.border.Border;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Throttles that count in this process. */
public final class LocalThrottles {
    /** Domains that are remembered before those that have been quiet are looked for. */
    private static final int MANY = 10_000;

    /** Permits are taken inside the map's own locks, where no queue can be forgotten that somebody is about to wait in. */
    final ConcurrentHashMap<String, PermitQueue> queues = new ConcurrentHashMap<>();

    private final Supplier<PermitQueue> newQueue;
    private final int many;

    /** How many are remembered when quiet ones are looked for again: twice as many as were left, as looking costs time. */
    private volatile int crowd;

    LocalThrottles(double perSecond, int burst, PermitQueue.Timer timer) {
        this(perSecond, burst, timer, MANY);
    }

    LocalThrottles(double perSecond, int burst, PermitQueue.Timer timer, int many) {
        if (!(perSecond > 0) || burst < 1) {
            throw new IllegalArgumentException(
                    "A rate is more than 0 and a burst at least 1, found " + perSecond + " and " + burst);
        }
        this.newQueue = () -> new PermitQueue(perSecond, burst, timer);
        this.many = many;
        this.crowd = many;
    }

    /**
     * One permit for each transaction.
     *
     * @param perSecond transactions for each relay
     * @param burst transactions at once
     * @return a throttle
     */
    public static SendThrottle perRelay(double perSecond, int burst) {
        LocalThrottles counts = new LocalThrottles(perSecond, burst, PermitQueue.Timer.SYSTEM);
        return (relay, recipients) -> counts.acquire(key(relay), 1);
    }

    private static String key(Relay relay) {
        return relay.host() + ":" + relay.port();
    }

    /**
     * One permit for each recipient.
     *
     * @param perSecond recipients for each domain
     * @param burst recipients at once
     * @return a throttle
     */
    public static SendThrottle perDomain(double perSecond, int burst) {
        return new LocalThrottles(perSecond, burst, PermitQueue.Timer.SYSTEM).byDomain();
    }

    SendThrottle byDomain() {
        return (relay, recipients) -> all(recipients.entrySet().stream()
                .map(domain -> acquire(domain.getKey(), domain.getValue()))
                .toList());
    }

    private CompletableFuture<Void> acquire(String key, int count) {
        if (queues.size() >= crowd && !queues.containsKey(key)) {
            forgetQuiet();
        }
        AtomicReference<CompletableFuture<Void>> permit = new AtomicReference<>();
        queues.compute(key, (name, known) -> {
            PermitQueue queue = known == null ? newQueue.get() : known;
            permit.set(queue.acquire(count));
            return queue;
        });
        return Objects.requireNonNull(permit.get());
    }

    /** One that is as good as new need not be kept. */
    private synchronized void forgetQuiet() {
        if (queues.size() >= crowd) {
            for (String key : queues.keySet()) {
                queues.computeIfPresent(key, (name, queue) -> queue.isIdle() ? null : queue);
            }
            crowd = Math.max(many, 2 * queues.size());
        }
    }

    /**
     * Waits for two permits. Whatever ends the wait before both are there cancels the one that is not.
     *
     * @param one a permit
     * @param other asks for another one
     * @return completes with the second of them, fails with the first that fails
     */
    public static CompletionStage<Void> both(CompletionStage<Void> one, Supplier<CompletionStage<Void>> other) {
        CompletableFuture<Void> first = one.toCompletableFuture();
        try {
            return all(List.of(first, other.get().toCompletableFuture()));
        } catch (Throwable e) {
            Border.THROTTLE.tell(() -> first.cancel(false));
            throw e;
        }
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> permits) {
        if (permits.size() == 1) {
            return permits.get(0);
        }
        CompletableFuture<Void> all = new CompletableFuture<>();
        all.whenComplete((done, error) -> {
            if (error != null) {
                permits.forEach(permit -> Border.THROTTLE.tell(() -> permit.cancel(false)));
            }
        });
        // One that fails is told at once: the others may take as long as they like.
        permits.forEach(permit -> permit.whenComplete((granted, error) -> {
            if (error != null) {
                all.completeExceptionally(error);
            }
        }));
        CompletableFuture.allOf(permits.toArray(CompletableFuture<?>[]::new)).thenRun(() -> all.complete(null));
        return all;
    }
}
