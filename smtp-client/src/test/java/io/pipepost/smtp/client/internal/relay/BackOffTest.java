/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long a relay that fails is left alone; the clock begins anywhere, as System.nanoTime does. */
class BackOffTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private double random;
    private long now = Long.MAX_VALUE - SECOND;
    private final BackOff backOff = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(5), () -> random);

    private void assertDelay(long nanos) {
        backOff.failed(now);
        assertThat(backOff.endsAt() - now).isEqualTo(nanos);
        assertThat(backOff.isOver(now + nanos - 1)).isFalse();
        now += nanos;
        assertThat(backOff.isOver(now)).isTrue();
    }

    @Test
    void doublesUpToItsLimit() {
        assertThat(backOff.isOver(now)).isTrue();
        assertDelay(SECOND);
        assertDelay(2 * SECOND);
        assertDelay(4 * SECOND);
        assertDelay(5 * SECOND);
        assertDelay(5 * SECOND);
    }

    @Test
    void upToHalfIsLeftOut() {
        random = 0.5;
        assertDelay(SECOND - SECOND / 4);
        random = 1;
        assertDelay(SECOND);
    }

    @Test
    void failuresTogetherCountOnce() {
        backOff.failed(now);
        long endsAt = backOff.endsAt();
        backOff.failed(now + SECOND / 2);
        assertThat(backOff.endsAt()).isEqualTo(endsAt);
    }

    @Test
    void successBeginsAnew() {
        assertDelay(SECOND);
        backOff.failed(now);
        backOff.succeeded();
        assertThat(backOff.isOver(now)).isTrue();
        assertDelay(SECOND);
    }
}
