/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several transactions in flight with BDAT: {@code ... BDAT n LAST content RSET MAIL RCPT BDAT n LAST content ...}. */
@ExtendWith(Leaks.class)
class TrainTest {
    private static final FlightOptions FLIGHT = FlightOptions.DEFAULT.withTransactionsInFlight(4);

    /** {@link Mail#CONTENT} behind its envelope. */
    private static final String CONTENT = """
            C: Subject: x
            C:
            C: body
            """;

    private static final String FIRST = car("1");
    private static final String SECOND = "C: RSET\n" + car("2");
    private static final String THIRD = "C: RSET\n" + car("3");

    /** Octets of {@link #FIRST}. */
    private static final int CAR = 76;

    private static final String OK = "S: 250 ok\n";

    private static String car(String name) {
        return """
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<%s@d.test>
                C: BDAT 20 LAST
                """.formatted(name) + CONTENT;
    }

    private static Mail to(String... names) {
        String[] addresses = new String[names.length];
        for (int i = 0; i < names.length; i++) {
            addresses[i] = names[i] + "@d.test";
        }
        return Mail.to(addresses);
    }

    /** What is known of a server that takes so many. */
    private static TrainDepth known(int depth) {
        TrainDepth known = new TrainDepth(depth);
        known.probed(0);
        for (int i = 2; i < depth; i++) {
            known.grow();
        }
        return known;
    }

    private static Dialogue trained() {
        return new Dialogue().flight(FLIGHT).depth(known(4)).replaying().open("PIPELINING", "CHUNKING");
    }

    /** So many have been begun. */
    private static Dialogue train(int cars) {
        Dialogue dialogue = trained();
        for (int i = 1; i <= cars; i++) {
            dialogue.queue(to(String.valueOf(i)));
        }
        return dialogue.play("SEND\n" + FIRST + (cars > 1 ? SECOND : "") + (cars > 2 ? THIRD : ""));
    }

    // ---- how it is written

    @Test
    void R_2920_16_R_3030_10_everyTransactionIsJudgedByItsOwnReplies() {
        train(3).play(OK + OK + OK + """
                S: 250 reset
                S: 550 no
                S: 550 no
                S: 554 no
                """ + OK + OK + OK + OK + """
                => ACCEPTED 1@d.test
                => REJECTED_PERM(550) 2@d.test at mail
                => ACCEPTED 3@d.test
                => KEEP
                """);
    }

    @Test
    void R_2920_16_aTrainLeavesInOneWrite() {
        Dialogue dialogue = trained().queue(to("1"), to("2"), to("3"));
        int before = dialogue.wire().writes();
        dialogue.play("SEND\n" + FIRST + SECOND + THIRD);
        assertThat(dialogue.wire().writes() - before).isEqualTo(1);
    }

    @Test
    void R_2920_16_theWindowSlidesWithTheReplies() {
        Dialogue dialogue = trained().queue(to("1"), to("2"), to("3"), to("4"), to("5"), to("6"));
        dialogue.play("SEND\n" + FIRST + SECOND + THIRD + "C: RSET\n" + car("4"));
        dialogue.play(OK.repeat(3) + "=> ACCEPTED 1@d.test\nC: RSET\n" + car("5"));
        dialogue.play(OK.repeat(4) + "=> ACCEPTED 2@d.test\nC: RSET\n" + car("6"));
        dialogue.play(OK.repeat(16) + """
                => ACCEPTED 3@d.test
                => ACCEPTED 4@d.test
                => ACCEPTED 5@d.test
                => ACCEPTED 6@d.test
                => KEEP
                """);
    }

    @Test
    void oneAtATimeUnlessAskedFor() {
        new Dialogue()
                .depth(known(4))
                .open("PIPELINING", "CHUNKING")
                .queue(to("1"), to("2"))
                .play("SEND\n" + FIRST + OK.repeat(3) + car("2") + "=> ACCEPTED 1@d.test");
    }

    @Test
    void R_2920_01_oneAtATimeWithoutPipelining() {
        Dialogue dialogue =
                new Dialogue().flight(FLIGHT).depth(known(4)).open("CHUNKING").queue(to("1"), to("2"));
        dialogue.play("SEND\nC: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<1@d.test>\nS: 250 ok\nC: BDAT 20 LAST\n"
                + CONTENT + OK + "C: MAIL FROM:<a@b.test>\n=> ACCEPTED 1@d.test");
    }

