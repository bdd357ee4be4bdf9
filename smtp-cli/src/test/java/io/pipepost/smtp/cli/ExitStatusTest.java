/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static io.pipepost.smtp.mail.Disposition.ACCEPTED;
import static io.pipepost.smtp.mail.Disposition.INDETERMINATE;
import static io.pipepost.smtp.mail.Disposition.NOT_SENT;
import static io.pipepost.smtp.mail.Disposition.REJECTED_PERMANENT;
import static io.pipepost.smtp.mail.Disposition.REJECTED_TEMPORARY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ExitStatusTest {
    @Test
    void isZeroOnlyIfAllWereAccepted() {
        assertThat(ExitStatus.of(Set.of(ACCEPTED))).isZero();
    }

    @Test
    void isOneIfSomebodyWasRejectedOrLeftOut() {
        assertThat(ExitStatus.of(Set.of(REJECTED_PERMANENT))).isEqualTo(1);
        assertThat(ExitStatus.of(Set.of(REJECTED_TEMPORARY, ACCEPTED))).isEqualTo(1);
        assertThat(ExitStatus.of(Set.of(REJECTED_TEMPORARY, NOT_SENT))).isEqualTo(1);
        assertThat(ExitStatus.of(Set.of(ACCEPTED, NOT_SENT))).isEqualTo(1);
    }

    @Test
    void isTwoOnlyIfSendingAgainIsSafe() {
        assertThat(ExitStatus.of(Set.of(NOT_SENT))).isEqualTo(2);
        assertThat(ExitStatus.of(Set.of())).isEqualTo(2);
    }

    @Test
    void isThreeAsSoonAsSomethingIsNotKnown() {
        assertThat(ExitStatus.of(Set.of(INDETERMINATE))).isEqualTo(3);
        assertThat(ExitStatus.of(Set.of(ACCEPTED, REJECTED_PERMANENT, NOT_SENT, INDETERMINATE)))
                .isEqualTo(3);
    }
}
