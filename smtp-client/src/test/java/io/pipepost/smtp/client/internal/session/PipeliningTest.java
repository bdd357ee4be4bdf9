/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of commands, and content behind DATA. */
@ExtendWith(Leaks.class)
class PipeliningTest {
    private static final String GROUP = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: DATA
            """;

    private static final String GROUP_OF_TWO = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: RCPT TO:<x@d.test>
            C: DATA
            """;

    private static Dialogue toOne() {
        return p("PIPELINING").send(Mail.to("c@d.test"));
    }

    private static Dialogue toTwo() {
        return p("PIPELINING").send(Mail.to("c@d.test", "x@d.test"));
    }

    // ---- groups

    /** Without TLS and AUTH. R-2920-02, R-5321-53. */
    @Test
    void B2_partialAcceptanceInOneGroup() {
        Dialogue dialogue = p("PIPELINING", "SIZE 1000000");
        int before = dialogue.wire().writes();
        dialogue.send(Mail.to("c@d.test", "nobody@d.test"));
        assertThat(dialogue.wire().writes() - before).isEqualTo(1);
        dialogue.play("""
                C: MAIL FROM:<a@b.test> SIZE=20
                C: RCPT TO:<c@d.test>
                C: RCPT TO:<nobody@d.test>
                C: DATA
                S: 250 2.1.0 ok
                S: 250 2.1.5 ok
                S: 550 5.1.1 unknown
                S: 354 go
                """ + CONTENT + """
                S: 250 2.0.0 queued
                => ACCEPTED c@d.test
                => REJECTED_PERM(550) nobody@d.test at rcpt
                => KEEP
                """);
    }

