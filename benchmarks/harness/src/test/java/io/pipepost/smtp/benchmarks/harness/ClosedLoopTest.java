/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClosedLoopTest {
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final AtomicInteger sends = new AtomicInteger();
    private final Tally tally = new Tally();

    @AfterEach
    void stop() {
        executor.shutdown();
    }

    @Test
    void everySendIsCountedOnce() throws InterruptedException {
        Supplier<CompletableFuture<?>> send = () -> {
            if (sends.incrementAndGet() == 1_000) {
                tally.close();
            }
            return CompletableFuture.runAsync(() -> {}, executor);
        };

        ClosedLoop.run(tally, Collections.nCopies(4, send));

        assertThat(tally.accepted()).isEqualTo(sends.get()).isGreaterThanOrEqualTo(1_000);
        assertThat(tally.failed()).isZero();
    }

    @Test
    void aFailureEndsTheLoad() throws InterruptedException {
        IllegalStateException refused = new IllegalStateException("refused");
        Supplier<CompletableFuture<?>> send = () -> {
            sends.incrementAndGet();
            return CompletableFuture.failedFuture(refused);
        };

        ClosedLoop.run(tally, Collections.nCopies(4, send));

        assertThat(sends).hasValue(1);
        assertThat(tally.failed()).isEqualTo(1);
        assertThat(tally.firstFailure()).isSameAs(refused);
    }
}
