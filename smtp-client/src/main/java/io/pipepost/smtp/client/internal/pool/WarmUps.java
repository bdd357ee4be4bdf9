/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Failure;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Those who wait for the minimum of connections. Thread-safe. */
final class WarmUps {
    private final PoolState state;
    private final Queue<CompletableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();

    WarmUps(PoolState state) {
        this.state = state;
    }

    /** Somebody waits from now on. */
    CompletableFuture<Void> begin() {
        CompletableFuture<Void> warm = new CompletableFuture<>();
        waiting.add(warm);
        return warm;
    }

    /** Tells all, if there are as many connections as were wanted. */
    void endIfWarm() {
        if (!waiting.isEmpty() && state.isWarm()) {
            end(warm -> warm.complete(null));
        }
    }

    /** Tells all that there will not be. */
    void fail(Failure failure) {
        end(warm -> warm.completeExceptionally(SmtpException.of(failure, List.of())));
    }

    private void end(Consumer<CompletableFuture<Void>> how) {
        for (CompletableFuture<Void> warm = waiting.poll(); warm != null; warm = waiting.poll()) {
            how.accept(warm);
        }
    }
}
