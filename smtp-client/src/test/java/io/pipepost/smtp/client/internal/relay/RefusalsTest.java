/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which refusals may mean that there are too many connections. */
class RefusalsTest {
    private static Failure failure(Phase phase, int code, String text) {
        return Failure.rejected(phase, "refused", Reply.of(code, text));
    }

    @ParameterizedTest
    @CsvSource({
        "GREETING, 421, 4.7.0 too many connections",
        "GREETING, 421, busy",
        "EHLO, 421, 4.3.2 closing",
        "AUTH, 421, 4.7.0 try later",
        "MAIL, 421, 4.7.0 too many connections",
        "GREETING, 450, 4.7.1 too many",
        "GREETING, 452, 4.3.2 too many",
        "EHLO, 452, 4.4.5 congested",
        "AUTH, 454, 4.7.0 too many logins",
    })
    void mayMeanTooMany(Phase phase, int code, String text) {
        assertThat(Refusals.saysTooMany(failure(phase, code, text))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "GREETING, 554, 5.7.1 no",
        "GREETING, 450, too many",
        "GREETING, 454, 4.3.0 no TLS",
        "AUTH, 535, 5.7.8 wrong",
        "AUTH, 454, 4.7.12 transition needed",
        "MAIL, 452, 4.3.2 later",
        "RCPT, 450, 4.7.1 greylisted",
        "RCPT, 421, 4.7.0 closing",
    })
    void meansSomethingElse(Phase phase, int code, String text) {
        assertThat(Refusals.saysTooMany(failure(phase, code, text))).isFalse();
    }

    @Test
    void lossOfAConnectionSaysNothing() {
        assertThat(Refusals.saysTooMany(Failure.of(FailureCause.CONNECTION_LOST, Phase.GREETING, "lost")))
                .isFalse();
    }
}
