/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainDepthTest {
    private static final long HOUR = TrainDepth.MEMORY.toNanos();

    private final TrainDepth depth = new TrainDepth(4);

    @Test
    void R_2920_19_startsLowUntilProbed() {
        assertThat(depth.isUnknown()).isTrue();
        assertThat(depth.current()).isEqualTo(1);
        depth.grow();
        assertThat(depth.current()).isEqualTo(1);
    }

    @Test
    void growsToItsLimitWhileRepliesMatch() {
        assertThat(depth.probed(0)).isTrue();
        assertThat(depth.current()).isEqualTo(2);
        for (int i = 0; i < 10; i++) {
            depth.grow();
        }
        assertThat(depth.current()).isEqualTo(4);
    }

    @Test
    void aSecondProbeChangesNothing() {
        depth.probed(0);
        depth.grow();
        assertThat(depth.probed(1)).isFalse();
        assertThat(depth.current()).isEqualTo(3);
    }

    @Test
    void R_2920_17_fallsBackToOneAndStaysThere() {
        depth.probed(0);
        assertThat(depth.refuse(1)).isTrue();
        assertThat(depth.refuse(2)).isFalse();
        depth.grow();
        depth.probed(3);
        assertThat(depth.current()).isEqualTo(1);
        assertThat(depth.isUnknown()).isFalse();
    }

    @Test
    void R_2920_20_refusalIsForgottenAfterAnHour() {
        depth.refuse(5);
        depth.refresh(5 + HOUR);
        assertThat(depth.isUnknown()).isFalse();
        depth.refresh(6 + HOUR);
        assertThat(depth.isUnknown()).isTrue();
    }

    @Test
    void neverProbesForADepthOfOne() {
        assertThat(new TrainDepth(1).isUnknown()).isFalse();
    }
}
