/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.mail.Content;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Content by BDAT, in one flight with its envelope or behind the replies to it. */
@ExtendWith(Leaks.class)
class ChunkingTest {
    private static final String ENVELOPE = """
            C: MAIL FROM:<a@b.test>
            S: 250 ok
            C: RCPT TO:<c@d.test>
            S: 250 ok
            """;

    private static final String CHUNK = """
            C: BDAT 20 LAST
            C: Subject: x
            C:
            C: body
            """;

    private static final String FLIGHT = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            """ + CHUNK;

    private static final String FLIGHT_OF_TWO = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: RCPT TO:<x@d.test>
            """ + CHUNK;

    private static Dialogue flight(String... recipients) {
        return p("PIPELINING", "CHUNKING").send(Mail.to(recipients));
    }

    @Test
    void B4_R_2920_16_oneFlightInOneWrite() {
        Dialogue dialogue = p("PIPELINING", "CHUNKING", "SIZE");
        int before = dialogue.wire().writes();
        dialogue.send(Mail.to("c@d.test"));
        assertThat(dialogue.wire().writes() - before).isEqualTo(1);
        dialogue.play("""
                C: MAIL FROM:<a@b.test> SIZE=20
                C: RCPT TO:<c@d.test>
                """ + CHUNK + """
                S: 250 ok
                S: 250 ok
                S: 250 2.0.0 queued
                => ACCEPTED c@d.test
                => KEEP
                """);
    }

    @Test
    void R_3030_01_exactlyAsManyOctets() {
        String text = "To: Susan@random.com\r\nFrom: Sam@random.com\r\nSubject: This is a bodyless test message\r\n";
        p("CHUNKING").send(Mail.to("c@d.test").content(text)).play(ENVELOPE + """
                C: BDAT 86 LAST
                C: To: Susan@random.com
                C: From: Sam@random.com
                C: Subject: This is a bodyless test message
                S: 250 ok
                => ACCEPTED c@d.test
                """);
    }

    @ParameterizedTest
    @CsvSource({
        "a\\n., 6, a\\r\\n.\\r\\n",
        "a, 3, a\\r\\n",
        ".a\\r\\n, 4, .a\\r\\n",
        "a\\r\\rb\\r\\n, 8, a\\r\\n\\r\\nb\\r\\n"
    })
    void R_3030_02_canonicalAndNotStuffed(String content, int size, String wire) {
        String text = new String(Dialogue.octets(content), java.nio.charset.StandardCharsets.US_ASCII);
        p("CHUNKING").send(Mail.to("c@d.test").content(text)).play(ENVELOPE + """
                C: BDAT %d LAST
                C| %s
                S: 250 ok
                => ACCEPTED c@d.test
                """.formatted(size, wire));
    }

    @Test
    void R_3030_01_R_5321_25_onlyIfListed() {
        p("PIPELINING").send(Mail.to("c@d.test")).play("C: MAIL FROM:<a@b.test>\nC: RCPT TO:<c@d.test>\nC: DATA");
    }

