/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.client.internal.session.Sources;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content in several chunks: {@code MAIL RCPT}, their replies, {@code BDAT n}, {@code BDAT n}, ..., {@code BDAT n LAST}. */
class ChunksTest {
    private static final int CHUNK = 65_536;
    private static final String LINE = "0123456789abcdefghijklmnopqrst\r\n";
    private static final String WHOLE = LINE.repeat(CHUNK / LINE.length());
    private static final Failure REASON = Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted");
    private static final Failure LATE = Failure.of(FailureCause.TIMEOUT, Phase.QUEUE, "Too late");

    private static final String OK = "S: 250 ok\n";
    private static final String ENVELOPE = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            S: 250 ok
            S: 250 ok
            """;
    private static final String FULL = "C: BDAT 65536\nC* 65536\n";
    private static final String END = "C: BDAT 32 LAST\nC: " + LINE.strip() + "\n";
    private static final String EMPTY_END = "C: BDAT 0 LAST\n";
    private static final String UNDONE = "C: RSET\n" + OK + "=> KEEP";
    private static final String ACCEPTED = OK + "=> ACCEPTED c@d.test\n=> KEEP";

    private final Sources.Manual source = new Sources.Manual();
    private Dialogue dialogue = open(0);

    private static Dialogue open(long maxFlight) {
        FlightOptions flight = FlightOptions.DEFAULT.withChunkOctets(CHUNK).withMaxFlightOctets(maxFlight);
        return new Dialogue().flight(flight).open("PIPELINING", "CHUNKING");
    }

    private static Mail mail(Content content) {
        return Mail.to("c@d.test").content(content);
    }

    /** A message in memory of so many whole chunks and a line. */
    private Dialogue chunks(int whole) {
        return dialogue.send(mail(Content.of(WHOLE.repeat(whole) + LINE)));
    }

    /** A message whose content comes from {@link #source}, behind its envelope. */
    private Dialogue streamed() {
        return dialogue.send(mail(Content.ofPublisher(() -> source))).play(ENVELOPE);
    }

    // ---- in good order

    @Test
    void R_3030_04_twoAreUnansweredAtATime() {
        chunks(3).play(ENVELOPE + FULL + FULL + OK + FULL + OK + END + OK + ACCEPTED);
    }

    @Test
    void contentOfOneChunk() {
        chunks(0).play(ENVELOPE + END + ACCEPTED);
    }

    @Test
    void R_3030_02_lineEndsAreMadeGood() {
        dialogue.send(mail(Content.of("a\n".repeat(CHUNK) + "b"))).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                S: 250 ok
                S: 250 ok
                C: BDAT 98304
                C* 98304
                C: BDAT 98304
                C* 98304
                S: 250 ok
                C: BDAT 3 LAST
                C: b
                S: 250 ok
                """ + ACCEPTED);
    }

    @Test
    void R_3030_06_theEndIsKnownBehindTheLastFullChunk() {
        dialogue.send(mail(Content.ofPublisher(() -> Sources.pieces(WHOLE, WHOLE))))
                .play(ENVELOPE + FULL + FULL + OK + EMPTY_END + OK + ACCEPTED);
    }

    @Test
    void R_3030_02_theLastLineIsCompleted() {
        dialogue.send(mail(Content.ofPublisher(() -> Sources.pieces(WHOLE, "x"))))
                .play(ENVELOPE + FULL + "C: BDAT 3 LAST\nC: x\n" + OK + ACCEPTED);
    }

    @Test
    void R_3030_09_eachIsCollectedBeforeItIsAnnounced() {
        streamed();
        source.next(WHOLE.substring(0, CHUNK - 5));
        dialogue.play("");
        source.next(WHOLE.substring(CHUNK - 5) + LINE);
        dialogue.play(FULL);
        source.complete();
        dialogue.play(END + OK + ACCEPTED);
    }

    /** However a source cuts its content, each count is that of the octets behind it. */
    @Tag("exhaustive")
    @Test
    void R_3030_09_everyCountIsExact() {
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<String> pieces = new ArrayList<>();
            int octets = 0;
            for (int i = random.nextInt(1, 9); i > 0; i--) {
                String piece = LINE.repeat(random.nextInt(1, 6_000));
                pieces.add(piece);
                octets += piece.length();
            }
            List<String> chunks = new ArrayList<>(Collections.nCopies(octets / CHUNK, FULL));
            int rest = octets % CHUNK;
            chunks.add("C: BDAT " + rest + " LAST\nC* " + rest + "\n");
            String script = ENVELOPE + String.join(OK, chunks).replaceFirst(OK, "")
                    + OK.repeat(Math.min(2, chunks.size())) + "=> ACCEPTED c@d.test\n=> KEEP";
            Dialogue one = open(0);
            try {
                one.send(mail(Content.ofPublisher(() -> Sources.pieces(pieces.toArray(String[]::new)), octets)))
                        .play(script);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void R_5321_70_aSourceIsAskedNoFasterThanChunksAreAnswered() {
        streamed();
        source.next(WHOLE + WHOLE + WHOLE.substring(32));
        assertThat(source.demand()).isZero();
        dialogue.play(FULL + FULL);
        assertThat(source.demand()).isZero();
        dialogue.play(OK);
        assertThat(source.demand()).isEqualTo(1);
        source.next(LINE);
        dialogue.play(FULL);
        source.complete();
        dialogue.play(OK + EMPTY_END + OK + ACCEPTED);
    }

    @Test
    void allOrNothing() {
        dialogue.send(Mail.to("c@d.test", "x@d.test").allOrNothing().content(LINE))
                .play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                C: RCPT TO:<x@d.test>
                S: 250 ok
                S: 250 ok
                S: 550 no
                => NOT_SENT(cancelled) c@d.test at rcpt
                => REJECTED_PERM(550) x@d.test at rcpt
                """ + UNDONE);
    }

    // ---- refused

    @Test
    void R_3030_05_noFurtherChunk() {
        chunks(4)
                .play(ENVELOPE + FULL + FULL + OK + FULL
                        + "S: 452 full\nS: 503 what\n=> REJECTED_TEMP(452) c@d.test at write\n" + UNDONE);
    }

    @Test
    void R_3030_05_whatTheServerSaysOfThoseBehindIsIgnored() {
        chunks(1)
                .play(ENVELOPE + FULL + END + "S: 554 no\nS: 503 what\n=> REJECTED_PERM(554) c@d.test at write\n"
                        + UNDONE);
    }

    @Test
    void R_3030_05_aStreamIsStopped() {
        streamed();
        source.next(WHOLE);
        dialogue.play(FULL + "S: 552 too much\n=> REJECTED_PERM(552) c@d.test at write\n" + UNDONE);
        assertThat(source.isCancelled()).isTrue();
    }

    /** It may have delivered a part of the message. */
    @Test
    void R_3030_05_theLastOneMustNotBeAcceptedThen() {
        chunks(1).play(ENVELOPE + FULL + END + """
                S: 554 no
                S: 250 ok
                => INDETERMINATE(protocol-violation, 250) c@d.test at end-of-data
                => DROP(protocol-violation, 250) at end-of-data
                """);
    }

    @Test
    void R_3030_05_theRefusalStandsIfTheConnectionEnds() {
        chunks(1).play(ENVELOPE + FULL + END + """
                S: 554 no
                CLOSE
                => REJECTED_PERM(554) c@d.test at write
                => DROP(connection-lost) at end-of-data
                """);
    }

    @Test
    void theLastOneIsRefused() {
        chunks(1)
                .play(ENVELOPE + FULL + END + OK + "S: 550 spam\n=> REJECTED_PERM(550) c@d.test at end-of-data\n"
                        + UNDONE);
    }

    @ParameterizedTest
    @CsvSource({"421, server-closing", "354, protocol-violation", "221, protocol-violation"})
    void R_3030_12_whatIsNoReplyToAChunk(int code, String cause) {
        chunks(2).play(ENVELOPE + FULL + FULL + """
                S: %1$d what
                => NOT_SENT(%2$s, %1$d) c@d.test at write
                => DROP(%2$s, %1$d) at write
                """.formatted(code, cause));
    }

    @Test
    void R_3030_12_anyYesIsFine() {
        chunks(1).play(ENVELOPE + FULL + END + "S: 251 whatever\n" + ACCEPTED);
    }

    @Test
    void R_5321_82_aChunkIsNotAnsweredBeforeItIsSent() {
        chunks(1).play("""
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                ROOM 1000
                S: 250 ok
                S: 250 ok
                C: BDAT 65536
                C* 988
                S: 250 ok
                => NOT_SENT(protocol-violation, 250) c@d.test at write
                => DROP(protocol-violation, 250) at write
                """.replace("988", Integer.toString(1000 - "BDAT 65536\r\n".length())));
    }

    // ---- given up

    @Test
    void R_3030_08_theSourceFailsBetweenChunks() {
        dialogue.send(mail(Content.ofPublisher(() -> Sources.failing(new IOException("gone"), WHOLE))))
                .play(ENVELOPE + FULL + "=> NOT_SENT(content-failed) c@d.test at write\n" + OK + UNDONE);
    }

    @Test
    void R_3030_08_theSourceFailsWhileNothingIsAwaited() {
        streamed();
        source.next(WHOLE + LINE);
        dialogue.play(FULL + OK);
        source.fail();
        dialogue.play("C: RSET\n=> NOT_SENT(content-failed) c@d.test at write\n" + OK + "=> KEEP");
    }

    @Test
    void R_3030_08_theSourceFailsAtOnce() {
        dialogue.send(mail(Content.ofPublisher(() -> {
                    throw new IllegalStateException("no");
                })))
                .play(ENVELOPE + "C: RSET\n=> NOT_SENT(content-failed) c@d.test at write\n" + OK + "=> KEEP");
    }

    @Test
    void theSourceGivesMoreThanItSaid() {
        dialogue.send(mail(Content.ofPublisher(() -> Sources.pieces(WHOLE, LINE), CHUNK)))
                .play(ENVELOPE + FULL + "=> NOT_SENT(content-failed) c@d.test at write\n" + OK + UNDONE);
    }

    /** What is complete so far would be a message. */
    @Test
    void theSourceGivesLessThanItSaid() {
        dialogue.send(mail(Content.ofPublisher(() -> Sources.pieces(WHOLE), CHUNK + 1)))
                .play(ENVELOPE + FULL + "=> NOT_SENT(content-failed) c@d.test at write\n" + OK + UNDONE);
    }

    private Transaction begun(Content content, String chunks) {
        Transaction transaction = dialogue.transaction(mail(content));
        dialogue.queue(transaction);
        dialogue.play("SEND\n" + ENVELOPE + chunks);
        return transaction;
    }

    private void stop(Transaction transaction, boolean expires) {
        if (expires) {
            transaction.expire(LATE);
        } else {
            assertThat(transaction.cancel(REASON)).isFalse();
        }
        dialogue.wire().runPendingTasks();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void R_3030_08_stoppedBetweenChunks(boolean expires) {
        Transaction transaction = begun(Content.of(WHOLE.repeat(4)), FULL + FULL + OK + FULL);
        stop(transaction, expires);
        dialogue.play(
                "=> NOT_SENT(" + (expires ? "timeout" : "cancelled") + ") c@d.test at queue\n" + OK + OK + UNDONE);
    }

    @Test
    void R_3030_08_stoppedWhileTheSourceIsWaitedFor() {
        Transaction transaction = begun(Content.ofPublisher(() -> source), "");
        source.next(WHOLE + LINE);
        dialogue.play(FULL + OK);
        stop(transaction, false);
        assertThat(source.isCancelled()).isTrue();
        dialogue.play("C: RSET\n=> NOT_SENT(cancelled) c@d.test at queue\n" + OK + "=> KEEP");
    }

    /** The chunk's octets are completed although the socket has taken a part of them only. */
    @Test
    void R_3030_08_theChunkIsCompleted() {
        Transaction transaction = dialogue.transaction(mail(Content.of(WHOLE.repeat(4))));
        dialogue.queue(transaction);
        dialogue.play("SEND\nC: MAIL FROM:<a@b.test>\nC: RCPT TO:<c@d.test>\nROOM 1012\n" + OK + OK
                + "C: BDAT 65536\nC* 1000\n");
        stop(transaction, false);
        dialogue.play("=> NOT_SENT(cancelled) c@d.test at queue\nROOM 1000000\nC* 64536\n" + FULL + OK + OK + UNDONE);
    }

    @Test
    void tooLateBehindTheLastOne() {
        Transaction transaction = begun(Content.of(WHOLE + LINE), FULL + END);
        stop(transaction, false);
        dialogue.play(OK + ACCEPTED);
    }

    @Test
    void inDoubtBehindTheLastOne() {
        Transaction transaction = begun(Content.of(WHOLE + LINE), FULL + END);
        stop(transaction, true);
        dialogue.play("=> INDETERMINATE(timeout) c@d.test at queue\n" + OK + OK + "=> KEEP");
    }

    // ---- lost

    @Test
    void lostWhileTheSourceIsWaitedFor() {
        streamed();
        source.next(WHOLE);
        dialogue.play(
                FULL + OK + "CLOSE\n=> NOT_SENT(connection-lost) c@d.test at write\n=> DROP(connection-lost) at write");
        assertThat(source.isCancelled()).isTrue();
    }

    @Test
    void lostBeforeTheLastOne() {
        chunks(2).play(ENVELOPE + FULL + FULL + """
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                """);
    }

    @Test
    void lostBehindTheLastOne() {
        chunks(1).play(ENVELOPE + FULL + END + """
                CLOSE
                => INDETERMINATE(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                """);
    }

    // ---- the clock

    /** Each reply has three minutes, as long as content is expected (RFC 5321 section 4.5.3.2.5). */
    @Test
    void R_5321_14_noReplyToAChunk() {
        chunks(2)
                .play(ENVELOPE + FULL + FULL + "+2m\n" + OK + END
                        + "+3m-1ns\n+1ns\n=> INDETERMINATE(timeout) c@d.test at write\n=> DROP(timeout) at write");
    }

    @Test
    void aSourceThatIsSilent() {
        streamed().play("+3m-1ns\n+1ns\n=> NOT_SENT(timeout) c@d.test at write\n=> DROP(timeout) at write");
        assertThat(source.isCancelled()).isTrue();
    }

    @Test
    void aSourceThatFallsSilent() {
        streamed();
        source.next(WHOLE);
        dialogue.play(FULL + "+1m\n" + OK
                + "+3m-1ns\n+1ns\n=> NOT_SENT(timeout) c@d.test at write\n=> DROP(timeout) at write");
    }

    @Test
    void aSourceMayBeSlow() {
        streamed();
        for (int i = 0; i < 20; i++) {
            dialogue.play("+2m");
            source.next(LINE);
        }
        source.complete();
        dialogue.play("C: BDAT 640 LAST\nC* 640\n" + ACCEPTED);
    }

    // ---- in a train

    @Test
    void R_3030_10_anotherFollowsTheLastChunk() {
        FlightOptions trains = FlightOptions.DEFAULT
                .withTransactionsInFlight(2)
                .withChunkOctets(CHUNK)
                .withMaxFlightOctets(100);
        TrainDepth depth = new TrainDepth(2);
        depth.probed(0);
        dialogue = new Dialogue().flight(trains).depth(depth).open("PIPELINING", "CHUNKING");
        dialogue.queue(mail(Content.of(WHOLE.repeat(2) + LINE)), Mail.to("2@d.test"));
        dialogue.play("SEND\n" + ENVELOPE + FULL + FULL + OK + END + """
                C: RSET
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<2@d.test>
                C: BDAT 20 LAST
                C: Subject: x
                C:
                C: body
                """ + OK + OK + "=> ACCEPTED c@d.test\n"
                + OK.repeat(4) + "=> ACCEPTED 2@d.test\n=> KEEP");
    }
}
