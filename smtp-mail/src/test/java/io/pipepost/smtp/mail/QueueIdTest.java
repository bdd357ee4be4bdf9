/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.internal.QueueIds;
import io.pipepost.smtp.protocol.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueIdTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2.0.0 Ok: queued as 4XyZ3k1Bn9z2Kd                                | 4XyZ3k1Bn9z2Kd
                    2.6.0 <1@a.test> queued as <ab12>.                                | ab12
                    OK id=1rQx2b-0003Aa-1f                                            | 1rQx2b-0003Aa-1f
                    2.0.0 4ABCDe12345 Message accepted for delivery                   | 4ABCDe12345
                    2.0.0 1a2b3c4d Message accepted for delivery                      | 1a2b3c4d
                    ok 1700000000 qp 12345                                            | 12345
                    Message Queued (3F2504E0-4F89-11D3.1)                             | 3F2504E0-4F89-11D3.1
                    2.6.0 <x.1@b.test> [InternalId=7, Hostname=c.test] Queued mail for delivery | x.1@b.test
                    2.0.0 OK  1700000000 d2e1a72-20020aa7.12 - gsmtp                  | d2e1a72-20020aa7.12
                    Ok 0102018bcd12ef34-0a1b2c3d-000000                               | 0102018bcd12ef34-0a1b2c3d-000000
                    """)
    void whatServersSay(String text, String id) {
        assertThat(QueueIds.of(Reply.of(250, text))).isEqualTo(id);
    }

    @ParameterizedTest
    @CsvSource({
        "Ok",
        "2.0.0 Ok",
        "ok you have mail",
        "Message accepted for delivery",
        "queued as",
        "id=",
        "thanks (really)"
    })
    void nothingToTell(String text) {
        assertThat(QueueIds.of(Reply.of(250, text))).isNull();
    }

    @Test
    void aServerCannotPutAnythingElseIntoIt() {
        assertThat(QueueIds.of(Reply.of(250, "queued as \u001b[2J"))).isNull();
        assertThat(QueueIds.of(Reply.of(250, "queued as " + "a".repeat(500)))).isNull();
    }
}