    @Test
    void R_3030_13_switchedOff() {
        new Dialogue()
                .flight(FlightOptions.DEFAULT.withChunking(false))
                .open("CHUNKING")
                .send(Mail.to("c@d.test"))
                .play(D + Dialogue.CONTENT + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_3030_07_13_unknownSizeGoesByData() {
        Content unknown = Content.ofPublisher(() -> Sources.pieces("a\r\n"));
        p("CHUNKING")
                .send(Mail.to("c@d.test").content(unknown))
                .queue(Mail.to("c@d.test"))
                .play(D + """
                C: a
                C: .
                S: 250 ok
                => ACCEPTED c@d.test
                """ + ENVELOPE + CHUNK + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_3030_13_oneChunkWithoutPipelining() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(3200);
        p("CHUNKING").send(Mail.to("c@d.test").content(text)).play(ENVELOPE + """
                C: BDAT 102400 LAST
                C* 102400
                S: 250 ok
                => ACCEPTED c@d.test
                """);
    }

    @Test
    void R_2920_16_largeContentWaitsForTheReplies() {
        new Dialogue()
                .flight(FlightOptions.DEFAULT.withMaxFlightOctets(19))
                .open("PIPELINING", "CHUNKING")
                .send(Mail.to("c@d.test"))
                .play("""
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<c@d.test>
                        S: 250 ok
                        S: 250 ok
                        """ + CHUNK + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_3030_03_allOrNothing() {
        String group = """
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: RCPT TO:<x@d.test>
                S: 250 ok
                S: 250 ok
                """;
        p("PIPELINING", "CHUNKING")
                .send(Mail.to("c@d.test", "x@d.test").allOrNothing())
                .play(group + "S: 250 ok\n" + CHUNK + "S: 250 ok\n=> ACCEPTED c@d.test\n=> ACCEPTED x@d.test");
        p("PIPELINING", "CHUNKING")
                .send(Mail.to("c@d.test", "x@d.test").allOrNothing())
                .play(group + """
                        S: 550 no
                        C: RSET
                        => NOT_SENT(cancelled) c@d.test at rcpt
                        => REJECTED_PERM(550) x@d.test at rcpt
                        """);
    }

    @Test
    void R_3030_03_resetInsteadOfBdat() {
        p("CHUNKING").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 550 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    @ParameterizedTest
    @CsvSource({"250 550 554", "250 550 503", "250 550 250"})
    void R_3030_03_nobodyAccepted(String replies) {
        flight("c@d.test").play(FLIGHT + says(replies) + """
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    private static String says(String replies) {
        return "S: " + replies.replace(" ", " x\nS: ") + " x\n";
    }

    @Test
    void R_3030_03_mailRefusedAndContentAccepted() {
        flight("c@d.test").play(FLIGHT + """
                S: 550 no
                S: 250 ok
                S: 250 ok
                => INDETERMINATE(protocol-violation, 250) c@d.test at end-of-data
                => DROP(protocol-violation, 250) at end-of-data
                """);
    }

    @Test
    void R_3030_03_mailRefusedAndRecipientAcceptedAndLost() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 550 no
                S: 250 ok
                S: 503 no
                CLOSE
                => INDETERMINATE(connection-lost) c@d.test at end-of-data
                => REJECTED_PERM(550) x@d.test at mail
                => DROP(connection-lost) at end-of-data
                """);
    }

    @Test
    void R_3030_03_mailRefusedAndContentToo() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 550 no
                S: 250 ok
                S: 503 no
                S: 503 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                => REJECTED_PERM(550) x@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_3030_03_mixedReplies() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 550 no
                S: 250 ok
                => ACCEPTED c@d.test
                => REJECTED_PERM(550) x@d.test at rcpt
                => KEEP
                """);
    }

    @Test
    void R_3030_03_finalRefusalIsForThoseAccepted() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 550 no
                S: 452 full
                C: RSET
                => REJECTED_TEMP(452) c@d.test at end-of-data
                => REJECTED_PERM(550) x@d.test at rcpt
                """);
    }

    @Test
    void R_3030_03_lostBehindAllOctets() {
        flight("c@d.test").play(FLIGHT + """
                CLOSE
                => INDETERMINATE(connection-lost) c@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_3030_03_lostBehindAllOctetsKeepsRejections() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 250 ok
                S: 550 no
                CLOSE
                => REJECTED_PERM(550) c@d.test at rcpt
                => INDETERMINATE(connection-lost) x@d.test at rcpt
                => DROP(connection-lost) at rcpt
                """);
    }

    @Test
    void R_3030_03_lostBehindHalf() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(16_384);
        Dialogue dialogue = p("PIPELINING", "CHUNKING");
        dialogue.wire().room(200_000);
        dialogue.send(Mail.to("c@d.test").content(text)).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: BDAT 524288 LAST
                C* 199940
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_3030_03_closingProvesThatNothingBehindWasTaken() {
        flight("c@d.test").play(FLIGHT + """
                S: 421 bye
                => NOT_SENT(server-closing, 421) c@d.test at mail
                => DROP(server-closing, 421) at mail
                """);
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 250 ok
                S: 550 no
                S: 421 bye
                => REJECTED_PERM(550) c@d.test at rcpt
                => NOT_SENT(server-closing, 421) x@d.test at rcpt
                => DROP(server-closing, 421) at rcpt
                """);
    }

    @Test
    void R_5321_12_closingAsFinalReply() {
        flight("c@d.test", "x@d.test").play(FLIGHT_OF_TWO + """
                S: 250 ok
                S: 250 ok
                S: 550 no
                S: 421 bye
                => REJECTED_TEMP(421) c@d.test at end-of-data
                => REJECTED_PERM(550) x@d.test at rcpt
                => DROP(server-closing, 421) at end-of-data
                """);
    }

    /** R-3030-12: 354 to BDAT. */
    @Test
    void R_5321_13_sendContentIsNoReplyToBdat() {
        flight("c@d.test").play(FLIGHT + """
                S: 250 ok
                S: 250 ok
                S: 354 go
                => INDETERMINATE(protocol-violation, 354) c@d.test at end-of-data
                => DROP(protocol-violation, 354) at end-of-data
                """);
    }

    /** The announced octets are completed, whatever the envelope's replies say. */
    @Test
    void R_3030_03_announcedOctetsAreCompleted() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(16_384);
        Dialogue dialogue = p("PIPELINING", "CHUNKING");
        dialogue.wire().room(200_000);
        dialogue.send(Mail.to("c@d.test").content(text)).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: BDAT 524288 LAST
                C* 199940
                S: 550 no
                S: 503 no
                ROOM 1000000
                C* 324348
                S: 503 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    // ---- R-2920-18

    private static Dialogue reused() {
        return new Dialogue()
                .replaying()
                .open("PIPELINING", "CHUNKING")
                .send(Mail.to("c@d.test"))
                .play(FLIGHT + "S: 250 ok\nS: 250 ok\nS: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_2920_18_R_5321_78_idleConnectionIsReplaced() {
        reused().play("+1s").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                CLOSE
                => REPLAY(connection-lost) at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_2920_18_contentFollowsTheReplyToMail() {
        reused().play("+1s").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                S: 250 ok
                """ + CHUNK + """
                S: 250 ok
                S: 250 ok
                => ACCEPTED c@d.test
                """);
    }

    @Test
    void R_2920_18_mailRefused() {
        reused().play("+1s").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                S: 550 no
                S: 503 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_2920_18_everythingAnsweredInOneRead() {
        reused().play("+1s").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                S: 250 ok
                S: 550 no
                """ + CHUNK + """
                S: 503 no
                C: RSET
                => REJECTED_PERM(550) c@d.test at rcpt
                """);
    }

    @Test
    void R_2920_18_busyConnectionIsTrusted() {
        reused().play("+1s-1ns").send(Mail.to("c@d.test")).play(FLIGHT);
    }

    @Test
    void R_2920_18_distrustIsAnOption() {
        new Dialogue()
                .flight(FlightOptions.DEFAULT.withHoldContentAfterIdle(Duration.ZERO))
                .open("PIPELINING", "CHUNKING")
                .send(Mail.to("c@d.test"))
                .play(FLIGHT + "S: 250 ok\nS: 250 ok\nS: 250 ok\n=> ACCEPTED c@d.test")
                .send(Mail.to("c@d.test"))
                .play("C: MAIL FROM:<a@b.test>\nC: RCPT TO:<c@d.test>");
    }

    /** Behind RSET whose reply is missing, the connection's state is in doubt. */
    @Test
    void R_2920_18_contentIsHeldBackBehindReset() {
        flight("c@d.test").queue(Mail.to("c@d.test")).play(FLIGHT + """
                S: 550 no
                S: 503 no
                S: 503 no
                C: RSET
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                => REJECTED_PERM(550) c@d.test at mail
                S: 250 ok
                S: 250 ok
                """ + CHUNK);
    }
}