    @Test
    void octetsInFlightAreBounded() {
        Dialogue dialogue = new Dialogue()
                .flight(FLIGHT.withOctetsInFlight(45))
                .depth(known(4))
                .open("PIPELINING", "CHUNKING")
                .queue(to("1"), to("2"), to("3"));
        dialogue.play("SEND\n" + FIRST + SECOND);
        dialogue.play(OK.repeat(3) + "=> ACCEPTED 1@d.test\n" + THIRD);
    }

    @Test
    void aMessageLargerThanTheWindowGoesAlone() {
        Dialogue dialogue = new Dialogue()
                .flight(FLIGHT.withOctetsInFlight(10))
                .depth(known(4))
                .open("PIPELINING", "CHUNKING")
                .queue(to("1"), to("2"));
        dialogue.play("SEND\n" + FIRST + OK.repeat(3) + car("2") + "=> ACCEPTED 1@d.test");
    }

    /** It may fail half-way, and take as long as it likes. */
    @Test
    void R_2920_16_contentFromASourceGoesAlone() {
        Dialogue dialogue = trained()
                .queue(
                        to("1"),
                        to("2").content(Content.ofPublisher(() -> Sources.pieces("Subject: x\r\n\r\nbody\r\n"))),
                        to("3"));
        dialogue.play("SEND\n" + FIRST);
        dialogue.play(OK.repeat(3) + """
                => ACCEPTED 1@d.test
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<2@d.test>
                S: 250 ok
                S: 250 ok
                C: BDAT 20 LAST
                """ + CONTENT);
        dialogue.play(OK + "=> ACCEPTED 2@d.test\n" + FIRST.replace("1@", "3@"));
    }

    @Test
    void R_5321_54_allOrNothingWaitsForItsRepliesAndIsFollowed() {
        Dialogue dialogue = trained().queue(to("1").allOrNothing(), to("2"));
        dialogue.play("""
                SEND
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<1@d.test>
                S: 250 ok
                S: 250 ok
                C: BDAT 20 LAST
                """ + CONTENT + SECOND);
        dialogue.play(OK.repeat(5) + "=> ACCEPTED 1@d.test\n=> ACCEPTED 2@d.test\n=> KEEP");
    }

    /** The socket takes one transaction, whose reply comes while the next is still being written. */
    @Test
    void R_5321_82_eachContentIsWrittenOnItsOwn() {
        Dialogue dialogue = trained().queue(to("1"), to("2"));
        dialogue.play("ROOM 100\nSEND\n" + FIRST + "C* 24");
        dialogue.play(OK.repeat(3) + "=> ACCEPTED 1@d.test\nROOM 1000\nC* 58");
        dialogue.play(OK.repeat(4) + "=> ACCEPTED 2@d.test\n=> KEEP");
    }

    // ---- mixed outcomes

    @Test
    void halfRefusedInTheMidst() {
        Dialogue dialogue = trained().queue(to("1"), to("2", "x"), to("3"));
        dialogue.play("SEND\n" + FIRST + """
                C: RSET
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<2@d.test>
                C: RCPT TO:<x@d.test>
                C: BDAT 20 LAST
                """ + CONTENT + THIRD);
        dialogue.play(OK.repeat(3) + OK.repeat(3) + "S: 550 no\n" + OK + OK.repeat(4) + """
                => ACCEPTED 1@d.test
                => ACCEPTED 2@d.test
                => REJECTED_PERM(550) x@d.test at rcpt
                => ACCEPTED 3@d.test
                => KEEP
                """);
    }

    @Test
    void R_3030_10_refusedAtTheEndOfTheData() {
        train(2).play(OK + OK + "S: 552 too big\n" + OK.repeat(4) + """
                => REJECTED_PERM(552) 1@d.test at end-of-data
                => ACCEPTED 2@d.test
                => KEEP
                """);
    }

    /** RSET leads the next transaction, so that none is needed behind one that was refused. */
    @Test
    void R_5321_48_theLastOneRefusedIsFollowedByReset() {
        train(2).play(OK.repeat(3) + OK + OK + "S: 550 no\nS: 554 no\n" + """
                C: RSET
                => ACCEPTED 1@d.test
                => REJECTED_PERM(550) 2@d.test at rcpt
                S: 250 ok
                => KEEP
                """);
    }

