/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.E;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reply that decides, replies that come too early, unasked or too late, and connections that end. */
@ExtendWith(Leaks.class)
class EndOfDataTest {
    private static final int LARGE = 1 << 20;

    private static Dialogue toOne() {
        return p().send(Mail.to("c@d.test"));
    }

    /** D, and the first octets of a large content. */
    private static Dialogue inContent() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(LARGE / 32);
        Dialogue dialogue = p().send(Mail.to("c@d.test").content(Content.of(text)));
        dialogue.play(E + """
                C: DATA
                ROOM 100000
                S: 354 go
                C* 100000
                """);
        return dialogue;
    }

    // ---- the final reply

    @Test
    void R_5321_72_accepted() {
        toOne().play(D + CONTENT + """
                S: 250 2.0.0 queued as X
                => ACCEPTED c@d.test
                => KEEP
                """);
    }

    @ParameterizedTest
    @CsvSource({"552 too big, REJECTED_PERM(552)", "451 later, REJECTED_TEMP(451)", "499 x, REJECTED_TEMP(499)"})
    void R_5321_72_73_rejected(String reply, String outcome) {
        toOne().play(D + CONTENT + """
                S: %s
                C: RSET
                => %s c@d.test at end-of-data
                S: 250 ok
                => KEEP
                """.formatted(reply, outcome));
    }

    @Test
    void R_5321_73_oneResetBeforeTheNextMail() {
        toOne().queue(Mail.to("c@d.test")).play(D + CONTENT + """
                S: 554 no
                C: RSET
                => REJECTED_PERM(554) c@d.test at end-of-data
                S: 250 ok
                """ + E + "C: DATA");
    }

    @Test
    void R_5321_12_closingAsFinalReply() {
        toOne().play(D + CONTENT + """
                S: 421 4.3.0 full
                => REJECTED_TEMP(421) c@d.test at end-of-data
                => DROP(server-closing, 421) at end-of-data
                """);
    }

    @Test
    void acceptedAndLost() {
        toOne().play(D + CONTENT + """
                S: 250 ok
                => ACCEPTED c@d.test
                CLOSE
                => DROP(connection-lost) at idle
                """);
    }

    // ---- early replies

    @ParameterizedTest
    @CsvSource({"552 5.3.4 too big, REJECTED_PERM(552)", "450 later, REJECTED_TEMP(450)"})
    void R_5321_74_earlyRefusal(String reply, String outcome) {
        inContent().play("""
                S: %s
                => %s c@d.test at write
                => DROP(connection-lost, %s) at write
                """.formatted(reply, outcome, reply.substring(0, 3)));
    }

    @Test
    void R_5321_74_earlyClosing() {
        inContent().play("""
                S: 421 timeout
                => NOT_SENT(server-closing, 421) c@d.test at end-of-data
                => DROP(server-closing, 421) at end-of-data
                """);
    }

    @Test
    void R_5321_74_earlySuccess() {
        inContent().play("""
                S: 250 ok
                => INDETERMINATE(protocol-violation, 250) c@d.test at write
                => DROP(protocol-violation, 250) at write
                """);
    }

    @Test
    void R_5321_74_early3yz() {
        inContent().play("""
                S: 354 more
                => INDETERMINATE(protocol-violation, 354) c@d.test at end-of-data
                => DROP(protocol-violation, 354) at end-of-data
                """);
    }

    // ---- failed writes

    @Test
    void R_5321_75_theReplyIsReadAlthoughWritesFail() {
        inContent().play("""
                BREAK
                ROOM 1000
                S: 554 spam
                => REJECTED_PERM(554) c@d.test at write
                => DROP(connection-lost, 554) at write
                """);
    }

    @Test
    void R_5321_75_graceEnds() {
        inContent().play("""
                BREAK
                ROOM 1000
                +1s-1ns
                +1ns
                => NOT_SENT(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                """);
    }

    @Test
    void R_5321_75_graceEndsWithTheConnection() {
        inContent().play("""
                BREAK
                ROOM 1000
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                +1m
                """);
    }

    /** The last octet cannot have left. */
    @Test
    void R_5321_75_refusedTerminator() {
        toOne().play(E + """
                C: DATA
                BREAK
                S: 354 go
                +1s
                => NOT_SENT(connection-lost) c@d.test at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    /** What follows would stand in its place: the server would take an empty message. */
    @Test
    void S_44_nothingFollowsAPieceThatCannotBeWritten() {
        Dialogue dialogue = toOne();
        dialogue.wire().pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext context, Object piece, ChannelPromise promise) {
                if (((ByteBuf) piece).toString(US_ASCII).contains("body")) {
                    ((ByteBuf) piece).release();
                    promise.setFailure(new OutOfMemoryError("no direct memory"));
                } else {
                    context.write(piece, promise);
                }
            }
        });
        dialogue.play(E + """
                C: DATA
                S: 354 go
                => NOT_SENT(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                """);
    }

    @Test
    void R_5321_75_refusedTerminatorAndAReply() {
        toOne().play(E + """
                C: DATA
                BREAK
                S: 354 go
                +500ms
                S: 554 spam
                => REJECTED_PERM(554) c@d.test at write
                => DROP(connection-lost, 554) at write
                """);
    }

    @Test
    void R_5321_75_brokenBeforeMail() {
        Dialogue dialogue = p();
        dialogue.wire().breakWrites();
        dialogue.send(Mail.to("c@d.test")).play("""
                +1s
                => NOT_SENT(connection-lost) c@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    // ---- unsolicited replies

    @Test
    void R_5321_76_idle421() {
        p().play("""
                S: 421 4.4.2 idle
                => DROP(server-closing, 421) at idle
                """);
    }

    @Test
    void R_5321_76_idle250() {
        p().play("""
                S: 250 ok
                => DROP(protocol-violation, 250) at idle
                """);
    }

    @Test
    void R_5321_18_secondGreeting() {
        new Dialogue().connect().play("""
                S: 220 a
                S: 250 b
                => OPEN_FAILED(protocol-violation, 250) at greeting
                => DROP(protocol-violation, 250) at greeting
                """);
    }

    @Test
    void R_5321_76_success_twice() {
        toOne().play(D + CONTENT + """
                S: 250 ok
                S: 250 ok
                => ACCEPTED c@d.test
                => DROP(protocol-violation, 250) at idle
                """);
    }

    @Test
    void R_5321_77_lateReplyIsIgnored() {
        toOne().play("""
                C: MAIL FROM:<a@b.test>
                +5m
                => NOT_SENT(timeout) c@d.test at mail
                => DROP(timeout) at mail
                S: 250 ok
                """);
    }

    // ---- dead connections

    private static Dialogue reused() {
        return new Dialogue()
                .replaying()
                .open()
                .send(Mail.to("c@d.test"))
                .play(D + CONTENT + "S: 250 ok\n=> ACCEPTED c@d.test");
    }

    @Test
    void R_5321_78_reusedConnectionIsReplaced() {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                CLOSE
                => REPLAY(connection-lost) at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_5321_78_reusedConnectionSays421() {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                S: 421 idle
                => REPLAY(server-closing, 421) at mail
                => DROP(server-closing, 421) at mail
                """);
    }

    @Test
    void R_5321_78_reusedConnectionRefusesWrites() {
        Dialogue dialogue = reused();
        dialogue.wire().breakWrites();
        dialogue.send(Mail.to("c@d.test")).play("""
                +1s
                => REPLAY(connection-lost) at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_5321_78_notBehindTheReplyToMail() {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at rcpt
                => DROP(connection-lost) at rcpt
                """);
    }

    @Test
    void R_5321_78_notOnAFreshConnection() {
        new Dialogue().replaying().open().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_5321_78_pipelinedDataIsNoContent() {
        new Dialogue()
                .replaying()
                .open("PIPELINING")
                .queue(Mail.to("c@d.test"), Mail.to("c@d.test"))
                .play("""
                        SEND
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<c@d.test>
                        C: DATA
                        S: 250 ok
                        S: 250 ok
                        S: 354 go
                        """ + CONTENT + """
                        S: 250 ok
                        => ACCEPTED c@d.test
                        C: MAIL FROM:<a@b.test>
                        C: RCPT TO:<c@d.test>
                        C: DATA
                        CLOSE
                        => REPLAY(connection-lost) at mail
                        => DROP(connection-lost) at mail
                        """);
    }

    @Test
    void R_5321_78_notAfterATimeout() {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                +5m
                => NOT_SENT(timeout) c@d.test at mail
                => DROP(timeout) at mail
                """);
    }

    @Test
    void R_5321_79_noReplyNoResend() {
        new Dialogue().replaying().open().send(Mail.to("c@d.test")).play(D + CONTENT + """
                CLOSE
                => INDETERMINATE(connection-lost) c@d.test at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    @Test
    void R_5321_80_halfAReplyIsNone() {
        toOne().play(D + CONTENT + """
                S| 250 o
                CLOSE
                => INDETERMINATE(connection-lost) c@d.test at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    @Test
    void R_5321_80_completeRepliesCount() {
        p("PIPELINING").send(Mail.to("c@d.test", "x@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: RCPT TO:<x@d.test>
                C: DATA
                S: 250 ok
                S: 550 no
                S| 250
                CLOSE
                => REJECTED_PERM(550) c@d.test at rcpt
                => NOT_SENT(connection-lost) x@d.test at rcpt
                => DROP(connection-lost) at rcpt
                """);
    }

    // ---- answers in advance

    @Test
    void R_5321_82_nothingIsAcceptedInAdvance() {
        new Dialogue().connect().queue(Mail.to("c@d.test")).play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 250 mx.test
                S: 250 ok
                S: 250 ok
                S: 354 go
                => NOT_SENT(protocol-violation, 250) c@d.test at idle
                => DROP(protocol-violation, 250) at idle
                """);
    }

    @Test
    void R_5321_82_replyToTheNextCommandInTheSameRead() {
        toOne().play("""
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                S: 250 ok
                => NOT_SENT(protocol-violation, 250) c@d.test at idle
                => DROP(protocol-violation, 250) at idle
                """);
    }

    /** The socket has not taken the last octet when the reply comes. */
    @Test
    void R_5321_82_replyBeforeTheLastOctet() {
        toOne().play(E + """
                C: DATA
                ROOM 22
                S: 354 go
                C| Subject: x\\r\\n\\r\\nbody\\r\\n.\\r
                S: 250 ok
                => INDETERMINATE(protocol-violation, 250) c@d.test at end-of-data
                => DROP(protocol-violation, 250) at end-of-data
                """);
    }

    /** The next one is begun before the caller hears of this one; that it cannot be begun is not this one's fault. */
    @Test
    void S_44_whatTheNextOneThrowsKeepsNobodyFromHearing() {
        for (String reply : List.of("250 ok", "554 no")) {
            Dialogue dialogue = p().send(Mail.to("c@d.test"));
            dialogue.onRoom(() -> {
                throw new OutOfMemoryError("boom");
            });
            dialogue.play(D + CONTENT + "S: " + reply + "\n=> "
                    + (reply.startsWith("2") ? "ACCEPTED c@d.test" : "REJECTED_PERM(554) c@d.test at end-of-data")
                    + "\n=> DROP(connection-lost) at idle");
        }
    }

    // ---- worn-out connections

    @Test
    void R_5321_83_reusedConnectionIsWornOut() {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                S: 452 4.5.3 too many messages
                C: QUIT
                => REPLAY(452) at mail
                S: 221 bye
                => CLOSED
                """);
    }

    @Test
    void R_5321_83_otherwiseItIsTheMessagesOwn() {
        toOne().play("""
                C: MAIL FROM:<a@b.test>
                S: 452 4.5.3 too many messages
                C: RSET
                => REJECTED_TEMP(452) c@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"452 4.3.1 storage", "452 full", "451 4.5.3 x"})
    void R_5321_83_otherRefusalsAreTheMessagesOwn(String reply) {
        reused().send(Mail.to("c@d.test")).play("""
                C: MAIL FROM:<a@b.test>
                S: %s
                C: RSET
                => REJECTED_TEMP(%s) c@d.test at mail
                S: 250 ok
                => KEEP
                """.formatted(reply, reply.substring(0, 3)));
    }

    // ---- the end of the session

    @Test
    void R_5321_40_anyReplyToQuitWillDo() {
        for (String end : new String[] {"S: 221 bye", "S: 500 what", "S: 421 bye", "CLOSE", "+5s", "S: garbage"}) {
            Dialogue dialogue = toOne().play(D + CONTENT + "S: 250 ok\n=> ACCEPTED c@d.test");
            dialogue.session().retire();
            dialogue.play("C: QUIT\n" + end + "\n=> CLOSED\n");
        }
    }

    @Test
    void R_5321_39_probeAnsweredBadly() {
        Dialogue dialogue = p();
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        dialogue.session().command(Command.Simple.NOOP, answer);
        dialogue.play("""
                C: NOOP
                S: 500 what
                C: QUIT
                S: 221 bye
                => CLOSED
                """);
        assertThat(answer).isCompletedWithValueMatching(reply -> reply.code() == 500);
    }

    @Test
    void R_5321_39_whatStandsBehindARefusedProbeIsCarriedOut() {
        Dialogue dialogue = p();
        dialogue.session().command(Command.Simple.NOOP, new CompletableFuture<>());
        dialogue.send(Mail.to("c@d.test")).play("C: NOOP\nS: 500 what\n" + D + CONTENT + """
                S: 250 ok
                C: QUIT
                => ACCEPTED c@d.test
                S: 221 bye
                => CLOSED
                """);
    }

    /** R-2920-21: servers count refusals, and close. */
    @Test
    void R_2920_21_leavesBehindTenRefusals() {
        Dialogue dialogue = p();
        for (int i = 0; i < 10; i++) {
            dialogue.send(Mail.to("c@d.test"))
                    .play("""
                    C: MAIL FROM:<a@b.test>
                    S: 550 no
                    """ + (i < 9 ? "C: RSET\n" : "C: QUIT\n") + """
                    => REJECTED_PERM(550) c@d.test at mail
                    """
                            + (i < 9 ? "S: 250 ok\n=> KEEP" : "S: 221 bye\n=> CLOSED"));
        }
    }
}
