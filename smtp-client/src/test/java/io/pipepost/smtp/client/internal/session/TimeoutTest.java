/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.E;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;

import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 5321 section 4.5.3.2: each wait ends at its limit, and not a nanosecond earlier. */
@ExtendWith(Leaks.class)
class TimeoutTest {
    private static Dialogue toOne() {
        return p().send(Mail.to("c@d.test"));
    }

    @Test
    void greeting() {
        new Dialogue().connect().play("""
                +5m-1ns
                +1ns
                => OPEN_FAILED(timeout) at greeting
                => DROP(timeout) at greeting
                """);
    }

    @Test
    void ehlo() {
        new Dialogue().connect().play("""
                +4m
                S: 220 mx.test
                C: EHLO client.test
                +5m-1ns
                +1ns
                => OPEN_FAILED(timeout) at ehlo
                => DROP(timeout) at ehlo
                """);
    }

    @Test
    void mail() {
        toOne().play("""
                C: MAIL FROM:<a@b.test>
                +5m-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at mail
                => DROP(timeout) at mail
                """);
    }

    @Test
    void rcpt() {
        toOne().play("""
                C: MAIL FROM:<a@b.test>
                +4m
                S: 250 ok
                C: RCPT TO:<c@d.test>
                +5m-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at rcpt
                => DROP(timeout) at rcpt
                """);
    }

    @Test
    void data() {
        toOne().play(E + """
                C: DATA
                +2m-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at data
                => DROP(timeout) at data
                """);
    }

    @Test
    void endOfData() {
        toOne().play(D + CONTENT + """
                +10m-1ns
                +1ns
                => INDETERMINATE(timeout) c@d.test at end-of-data
                => DROP(timeout) at end-of-data
                """);
    }

    /** The wait for the final reply begins when the socket has taken the last octet. */
    @Test
    void endOfDataBehindSlowContent() {
        toOne().play(E + """
                C: DATA
                ROOM 10
                S: 354 go
                C* 10
                +2m
                ROOM 100
                C* 13
                +10m-1ns
                +1ns
                => INDETERMINATE(timeout) c@d.test at end-of-data
                => DROP(timeout) at end-of-data
                """);
    }

    @Test
    void write() {
        toOne().play(E + """
                C: DATA
                ROOM 0
                S: 354 go
                +45s
                +45s
                +45s
                +45s-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at end-of-data
                => DROP(timeout) at end-of-data
                """.replace("end-of-data", "write"));
    }

    @Test
    void chunk() {
        p("CHUNKING").send(Mail.to("c@d.test")).play(E + """
                C: BDAT 20 LAST
                C* 20
                +10m-1ns
                +1ns
                => INDETERMINATE(timeout) c@d.test at end-of-data
                => DROP(timeout) at end-of-data
                """);
    }

    @Test
    void flight() {
        p("PIPELINING", "CHUNKING").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: BDAT 20 LAST
                C* 20
                +5m-1ns
                +1ns
                => INDETERMINATE(timeout) c@d.test at mail
                => DROP(timeout) at mail
                """);
    }

    @Test
    void reset() {
        toOne().play(D + CONTENT + """
                S: 554 no
                C: RSET
                => REJECTED_PERM(554) c@d.test at end-of-data
                +1m-1ns
                +1ns
                => DROP(timeout) at rset
                """);
    }

    @Test
    void noop() {
        Dialogue dialogue = p();
        dialogue.session().command(Command.Simple.NOOP, new CompletableFuture<>());
        dialogue.play("""
                C: NOOP
                +1m-1ns
                +1ns
                => DROP(timeout) at rset
                """);
    }

    @Test
    void quit() {
        Dialogue dialogue = p();
        dialogue.session().retire();
        dialogue.play("""
                C: QUIT
                +5s-1ns
                +1ns
                => CLOSED
                """);
    }

    @Test
    void nothingExpiresOnAnIdleSession() {
        toOne().play(D + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                +1000m
                => KEEP
                """);
    }

    @Test
    void R_5321_14_linesDoNotExtendIt() {
        new Dialogue()
                .timeouts(Timeouts.DEFAULT.with(Phase.EHLO, Duration.ofSeconds(2)))
                .connect()
                .play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250-x
                        +500ms
                        S: 250-x
                        +500ms
                        S| 2
                        +500ms
                        S| 5
                        +500ms-1ns
                        +1ns
                        => OPEN_FAILED(timeout) at ehlo
                        => DROP(timeout) at ehlo
                        """);
    }

    @Test
    void R_5321_14_octetsDoNotExtendTheFinalReply() {
        toOne().play(D + CONTENT + """
                +5m
                S| 25
                +5m-1ns
                S| 0
                +1ns
                => INDETERMINATE(timeout) c@d.test at end-of-data
                => DROP(timeout) at end-of-data
                """);
    }

    @Test
    void R_5321_14_eachReplyHasItsOwnTime() {
        p("PIPELINING").send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: DATA
                +5m-1ns
                S: 250 ok
                +5m-1ns
                S: 250 ok
                +2m-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at data
                => DROP(timeout) at data
                """);
    }
}
