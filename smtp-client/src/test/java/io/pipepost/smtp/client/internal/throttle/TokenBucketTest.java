/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tokens per second, with the time given. */
class TokenBucketTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long START = Long.MAX_VALUE - SECOND / 2;

    private final TokenBucket bucket = new TokenBucket(10, 5, START);

    @Test
    void beginsWithABurst() {
        for (int i = 0; i < 5; i++) {
            assertThat(bucket.tryTake(1, START)).isTrue();
        }
        assertThat(bucket.tryTake(1, START)).isFalse();
        assertThat(bucket.nanosUntil(1, START)).isEqualTo(SECOND / 10);
        assertThat(bucket.tryTake(1, START + SECOND / 10 - 1)).isFalse();
        assertThat(bucket.tryTake(1, START + SECOND / 10)).isTrue();
    }

    @Test
    void keepsTheRate() {
        int taken = 0;
        for (long at = 0; at < 100 * SECOND; at += SECOND / 1_000) {
            taken += bucket.tryTake(1, START + at) ? 1 : 0;
        }
        assertThat(taken).isBetween(1_003, 1_005);
    }

    @Test
    void savesNoMoreThanABurst() {
        assertThat(bucket.tryTake(5, START)).isTrue();
        assertThat(bucket.isFull(START + SECOND / 2 - 1)).isFalse();
        assertThat(bucket.isFull(START + SECOND / 2)).isTrue();
        assertThat(bucket.tryTake(5, START + 100 * SECOND)).isTrue();
        assertThat(bucket.tryTake(1, START + 100 * SECOND)).isFalse();
    }

    @Test
    void demandBeyondTheBurstLeavesADebt() {
        assertThat(bucket.tryTake(25, START)).isTrue();
        assertThat(bucket.nanosUntil(1, START)).isEqualTo(21 * SECOND / 10);
    }
}
