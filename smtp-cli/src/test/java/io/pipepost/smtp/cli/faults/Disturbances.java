/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.testing.FaultProxy;
import io.pipepost.smtp.testing.SmtpSink;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** What befalls all connections of a world at once: they are dropped, refused for a while, or get new security options. */
final class Disturbances {
    private final List<FaultProxy> proxies;
    private final SmtpSink sink;
    private final Runnable newSecurity;
    private final Executor helpers;

    /** Guarded by itself. */
    private final SplittableRandom random;

    Disturbances(long seed, List<FaultProxy> proxies, SmtpSink sink, Runnable newSecurity, Executor helpers) {
        this.random = new SplittableRandom(seed).split();
        this.proxies = proxies;
        this.sink = sink;
        this.newSecurity = newSecurity;
        this.helpers = helpers;
    }

    /** Begins; ends with the future, and the proxies listen again then. */
    CompletableFuture<Void> begin() {
        CompletableFuture<Void> disturbance = new CompletableFuture<>();
        CompletableFuture.runAsync(() -> once(disturbance), later());
        return disturbance;
    }

    private Executor later() {
        return CompletableFuture.delayedExecutor(draw(50, 400), TimeUnit.MILLISECONDS, helpers);
    }

    private int draw(int from, int to) {
        synchronized (random) {
            return random.nextInt(from, to);
        }
    }

    private void once(CompletableFuture<Void> disturbance) {
        boolean again = !disturbance.isDone();
        try {
            now(disturbance);
        } catch (RuntimeException portIsTakenOrNoDescriptorIsLeft) {
            // Somebody's connection comes from that port; the next time, or the time after, it will be free.
            again = true;
        }
        if (again) {
            CompletableFuture.runAsync(() -> once(disturbance), later());
        }
    }

    private void now(CompletableFuture<Void> disturbance) {
        if (disturbance.isDone()) {
            proxies.forEach(FaultProxy::listen);
            return;
        }
        FaultProxy proxy = proxies.get(draw(0, proxies.size()));
        switch (draw(0, 5)) {
            case 0 -> proxy.dropConnections();
            case 1 -> sink.dropConnections();
            case 2 -> proxy.stopListening();
            case 3 -> newSecurity.run();
            default -> proxies.forEach(FaultProxy::listen);
        }
    }
}