    @Test
    void B3_R_2920_06_nobodyAcceptedAlthoughDataWasPipelined() {
        p("PIPELINING").send(Mail.to("x@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<x@d.test>
                C: DATA
                S: 250 ok
                S: 550 no
                S: 354 go
                C: .
                S: 554 no valid recipients
                C: RSET
                => REJECTED_PERM(550) x@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_2920_01_lockStepUnlessListed() {
        p("SIZE").send(Mail.to("c@d.test")).play("C: MAIL FROM:<a@b.test> SIZE=20");
    }

    @Test
    void R_2920_14_switchedOff() {
        new Dialogue()
                .flight(FlightOptions.DEFAULT.withPipelining(false))
                .open("PIPELINING")
                .send(Mail.to("c@d.test"))
                .play(D + CONTENT + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_2920_14_keywordDisabled() {
        new Dialogue()
                .disabledKeywords("PIPELINING")
                .open("PIPELINING")
                .send(Mail.to("c@d.test"))
                .play(D + CONTENT + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_2920_02_groupWriterWaitsBehindNoop() {
        Dialogue dialogue = p("PIPELINING");
        CompletableFuture<Reply> first = new CompletableFuture<>();
        CompletableFuture<Reply> second = new CompletableFuture<>();
        dialogue.session().command(Command.Simple.NOOP, first);
        dialogue.session().command(Command.Simple.RSET, second);
        dialogue.play("""
                C: NOOP
                S: 250 ok
                C: RSET
                S: 250 ok
                """);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    /** RSET and the next envelope leave together. */
    @Test
    void R_2920_02_resetJoinsTheNextGroup() {
        Dialogue dialogue = toOne().queue(Mail.to("e@f.test"));
        dialogue.play(GROUP + """
                S: 550 no
                S: 503 no
                S: 503 no
                C: RSET
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<e@f.test>
                C: DATA
                => REJECTED_PERM(550) c@d.test at mail
                S: 250 ok
                S: 250 ok
                S: 250 ok
                S: 354 go
                """ + CONTENT + """
                S: 250 ok
                => ACCEPTED e@f.test
                """);
    }

    // ---- matching

    @Test
    void R_2920_05_repliesAreMatchedByCount() {
        p("PIPELINING").send(Mail.to("x@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<x@d.test>
                C: DATA
                S: 250-ok
                ‖
                S: 250 ok
                S: 550 no
                S: 354 go
                C: .
                S: 554 none
                C: RSET
                => REJECTED_PERM(550) x@d.test at rcpt
                """);
    }

    @Test
    void R_5321_11_octetByOctet() {
        StringBuilder script = new StringBuilder(GROUP_OF_TWO);
        for (char c : "250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n".toCharArray()) {
            script.append("S| ").append(Dialogue.escape(new byte[] {(byte) c})).append("\n‖\n");
        }
        toTwo().play(script.toString().replace("S|  \n", "S| \\x20\n") + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                => REJECTED_PERM(550) x@d.test at rcpt
                """);
    }

    @Test
    void R_2920_06_dataRefusedWithNobodyAccepted() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 550 no
                S: 450 later
                S: 554 no valid recipients
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                => REJECTED_TEMP(450) x@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"250 ok", "554 none", "451 later", "421 bye"})
    void R_2920_06_replyToTheLoneDotChangesNothing(String reply) {
        boolean closing = reply.startsWith("421");
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 550 no
                S: 550 no
                S: 354 go
                C: .
                S: %s
                """.formatted(reply)
                + (closing ? "" : "C: RSET\n")
                + """
                => REJECTED_PERM(550) c@d.test at rcpt
                => REJECTED_PERM(550) x@d.test at rcpt
                """
                + (closing ? "=> DROP(server-closing, 421) at end-of-data\n" : ""));
    }

    @Test
    void R_2920_06_lostBehindTheLoneDot() {
        toOne().play(GROUP + """
                S: 250 ok
                S: 550 no
                S: 354 go
                C: .
                CLOSE
                => REJECTED_PERM(550) c@d.test at rcpt
                => DROP(connection-lost) at end-of-data
                """);
    }

    /** What comes then would be taken for the reply to the next command. */
    @ParameterizedTest
    @ValueSource(strings = {"250 ok", "554 none"})
    void R_5321_82_loneDotAnsweredBeforeItWasSent(String reply) {
        toOne().play(GROUP + """
                S: 250 ok
                S: 550 no
                ROOM 0
                S: 354 go
                ‖
                S: %s
                """.formatted(reply) + """
                => REJECTED_PERM(550) c@d.test at rcpt
                => DROP(protocol-violation, %s) at end-of-data
                """.formatted(reply.substring(0, 3)));
    }

    @Test
    void R_2920_07_mailRefusedRecipientAcceptedAndContentWanted() {
        toOne().play(GROUP + """
                S: 550 no
                S: 250 ok
                S: 354 go
                => REJECTED_PERM(550) c@d.test at mail
                => DROP(protocol-violation, 354) at data
                """);
    }

    @Test
    void R_2920_06_mailRefusedNobodyAcceptedAndContentWanted() {
        toOne().play(GROUP + """
                S: 550 no
                S: 503 no
                S: 354 go
                C: .
                S: 250 ok
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                """);
    }

    @Test
    void R_2920_09_closingInsideAGroup() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 421 bye
                => NOT_SENT(server-closing, 421) c@d.test at rcpt
                => NOT_SENT(server-closing, 421) x@d.test at rcpt
                => DROP(server-closing, 421) at rcpt
                """);
    }

    @Test
    void R_2920_09_closingKeepsEarlierRejections() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 550 no
                S: 421 bye
                => REJECTED_PERM(550) c@d.test at rcpt
                => NOT_SENT(server-closing, 421) x@d.test at rcpt
                => DROP(server-closing, 421) at rcpt
                """);
    }

    @Test
    void R_2920_09_dataRefusedBehindAcceptedRecipients() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 550 no
                S: 451 later
                C: RSET
                => REJECTED_TEMP(451) c@d.test at data
                => REJECTED_PERM(550) x@d.test at rcpt
                """);
    }

    // ---- window and clock

    @Test
    void R_2920_11_window() {
        String[] recipients =
                IntStream.range(0, 1000).mapToObj(i -> "r" + i + "@d.test").toArray(String[]::new);
        StringBuilder script = new StringBuilder("C: MAIL FROM:<a@b.test>\n");
        for (int i = 0; i < 255; i++) {
            script.append("C: RCPT TO:<r").append(i).append("@d.test>\n");
        }
        script.append("S: 250 ok\nC: RCPT TO:<r255@d.test>\n");
        script.append("S: 250 ok\nS: 250 ok\nC: RCPT TO:<r256@d.test>\nC: RCPT TO:<r257@d.test>\n");
        p("PIPELINING").send(Mail.to(recipients)).play(script.toString());
    }

    @Test
    void R_2920_11_R_5321_49_withdrawsWhatTheWindowHeldBack() {
        String[] recipients =
                IntStream.range(0, 300).mapToObj(i -> "r" + i + "@d.test").toArray(String[]::new);
        StringBuilder script = new StringBuilder("C: MAIL FROM:<a@b.test>\n");
        StringBuilder outcomes = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            script.append(i < 255 ? "C: RCPT TO:<r" + i + "@d.test>\n" : "");
            outcomes.append("=> REJECTED_PERM(550) r").append(i).append("@d.test at mail\n");
        }
        script.append("S: 550 no\n").append("S: 503 what\n".repeat(255)).append("C: RSET\n");
        p("PIPELINING").send(Mail.to(recipients)).play(script.toString() + outcomes + "S: 250 ok\n=> KEEP");
    }

    @Test
    void R_2920_12_theClockOfACommandStartsWhenItIsTheOldest() {
        String[] recipients =
                IntStream.range(0, 10).mapToObj(i -> "r" + i + "@d.test").toArray(String[]::new);
        StringBuilder script = new StringBuilder("C: MAIL FROM:<a@b.test>\n");
        for (String recipient : recipients) {
            script.append("C: RCPT TO:<").append(recipient).append(">\n");
        }
        script.append("C: DATA\nS: 250 ok\n")
                .append("+600ms\nS: 250 ok\n‖\n".repeat(10))
                .append("S: 354 go\n");
        new Dialogue()
                .timeouts(Timeouts.DEFAULT.with(Phase.RCPT, Duration.ofSeconds(1)))
                .open("PIPELINING")
                .send(Mail.to(recipients))
                .play(script + CONTENT);
    }

    @Test
    void R_2920_15_allRepliesOfAGroupAreReadBeforeReset() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 550 no
                S: 550 no
                ‖
                S: 503 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                => REJECTED_PERM(550) x@d.test at rcpt
                """);
    }

    // ---- S-11, S-43

    /** R-5321-82: content cannot be answered before it was asked for. */
    @Test
    void S_11_R_5321_82_finalReplyInAdvance() {
        toOne().play(GROUP + """
                S: 250 ok
                S: 250 ok
                S: 354 go
                S: 250 queued
                => NOT_SENT(protocol-violation, 250) c@d.test at idle
                => DROP(protocol-violation, 250) at idle
                """);
    }

    @Test
    void S_43_aLostReplyIsNoticed() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 354 go
                => NOT_SENT(protocol-violation, 354) c@d.test at rcpt
                => NOT_SENT(protocol-violation, 354) x@d.test at rcpt
                => DROP(protocol-violation, 354) at rcpt
                """);
    }

    @Test
    void S_43_anAdditionalReplyIsNoticed() {
        toTwo().play(GROUP_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 250 ok
                S: 250 ok
                => NOT_SENT(protocol-violation, 250) c@d.test at data
                => NOT_SENT(protocol-violation, 250) x@d.test at data
                => DROP(protocol-violation, 250) at data
                """);
    }
}
