/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(Leaks.class)
class RepliesTest {
    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END_OF_DATA", "RSET", "QUIT"})
    void R_5321_05_13_whereCodesMayStand(Phase phase) {
        for (int code = 0; code < 1000; code++) {
            assertThat(Replies.mayAnswer(phase, code))
                    .as("%d at %s", code, phase)
                    .isEqualTo(mayStand(phase, code));
        }
    }

    private static boolean mayStand(Phase phase, int code) {
        return switch (code / 100) {
            case 2 ->
                code == 220
                        ? Set.of(Phase.GREETING, Phase.STARTTLS).contains(phase)
                        : code == 221
                                ? phase == Phase.QUIT
                                : code == 235
                                        ? phase == Phase.AUTH
                                        : !Set.of(Phase.STARTTLS, Phase.AUTH, Phase.DATA)
                                                .contains(phase);
            case 3 -> code == 354 ? phase == Phase.DATA : code == 334 && phase == Phase.AUTH;
            case 4, 5 -> true;
            default -> false;
        };
    }

    @Test
    void R_5321_08_lfAloneEndsALineAndIsToldOnceForEachConnection() {
        for (int connection = 0; connection < 2; connection++) {
            List<String> lines = new ArrayList<>();
            new Dialogue()
                    .observer(Transcript.to(lines::add))
                    .open()
                    .send(Mail.to("c@d.test"))
                    .play("""
                            C: MAIL FROM:<a@b.test>
                            S| 250 ok\\n
                            C: RCPT TO:<c@d.test>
                            S| 550-no\\n
                            S| 550 such mailbox\\n
                            => REJECTED_PERM(550) c@d.test at rcpt
                            C: RSET
                            S| 250 ok\\n
                            => KEEP
                            """);
            String told = "--- the server ends lines with LF alone ---";
            assertThat(lines).containsOnlyOnce(told).containsSubsequence("C: MAIL FROM:<a@b.test>", told, "S: 250 ok");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "552 5.5.3 x, false, REJECTED_TEMPORARY",
        "552 5.5.3 x, true, REJECTED_TEMPORARY",
        "552 5.3.4 x, true, REJECTED_PERMANENT",
        "552 x, false, REJECTED_PERMANENT",
        "552 x, true, REJECTED_TEMPORARY",
        "550 5.5.3 x, true, REJECTED_PERMANENT",
        "452 x, false, REJECTED_TEMPORARY",
        "499 x, false, REJECTED_TEMPORARY",
        "599 x, true, REJECTED_PERMANENT"
    })
    void R_5321_56_storageExceededAtRcpt(String reply, boolean earlierAccepted, Disposition expected) {
        assertThat(Replies.recipientRejection(parse(reply), earlierAccepted)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"452 4.5.3 x, true", "452 4.3.1 x, false", "452 x, false", "451 4.5.3 x, false", "552 5.5.3 x, false"})
    void R_5321_83_wornOut(String reply, boolean expected) {
        assertThat(Replies.saysWornOut(parse(reply))).isEqualTo(expected);
    }

    @Test
    void serverClosingKeepsTheReply() {
        Reply reply = Reply.of(421, "bye");
        assertThat(Replies.serverClosing(Phase.MAIL, "at mail", reply).reply()).isSameAs(reply);
    }

    private static Reply parse(String reply) {
        return Reply.of(Integer.parseInt(reply.substring(0, 3)), reply.substring(4));
    }
}