    /** What the server has refused to forget would get the recipients, and the content, of the next one. */
    @Test
    void R_2920_21_contentWaitsBehindTheResetOfARefusal() {
        Dialogue dialogue = train(1).play(OK + "S: 550 no\nS: 554 no\n" + """
                C: RSET
                => REJECTED_PERM(550) 1@d.test at rcpt
                """);
        dialogue.queue(to("2")).play("""
                SEND
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<2@d.test>
                S: 451 not now
                => REPLAY(connection-lost, 451) at rset
                => DROP(connection-lost, 451) at rset
                """);
    }

    // ---- 421, and the end of the connection

    @Test
    void R_5321_12_421ToTheEndOfTheDataOfTheSecond() {
        train(3).play(OK.repeat(3) + OK.repeat(3) + "S: 421 closing\n" + """
                => ACCEPTED 1@d.test
                => REJECTED_TEMP(421) 2@d.test at end-of-data
                => REPLAY(server-closing, 421) at end-of-data
                => DROP(server-closing, 421) at end-of-data
                """);
    }

    @ParameterizedTest
    @CsvSource({"0, rset", "1, mail"})
    void R_2920_09_421ToTheSecondMovesItAndTheThird(int positive, String phase) {
        train(3).play(OK.repeat(3) + OK.repeat(positive) + "S: 421 closing\n" + """
                => ACCEPTED 1@d.test
                => REPLAY(server-closing, 421) at %s
                => REPLAY(server-closing, 421) at %s
                => DROP(server-closing, 421) at %s
                """.formatted(phase, phase, phase));
    }

    /** Nothing is replayed that the server had begun to talk about. */
    @Test
    void R_2920_09_421ToRcptOfTheSecond() {
        train(3).play(OK.repeat(3) + OK.repeat(2) + "S: 421 closing\n" + """
                => ACCEPTED 1@d.test
                => NOT_SENT(server-closing, 421) 2@d.test at rcpt
                => REPLAY(server-closing, 421) at rcpt
                => DROP(server-closing, 421) at rcpt
                """);
    }

    @Test
    void R_5321_80_lossAfterTheFirstReplies() {
        train(3).play(OK.repeat(3) + OK.repeat(2) + """
                => ACCEPTED 1@d.test
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at rcpt
                => INDETERMINATE(connection-lost) 3@d.test at rcpt
                => DROP(connection-lost) at rcpt
                """);
    }

