/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Wire;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    private final Wire wire = new Wire();
    private int expired;
    private final Deadline deadline = new Deadline(wire.eventLoop(), () -> expired++);

    private void advance(long seconds) {
        wire.advanceTimeBy(seconds, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
    }

    @Test
    void expiresOnceAtItsTime() {
        deadline.arm(Duration.ofSeconds(10));
        wire.advanceTimeBy(10_000_000_000L - 1, TimeUnit.NANOSECONDS);
        wire.runScheduledPendingTasks();
        assertThat(expired).isZero();
        assertThat(deadline.isArmed()).isTrue();
        wire.advanceTimeBy(1, TimeUnit.NANOSECONDS);
        wire.runScheduledPendingTasks();
        assertThat(expired).isEqualTo(1);
        assertThat(deadline.isArmed()).isFalse();
        advance(100);
        assertThat(expired).isEqualTo(1);
    }

    @Test
    void movesToLater() {
        deadline.arm(Duration.ofSeconds(10));
        advance(9);
        deadline.arm(Duration.ofSeconds(10));
        advance(9);
        assertThat(expired).isZero();
        advance(1);
        assertThat(expired).isEqualTo(1);
    }

    @Test
    void movesToEarlier() {
        deadline.arm(Duration.ofSeconds(100));
        deadline.arm(Duration.ofSeconds(1));
        advance(1);
        assertThat(expired).isEqualTo(1);
        advance(1000);
        assertThat(expired).isEqualTo(1);
    }

    @Test
    void disarmed() {
        deadline.arm(Duration.ofSeconds(10));
        deadline.disarm();
        assertThat(deadline.isArmed()).isFalse();
        advance(1000);
        assertThat(expired).isZero();
    }

    @Test
    void armedAgainBehindDisarm() {
        deadline.arm(Duration.ofSeconds(10));
        deadline.disarm();
        advance(5);
        deadline.arm(Duration.ofSeconds(10));
        advance(9);
        assertThat(expired).isZero();
        advance(1);
        assertThat(expired).isEqualTo(1);
        deadline.arm(Duration.ofSeconds(1));
        advance(1);
        assertThat(expired).isEqualTo(2);
    }

    @Test
    void cancelLeavesNoTask() {
        deadline.arm(Duration.ofSeconds(10));
        deadline.cancel();
        assertThat(wire.runScheduledPendingTasks()).isEqualTo(-1);
        advance(1000);
        assertThat(expired).isZero();
    }
}
