/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Callers that wait for room. */
class TransactionQueueTest {
    private final TransactionQueue queue = new TransactionQueue();

    @Test
    void whoeverLeavesUnnoticedHasTheNextOneCalled() {
        CountDownLatch first = queue.newCaller();
        CountDownLatch second = queue.newCaller();
        CountDownLatch third = queue.newCaller();
        queue.callNext();
        assertThat(first.getCount()).isZero();
        queue.leave(first, false);
        assertThat(second.getCount()).isZero();
        queue.leave(second, true);
        assertThat(third.getCount()).isEqualTo(1);
        queue.leave(third, false);
        queue.callNext();
        assertThat(third.getCount()).isEqualTo(1);
    }

    /** Virtual threads may come in hundreds of thousands; each is called once, under the pool's lock. */
    @Test
    void callingEverybodyTakesTimeInProportion() {
        List<CountDownLatch> callers = new ArrayList<>();
        for (int i = 0; i < 300_000; i++) {
            callers.add(queue.newCaller());
        }
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> callers.forEach(caller -> {
                    queue.callNext();
                    queue.leave(caller, true);
                }));
    }
}