    /** What the socket has not taken whole cannot have been delivered; what it has may have been. */
    @Test
    void lossWhileTheTrainIsWritten() {
        Dialogue dialogue = trained().queue(to("1"), to("2"), to("3"));
        dialogue.play("ROOM 200\nSEND\n" + FIRST + SECOND + "C* 42");
        dialogue.play("""
                CLOSE
                => INDETERMINATE(connection-lost) 1@d.test at mail
                => INDETERMINATE(connection-lost) 2@d.test at mail
                => NOT_SENT(connection-lost) 3@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_5321_13_aReplyOutOfPlaceEndsAll() {
        train(2).play(OK.repeat(3) + OK + "S: 354 go\n" + """
                => ACCEPTED 1@d.test
                => INDETERMINATE(protocol-violation, 354) 2@d.test at mail
                => DROP(protocol-violation, 354) at mail
                """);
    }

    // ---- servers that do not take it

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503})
    void R_2920_17_refusalsOfWhatStandsBehindContentAreNoVerdict(int code) {
        TrainDepth depth = known(4);
        Dialogue dialogue = new Dialogue()
                .flight(FLIGHT)
                .depth(depth)
                .replaying()
                .open("PIPELINING", "CHUNKING")
                .queue(to("1"), to("2"));
        dialogue.play(
                "SEND\n" + FIRST + SECOND + OK.repeat(3) + ("S: " + code + " what\n").repeat(4) + """
                => ACCEPTED 1@d.test
                C: QUIT
                => REPLAY(connection-lost, %d) at rset
                """.formatted(code));
        assertThat(depth.current()).isEqualTo(1);
        assertThat(depth.isUnknown()).isFalse();
    }

    @Test
    void R_2920_17_onlyMailIsRefused() {
        TrainDepth depth = known(4);
        Dialogue dialogue = new Dialogue()
                .flight(FLIGHT)
                .depth(depth)
                .replaying()
                .open("PIPELINING", "CHUNKING")
                .queue(to("1"), to("2"));
        dialogue.play("SEND\n" + FIRST + SECOND + OK.repeat(4) + "S: 503 what\n".repeat(3) + """
                => ACCEPTED 1@d.test
                C: QUIT
                => REPLAY(connection-lost, 503) at mail
                """);
        assertThat(depth.current()).isEqualTo(1);
    }

    /** The server has refused everything and taken the content: nobody knows what for. */
    @Test
    void R_2920_17_contentAcceptedAfterARefusal() {
        train(2).play(OK.repeat(3) + "S: 503 what\n".repeat(3) + OK + """
                => ACCEPTED 1@d.test
                => INDETERMINATE(protocol-violation, 250) 2@d.test at end-of-data
                => DROP(protocol-violation, 250) at end-of-data
                """);
    }

    /** A refusal is the message's own if nothing was in front. */
    @Test
    void R_2920_17_503ToTheFirstIsAVerdict() {
        train(1).play("S: 503 no\n".repeat(3) + "C: RSET\n=> REJECTED_PERM(503) 1@d.test at mail\nS: 250 ok\n=> KEEP");
    }

    /** What is refused for itself is not tried again. */
    @Test
    void R_2920_17_otherRefusalsAreVerdicts() {
        train(2).play(OK.repeat(4) + "S: 550 no\n" + "S: 503 no\n".repeat(2) + """
                C: RSET
                => ACCEPTED 1@d.test
                => REJECTED_PERM(550) 2@d.test at mail
                S: 250 ok
                => KEEP
                """);
    }

    @Test
    void R_2920_21_aRefusedResetMovesWhatStandsBehind() {
        train(3).play("S: 550 no\nS: 550 no\nS: 554 no\nS: 554 too many\n" + """
                => REJECTED_PERM(550) 1@d.test at mail
                CLOSE
                => REPLAY(connection-lost, 554) at rset
                => REPLAY(connection-lost, 554) at rset
                => DROP(connection-lost) at mail
                """);
    }

    /** Nothing says that the server goes no further, and it has all of the second. */
    @ParameterizedTest
    @ValueSource(strings = {"451 later", "503 what", "550 no", "554 no"})
    void R_2920_21_lostAtOnceBehindAResetThatIsRefusedBehindASuccess(String refusal) {
        train(2).play(OK.repeat(3) + "S: " + refusal + "\n" + """
                => ACCEPTED 1@d.test
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"451 later", "503 what", "550 no"})
    void R_2920_21_lostAtOnceBehindAResetThatIsRefusedBehindARefusal(String refusal) {
        train(2).play("S: 550 no\nS: 550 no\nS: 554 no\nS: " + refusal + "\n" + """
                => REJECTED_PERM(550) 1@d.test at mail
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }

    /** The recipient may have been taken for the transaction that the server has refused to forget. */
    @Test
    void R_2920_21_lostBehindARefusedResetAndARefusedMail() {
        train(2).play(OK + "S: 550 no\nS: 554 no\n" + "S: 451 later\nS: 503 nested\n" + """
                => REJECTED_PERM(550) 1@d.test at rcpt
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at rcpt
                => DROP(connection-lost) at rcpt
                """);
    }

    /** Nobody was taken, so nothing can have been delivered. */
    @Test
    void R_2920_21_lostBehindARefusedResetAndARefusedEnvelope() {
        train(2).play(OK.repeat(3) + "S: 451 later\nS: 503 no\nS: 503 no\n" + """
                => ACCEPTED 1@d.test
                CLOSE
                => REPLAY(connection-lost, 451) at rset
                => DROP(connection-lost) at end-of-data
                """);
    }

    /** What the server has but a part of it cannot have delivered, whatever it does. */
    @Test
    void R_2920_21_lostBehindARefusedResetBeforeTheEndOfTheContent() {
        Dialogue dialogue = trained()
                .queue(to("1"), to("2").content("x".repeat(998).concat("\r\n").repeat(200)));
        dialogue.play("ROOM 1000\nSEND\n" + FIRST + "C* 924");
        dialogue.play(OK.repeat(3) + "S: 451 later\n" + """
                => ACCEPTED 1@d.test
                CLOSE
                => REPLAY(connection-lost, 451) at rset
                => DROP(connection-lost) at mail
                """);
    }

    /** The server goes on all the same, and takes the message: that stands. */
    @Test
    void R_2920_21_acceptedBehindARefusedReset() {
        train(2).play(OK.repeat(3) + "S: 554 no\n" + OK.repeat(3) + """
                => ACCEPTED 1@d.test
                C: QUIT
                => ACCEPTED 2@d.test
                S: 221 bye
                => CLOSED
                """);
    }

    /** The server has begun to take it: no second copy may be risked. */
    @Test
    void R_2920_21_lostBehindARefusedReset() {
        train(2).play(OK.repeat(3) + "S: 554 no\n" + OK.repeat(2) + """
                => ACCEPTED 1@d.test
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    /** Whoever has processed the second has perhaps processed the third. */
    @Test
    void R_2920_21_lostBehindOneAcceptedBehindARefusedReset() {
        train(3).play(OK.repeat(3) + "S: 554 no\n" + OK.repeat(3) + """
                => ACCEPTED 1@d.test
                => ACCEPTED 2@d.test
                CLOSE
                => INDETERMINATE(connection-lost) 3@d.test at rset
                => DROP(connection-lost) at rset
                """);
    }

    @Test
    void R_2920_21_droppedBehindARefusedReset() {
        train(3).play(OK.repeat(3) + "S: 554 no\nS: 550 no\n" + OK.repeat(2) + """
                => ACCEPTED 1@d.test
                => INDETERMINATE(protocol-violation, 250) 2@d.test at end-of-data
                => INDETERMINATE(protocol-violation, 250) 3@d.test at end-of-data
                => DROP(protocol-violation, 250) at end-of-data
                """);
    }

    /** A server that takes recipients after it has refused MAIL may take the content, too. */
    @Test
    void R_2920_17_recipientsAcceptedBehindARefusedMail() {
        train(2).play(OK.repeat(3) + "S: 503 no\nS: 503 no\n" + OK + """
                => ACCEPTED 1@d.test
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    // ---- a server that stops reading

    @Test
    void R_5321_70_contentBehindContentIsWatchedToo() {
        Dialogue dialogue = trained().queue(to("1"), to("2"));
        dialogue.wire().room(CAR);
        dialogue.play("SEND\n" + FIRST + OK.repeat(3) + "=> ACCEPTED 1@d.test\nROOM 81\nC* 81\n" + OK.repeat(3)
                + "+2m\n".repeat(5) + "=> NOT_SENT(timeout) 2@d.test at write\n=> DROP(timeout) at write");
    }

    @Test
    void R_5321_70_contentInFrontOfContentThatIsGivenUpIsWatchedToo() {
        Dialogue dialogue = trained();
        Transaction large = dialogue.transaction(to("2").content("x\r\n".repeat(70_000)));
        dialogue.wire().room(CAR - 1);
        dialogue.queue(to("1")).queue(large).play("SEND\nC* 75");
        large.cancel(Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted"));
        dialogue.wire().runPendingTasks();
        dialogue.play("=> NOT_SENT(cancelled) 2@d.test at queue\n" + OK.repeat(2) + "+2m\n".repeat(5)
                + "=> NOT_SENT(timeout) 1@d.test at write\n=> DROP(timeout) at write");
    }

    /** It is the first one's end that the server speaks of; the last octet of the second never left. */
    @Test
    void R_5321_74_anAnswerOutOfPlaceIsTheOldestOnesAlone() {
        Dialogue dialogue = trained()
                .queue(to("1"), to("2").content("x".repeat(998).concat("\r\n").repeat(200)));
        dialogue.play("ROOM 1000\nSEND\n" + FIRST + "C* 924");
        dialogue.play(OK + OK + "S: 221 bye\n" + """
                => INDETERMINATE(protocol-violation, 221) 1@d.test at end-of-data
                => NOT_SENT(protocol-violation, 221) 2@d.test at end-of-data
                => DROP(protocol-violation, 221) at end-of-data
                """);
    }

    /** MAIL was accepted behind the refused RSET: what follows is said of this message. */
    @Test
    void R_2920_21_refusedBehindARefusedResetAndAnAcceptedMail() {
        train(2).play(OK.repeat(3) + "S: 554 no\n" + OK + "S: 550 unknown\nS: 554 nobody\n" + """
                => ACCEPTED 1@d.test
                C: QUIT
                => REJECTED_PERM(550) 2@d.test at rcpt
                S: 221 bye
                => CLOSED
                """);
    }

    /** A bug in one caller's code is no reason for another's message to hang. */
    @Test
    void whatOneListenerThrowsKeepsNobodyWaiting() {
        Dialogue dialogue = trained();
        dialogue.queue(dialogue.transaction(to("1"), outcome -> {
            throw new IllegalStateException("a caller's mistake");
        }));
        dialogue.queue(to("2")).play("SEND\n" + FIRST + SECOND + """
                CLOSE
                => INDETERMINATE(connection-lost) 2@d.test at mail
                => DROP(connection-lost) at mail
                """);
    }
}
