/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.E;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MAIL, RCPT and DATA, and what their replies mean, mostly lock-step. */
@ExtendWith(Leaks.class)
class EnvelopeTest {
    private static final String ACCEPTED = "S: 250 ok\n=> ACCEPTED c@d.test\n=> KEEP\n";

    private static final String MAIL = "C: MAIL FROM:<a@b.test>\n";

    private static Dialogue toOne(String... keywords) {
        return p(keywords).send(Mail.to("c@d.test"));
    }

    // ---- codes

    @ParameterizedTest
    @CsvSource({"499, REJECTED_TEMP", "599, REJECTED_PERM", "450, REJECTED_TEMP", "550, REJECTED_PERM"})
    void R_5321_04_unknownNegativeCodesGoByTheirFirstDigit(String code, String outcome) {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: %s whatever
                C: RSET
                => %s(%s) c@d.test at rcpt
                S: 250 ok
                => KEEP
                """.formatted(code, outcome, code));
    }

    @ParameterizedTest
    @ValueSource(strings = {"299 fine", "251 forwarding", "252 maybe", "280 ok", "250 550 mailbox unavailable"})
    void R_5321_03_04_05_50_anyOther2yzAccepts(String reply) {
        toOne().play(MAIL + "S: " + reply + """

                C: RCPT TO:<c@d.test>
                S: %s
                C: DATA
                S: 354 go
                """.formatted(reply) + CONTENT + ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(ints = {99, 150, 199, 600, 650, 999, 0})
    void R_5321_05_otherFirstDigitsAreFatal(int code) {
        toOne().play(MAIL + """
                S: %03d wait
                => NOT_SENT(protocol-violation, %d) c@d.test at mail
                => DROP(protocol-violation, %d) at mail
                """.formatted(code, code, code));
    }

    @Test
    void R_5321_06_differentCodesInOneReply() {
        toOne().play(D + CONTENT + """
                S: 250-queued
                S: 550 no
                => INDETERMINATE(protocol-violation) c@d.test at end-of-data
                => DROP(protocol-violation) at end-of-data
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "2500 ok", "", "250x", "ok", " 250 ok"})
    void R_5321_07_garbageIsFatal(String line) {
        toOne().play(MAIL + "S| " + line + "\\r\\n" + """

                => NOT_SENT(protocol-violation) c@d.test at mail
                => DROP(protocol-violation) at mail
                """);
    }

    @Test
    void R_5321_12_closingAnswersRcpt() {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 421 4.3.2 closing
                => NOT_SENT(server-closing, 421) c@d.test at rcpt
                => DROP(server-closing, 421) at rcpt
                """);
    }

    @Test
    void R_5321_12_closingAnswersMail() {
        toOne().play(MAIL + """
                S: 421 4.3.2 closing
                => NOT_SENT(server-closing, 421) c@d.test at mail
                => DROP(server-closing, 421) at mail
                """);
    }

    @Test
    void R_5321_12_closingAnswersData() {
        toOne().play(E + """
                C: DATA
                S: 421 4.3.2 closing
                => NOT_SENT(server-closing, 421) c@d.test at data
                => DROP(server-closing, 421) at data
                """);
    }

    @ParameterizedTest
    @ValueSource(ints = {354, 334, 300, 220, 221, 235})
    void R_5321_13_codesOfOtherExchangesAreFatalAtMail(int code) {
        toOne().play(MAIL + """
                S: %d go
                => NOT_SENT(protocol-violation, %d) c@d.test at mail
                => DROP(protocol-violation, %d) at mail
                """.formatted(code, code, code));
    }

    @ParameterizedTest
    @ValueSource(ints = {354, 220, 221, 235})
    void R_5321_13_codesOfOtherExchangesAreFatalAtRcpt(int code) {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: %d go
                => NOT_SENT(protocol-violation, %d) c@d.test at rcpt
                => DROP(protocol-violation, %d) at rcpt
                """.formatted(code, code, code));
    }

    @ParameterizedTest
    @ValueSource(ints = {354, 334, 220, 221, 235})
    void R_5321_13_codesOfOtherExchangesAreFatalAtEndOfData(int code) {
        toOne().play(D + CONTENT + """
                S: %d bye
                => INDETERMINATE(protocol-violation, %d) c@d.test at end-of-data
                => DROP(protocol-violation, %d) at end-of-data
                """.formatted(code, code, code));
    }

    // ---- extensions of the session

    @Test
    void R_5321_22_firstEhloLineIsNoKeyword() {
        new Dialogue().connect().play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 250 PIPELINING
                """).send(Mail.to("c@d.test")).play(D + CONTENT + ACCEPTED);
    }

    @Test
    void R_5321_22_R_6152_01_keywordsInAnyCase() {
        p("8bitmime").send(Mail.to("c@d.test").content("\r\né")).play("C: MAIL FROM:<a@b.test> BODY=8BITMIME");
    }

    @Test
    void R_5321_24_heloMeansNoParameter() {
        new Dialogue().connect().play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 500-SIZE 10
                S: 500 PIPELINING
                C: HELO client.test
                S: 250-mx.test
                S: 250 SIZE 1
                """).send(Mail.to("c@d.test")).play(D + CONTENT + ACCEPTED);
    }

    @Test
    void R_5321_24_bindingParameterFailsBeforeMail() {
        p("SIZE").send(Mail.to("c@d.test").content("\r\né")).play("""
                => NOT_SENT(extension-missing) c@d.test at mail
                => KEEP
                """);
    }

    // ---- MAIL

    @Test
    void R_5321_48_resetBeforeTheNextMail() {
        Dialogue dialogue = p().send(Mail.to("c@d.test")).queue(Mail.to("e@f.test"));
        dialogue.play(D + CONTENT + """
                S: 451 later
                C: RSET
                => REJECTED_TEMP(451) c@d.test at end-of-data
                S: 250 ok
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<e@f.test>
                """);
    }

    @Test
    void R_5321_48_noResetBehindSuccess() {
        p().send(Mail.to("c@d.test")).queue(Mail.to("c@d.test")).play(D + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                """ + D + CONTENT + ACCEPTED);
    }

    @Test
    void R_5321_49_refusedMailLockStep() {
        p().send(Mail.to("c@d.test", "x@d.test")).play(MAIL + """
                S: 550 sender
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                => REJECTED_PERM(550) x@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_5321_49_refusedMailPipelined() {
        p("PIPELINING").send(Mail.to("c@d.test", "x@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: RCPT TO:<x@d.test>
                C: DATA
                S: 550 sender
                S: 503 x
                S: 503 x
                S: 503 x
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                => REJECTED_PERM(550) x@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_5321_49_refusedMailIsTemporaryWith4yz() {
        toOne().play(MAIL + """
                S: 451 later
                C: RSET
                => REJECTED_TEMP(451) c@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    /** R-5321-48: RSET that is refused tells that the connection cannot be trusted. */
    @Test
    void R_5321_39_refusedResetRetiresTheConnection() {
        toOne().play(MAIL + """
                S: 451 later
                C: RSET
                => REJECTED_TEMP(451) c@d.test at mail
                S: 500 what
                => DROP(connection-lost, 500) at rset
                """);
    }

    // ---- RCPT

    @Test
    void R_5321_50_53_eachRecipientHasItsOwnResult() {
        p().send(Mail.to("1@d.test", "2@d.test", "3@d.test", "4@d.test")).play(MAIL + """
                S: 250 ok
                C: RCPT TO:<1@d.test>
                S: 250 ok
                C: RCPT TO:<2@d.test>
                S: 550 no
                C: RCPT TO:<3@d.test>
                S: 251 forwarding
                C: RCPT TO:<4@d.test>
                S: 452 full
                C: DATA
                S: 354 go
                """ + CONTENT + """
                S: 250 ok
                => ACCEPTED 1@d.test
                => REJECTED_PERM(550) 2@d.test at rcpt
                => ACCEPTED 3@d.test
                => REJECTED_TEMP(452) 4@d.test at rcpt
                => KEEP
                """);
    }

    @Test
    void R_5321_50_duplicatesAreReportedByPosition() {
        p().send(Mail.to("c@d.test", "c@d.test")).play(E + """
                C: RCPT TO:<c@d.test>
                S: 550 already
                C: DATA
                S: 354 go
                """ + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                => REJECTED_PERM(550) c@d.test at rcpt
                => KEEP
                """);
    }

    @Test
    void R_5321_51_nobodyIsRedirected() {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 551 please try <x@y.test>
                C: RSET
                => REJECTED_PERM(551) c@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_5321_52_noDataWithoutRecipients() {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 550 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_5321_54_allOrNothingPipelined() {
        p("PIPELINING").send(Mail.to("c@d.test", "x@d.test").allOrNothing()).play("""
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<c@d.test>
                        C: RCPT TO:<x@d.test>
                        S: 250 ok
                        S: 250 ok
                        S: 550 no
                        C: RSET
                        => NOT_SENT(cancelled) c@d.test at rcpt
                        => REJECTED_PERM(550) x@d.test at rcpt
                        S: 250 ok
                        => KEEP
                        """);
    }

    @Test
    void R_5321_54_allOrNothingWithAll() {
        p("PIPELINING").send(Mail.to("c@d.test", "x@d.test").allOrNothing()).play("""
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<c@d.test>
                        C: RCPT TO:<x@d.test>
                        S: 250 ok
                        S: 250 ok
                        S: 250 ok
                        C: DATA
                        S: 354 go
                        """ + CONTENT + """
                        S: 250 ok
                        => ACCEPTED c@d.test
                        => ACCEPTED x@d.test
                        => KEEP
                        """);
    }

    @Test
    void R_5321_54_allOrNothingLockStep() {
        p().send(Mail.to("x@d.test", "c@d.test", "e@f.test").allOrNothing()).play(MAIL + """
                S: 250 ok
                C: RCPT TO:<x@d.test>
                S: 450 later
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: RCPT TO:<e@f.test>
                S: 250 ok
                C: RSET
                => REJECTED_TEMP(450) x@d.test at rcpt
                => NOT_SENT(cancelled) c@d.test at rcpt
                => NOT_SENT(cancelled) e@f.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_5321_55_tooManyRecipients() {
        p("PIPELINING")
                .send(Mail.to("1@d.test", "2@d.test", "3@d.test", "4@d.test", "5@d.test"))
                .play("""
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<1@d.test>
                        C: RCPT TO:<2@d.test>
                        C: RCPT TO:<3@d.test>
                        C: RCPT TO:<4@d.test>
                        C: RCPT TO:<5@d.test>
                        C: DATA
                        S: 250 ok
                        S: 250 ok
                        S: 250 ok
                        S: 250 ok
                        S: 452 4.5.3 too many
                        S: 452 4.5.3 too many
                        S: 354 go
                        """ + CONTENT + """
                        S: 250 ok
                        => ACCEPTED 1@d.test
                        => ACCEPTED 2@d.test
                        => ACCEPTED 3@d.test
                        => REJECTED_TEMP(452) 4@d.test at rcpt
                        => REJECTED_TEMP(452) 5@d.test at rcpt
                        => KEEP
                        """);
    }

    @ParameterizedTest
    @CsvSource({"552 5.5.3 too many, REJECTED_TEMP", "552 5.3.4 too big, REJECTED_PERM", "552 full, REJECTED_TEMP"})
    void R_5321_56_storageExceededBehindAnAcceptedRecipient(String reply, String outcome) {
        p().send(Mail.to("c@d.test", "x@d.test")).play(E + """
                C: RCPT TO:<x@d.test>
                S: %s
                C: DATA
                S: 354 go
                """.formatted(reply) + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                => %s(552) x@d.test at rcpt
                """.formatted(outcome));
    }

    @ParameterizedTest
    @CsvSource({"552 full, REJECTED_PERM", "552 5.5.3 too many, REJECTED_TEMP", "552 5.2.2 full, REJECTED_PERM"})
    void R_5321_56_R_1870_04_storageExceededAtFirst(String reply, String outcome) {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: %s
                C: RSET
                => %s(552) c@d.test at rcpt
                """.formatted(reply, outcome));
    }

    // ---- DATA

    @ParameterizedTest
    @ValueSource(ints = {250, 200, 334, 355, 300})
    void R_5321_58_contentOnlyAfterExactly354(int code) {
        toOne().play(E + """
                C: DATA
                S: %d ok
                => NOT_SENT(protocol-violation, %d) c@d.test at data
                => DROP(protocol-violation, %d) at data
                """.formatted(code, code, code));
    }

    @ParameterizedTest
    @CsvSource({"554, REJECTED_PERM", "503, REJECTED_PERM", "451, REJECTED_TEMP"})
    void R_5321_58_refusedData(int code, String outcome) {
        toOne().play(E + """
                C: DATA
                S: %d no
                C: RSET
                => %s(%d) c@d.test at data
                S: 250 ok
                => KEEP
                """.formatted(code, outcome, code));
    }

    @ParameterizedTest
    @CsvSource({"555, REJECTED_PERM", "455, REJECTED_TEMP"})
    void R_5321_59_refusedParameterIsNotRetried(int code, String outcome) {
        toOne("SIZE").play("""
                C: MAIL FROM:<a@b.test> SIZE=20
                S: %d no
                C: RSET
                => %s(%d) c@d.test at mail
                S: 250 ok
                => KEEP
                """.formatted(code, outcome, code));
    }

    @Test
    void R_5321_60_oneTransactionForAllRecipients() {
        p().send(Mail.to("c@d.test", "e@f.test", "g@h.test")).play(E + """
                C: RCPT TO:<e@f.test>
                S: 250 ok
                C: RCPT TO:<g@h.test>
                S: 250 ok
                C: DATA
                S: 354 go
                """ + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                => ACCEPTED e@f.test
                => ACCEPTED g@h.test
                """);
    }

    @Test
    void R_5321_61_noRecipients() {
        assertThatThrownBy(() -> Envelope.of("a@b.test", List.of())).hasMessageContaining("at least one recipient");
    }

    @Test
    void R_5321_61_emptyContent() {
        assertThatThrownBy(() -> p().send(Mail.to("c@d.test").content("")))
                .hasCauseInstanceOf(SmtpException.Request.class)
                .hasMessageContaining("Content is empty");
    }

    // ---- SIZE

    @Test
    void R_1870_01_tooLargeBeforeMail() {
        p("SIZE 1000")
                .send(Mail.to("c@d.test").content(text(1001)))
                .play("""
                        => NOT_SENT(message-too-large) c@d.test at mail
                        => KEEP
                        """)
                .send(Mail.to("c@d.test").content(text(1000)))
                .play("C: MAIL FROM:<a@b.test> SIZE=1000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIZE", "SIZE 0", "SIZE 99999999999999999999", "SIZE -1", "SIZE x"})
    void R_1870_01_noFixedLimit(String keyword) {
        toOne(keyword).play("C: MAIL FROM:<a@b.test> SIZE=20");
    }

    private static String text(int octets) {
        return "0123456789abcdefghijklmn\r\n".repeat(octets / 26 + 1).substring(0, octets - 2) + "\r\n";
    }

    @Test
    void R_1870_02_sizeWithoutStuffing() {
        p("SIZE").send(Mail.to("c@d.test").content(".a\r\nb\r\n.\r\nc")).play("C: MAIL FROM:<a@b.test> SIZE=13");
    }

    @Test
    void R_1870_02_estimateOfAPublisher() {
        Content estimated = Content.ofPublisher(() -> Sources.pieces("a\r\n"), 3);
        Content unknown = Content.ofPublisher(() -> Sources.pieces("a\r\n"));
        p("SIZE").send(Mail.to("c@d.test").content(estimated)).play("C: MAIL FROM:<a@b.test> SIZE=3");
        p("SIZE").send(Mail.to("c@d.test").content(unknown)).play("C: MAIL FROM:<a@b.test>");
    }

    @ParameterizedTest
    @CsvSource({"552 5.3.4, 552, REJECTED_PERM", "452 4.3.1, 452, REJECTED_TEMP"})
    void R_1870_03_sizeRefusedAtMail(String reply, int code, String outcome) {
        toOne("SIZE").play("""
                C: MAIL FROM:<a@b.test> SIZE=20
                S: %s
                C: RSET
                => %s(%d) c@d.test at mail
                S: 250 ok
                => KEEP
                """.formatted(reply, outcome, code));
    }

    @Test
    void R_1870_03_sizeRefusedAtEndOfData() {
        toOne().play(D + CONTENT + """
                S: 552 too big
                C: RSET
                => REJECTED_PERM(552) c@d.test at end-of-data
                """);
    }

    // ---- 8BITMIME and SMTPUTF8

    @Test
    void R_6152_01_noBodyParameterForAscii() {
        toOne("8BITMIME").play(MAIL);
    }

    @Test
    void R_6152_01_eightBit() {
        p("8BITMIME").send(Mail.to("c@d.test").content("\r\né")).play("""
                C: MAIL FROM:<a@b.test> BODY=8BITMIME
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: DATA
                S: 354 go
                C| \\r\\né\\r\\n.\\r\\n
                S: 250 ok
                => ACCEPTED c@d.test
                """);
    }

    @Test
    void R_6152_03_R_5321_67_octetsAreNeverAltered() {
        p().send(Mail.to("c@d.test").content("\r\né")).play("""
                => NOT_SENT(extension-missing) c@d.test at mail
                => KEEP
                """);
    }

    @Test
    void R_6531_01_senderNeedsSmtpUtf8() {
        p("SMTPUTF8 x", "8BITMIME")
                .send(Mail.to("c@d.test").from("ü@b.test"))
                .play("C| MAIL FROM:<\\xc3\\xbc@b.test> SMTPUTF8\\r\\n");
    }

    @Test
    void R_6531_01_headerNeedsSmtpUtf8() {
        Mail mail = Mail.to("c@d.test").content("Subject: ü\r\n\r\nx\r\n");
        p("SMTPUTF8", "8BITMIME").send(mail).play("C: MAIL FROM:<a@b.test> BODY=8BITMIME SMTPUTF8");
        p("8BITMIME").send(mail).play("=> NOT_SENT(extension-missing) c@d.test at mail");
    }

    @Test
    void R_6531_01_otherwiseNot() {
        toOne("SMTPUTF8", "8BITMIME").play(MAIL);
    }

    @Test
    void R_6531_02_senderCannotBeSent() {
        p("8BITMIME").send(Mail.to("c@d.test").from("ü@b.test")).play("""
                => NOT_SENT(extension-missing) c@d.test at mail
                => KEEP
                """);
    }

    @Test
    void R_6531_02_recipientFailsAlone() {
        p().send(Mail.to("ü@d.test", "c@d.test")).play(D + CONTENT + """
                S: 250 ok
                => NOT_SENT(extension-missing) ü@d.test at mail
                => ACCEPTED c@d.test
                => KEEP
                """);
    }

    @Test
    void R_6531_02_R_5321_54_recipientFailsAllIfAllAreWanted() {
        p().send(Mail.to("ü@d.test", "c@d.test").allOrNothing()).play("""
                => NOT_SENT(extension-missing) ü@d.test at mail
                => NOT_SENT(cancelled) c@d.test at rcpt
                => KEEP
                """);
    }

    /** R-6531-02: the sole recipient cannot be sent, so nothing is. */
    @Test
    void R_6531_02_nobodyIsLeft() {
        p().queue(Mail.to("ü@d.test"), Mail.to("c@d.test")).play("""
                SEND
                => NOT_SENT(extension-missing) ü@d.test at mail
                C: MAIL FROM:<a@b.test>
                """);
    }

    @Test
    void R_6531_06_withoutEightBitMime() {
        p("SMTPUTF8").send(Mail.to("c@d.test").from("ü@b.test")).play("C: MAIL FROM:<ü@b.test> SMTPUTF8");
        p("SMTPUTF8")
                .send(Mail.to("c@d.test").from("ü@b.test").content("\r\né"))
                .play("=> NOT_SENT(extension-missing) c@d.test at mail");
    }

    // ---- the line limit

    @Test
    void R_5321_47_lineLimit() {
        String fits = "a".repeat(512 - "MAIL FROM:<@b.test>\r\n".length()) + "@b.test";
        p().send(Mail.to("c@d.test").from(fits)).play("C: MAIL FROM:<" + fits + ">");
        p().send(Mail.to("c@d.test").from("a" + fits)).play("=> NOT_SENT(invalid-argument) c@d.test at argument");
        assertThat(("MAIL FROM:<" + fits + ">\r\n").length()).isEqualTo(512);
    }

    // ---- what is reported, and nothing more

    @ParameterizedTest
    @CsvSource({
        "R-7504-01, 556 5.1.10 takes no mail, REJECTED_PERM(556)",
        "R-6531-07, 553 5.6.7 no such addresses, REJECTED_PERM(553)",
        "R-5321-81, 450 4.7.1 greylisted, REJECTED_TEMP(450)"
    })
    void R_7504_01_R_6531_07_R_5321_81_oneRecipientIsRefused(String id, String reply, String outcome) {
        p().send(Mail.to("x@d.test", "c@d.test")).play(MAIL + """
                S: 250 ok
                C: RCPT TO:<x@d.test>
                S: %s
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: DATA
                S: 354 go
                """.formatted(reply) + CONTENT + """
                S: 250 ok
                => %s x@d.test at rcpt
                => ACCEPTED c@d.test
                => KEEP
                """.formatted(outcome));
    }

    @Test
    void R_6531_08_repliesMayHoldUtf8() {
        toOne().play(MAIL + """
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 251 will forward to <ü@d.test>
                C: DATA
                S: 354 go
                """ + CONTENT + ACCEPTED);
    }

    @Test
    void R_5321_71_headerFieldsAreNotTheEnvelope() {
        String text = "To: somebody@else.test\r\nBcc: other@else.test\r\nReturn-Path: <r@else.test>\r\n\r\n";
        p().send(Mail.to("c@d.test").content(text)).play(D + """
                C: To: somebody@else.test
                C: Bcc: other@else.test
                C: Return-Path: <r@else.test>
                C:
                C: .
                """ + ACCEPTED);
    }
}
