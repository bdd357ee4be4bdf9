/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How many connections a relay takes after it has refused one. */
class ConnectionCapTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final long START = Long.MAX_VALUE - MINUTE;

    private final ConnectionCap cap = new ConnectionCap(10, Duration.ofMinutes(1), Duration.ofHours(1));

    @Test
    void isWhatIsConfigured() {
        assertThat(cap.at(START)).isEqualTo(10);
    }

    @Test
    void growsByOneInEachInterval() {
        cap.lower(4, START);
        assertThat(cap.at(START + MINUTE - 1)).isEqualTo(4);
        assertThat(cap.at(START + MINUTE)).isEqualTo(5);
        assertThat(cap.at(START + 5 * MINUTE)).isEqualTo(9);
        assertThat(cap.at(START + 6 * MINUTE)).isEqualTo(10);
        assertThat(cap.at(START + 600 * MINUTE)).isEqualTo(10);
    }

    @Test
    void refusalOfTheNextOneLowersItAgain() {
        cap.lower(4, START);
        cap.lower(4, START + MINUTE);
        assertThat(cap.at(START + 2 * MINUTE - 1)).isEqualTo(4);
        assertThat(cap.at(START + 2 * MINUTE)).isEqualTo(5);
    }

    @Test
    void isNeverRaisedByARefusal() {
        cap.lower(4, START);
        cap.lower(7, START);
        assertThat(cap.at(START)).isEqualTo(4);
    }

    @Test
    void isAtLeastOne() {
        cap.lower(0, START);
        assertThat(cap.at(START)).isEqualTo(1);
    }

    @Test
    void r2920_20_isForgotten() {
        ConnectionCap many = new ConnectionCap(1_000, Duration.ofMinutes(1), Duration.ofHours(1));
        many.lower(1, START);
        assertThat(many.at(START + 60 * MINUTE - 1)).isEqualTo(60);
        assertThat(many.at(START + 60 * MINUTE)).isEqualTo(1_000);
    }
}
