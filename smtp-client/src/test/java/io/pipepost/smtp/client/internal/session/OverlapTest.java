/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Overlap with DATA, {@code content . RSET MAIL RCPT DATA}, and the probe that comes before any overlap. */
@ExtendWith(Leaks.class)
class OverlapTest {
    private static final FlightOptions FLIGHT = FlightOptions.DEFAULT.withTransactionsInFlight(4);

    private static final String OK = "S: 250 ok\n";
    private static final String GO = OK + OK + "S: 354 go\n";

    private final TrainDepth depth = new TrainDepth(4);
    private final List<String> learnt = new ArrayList<>();

    private Dialogue overlapping(String... more) {
        depth.probed(0);
        return fresh("PIPELINING").queue(mail("1"), mail("2"), mail("3"));
    }

    private Dialogue fresh(String... keywords) {
        return new Dialogue()
                .flight(FLIGHT)
                .depth(depth)
                .observer(new Learnt())
                .replaying()
                .open(keywords);
    }

    private static Mail mail(String name) {
        return Mail.to(name + "@d.test");
    }

    private static String group(String name) {
        return "C: MAIL FROM:<a@b.test>\nC: RCPT TO:<%s@d.test>\nC: DATA\n".formatted(name);
    }

    /** The first one's content and the second one's group are written, nothing of that is answered. */
    private Dialogue bothWritten() {
        return overlapping().play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n" + group("2"));
    }

    private final class Learnt implements SmtpObserver {
        @Override
        public void overlapLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
            learnt.add(host + ":" + port + " " + possible + " " + (reply == null ? "-" : reply.code()));
        }
    }

    // ---- overlap

    @Test
    void R_2920_03_contentOpensTheNextGroup() {
        bothWritten().play(OK + OK + GO + """
                => ACCEPTED 1@d.test
                """ + CONTENT + "C: RSET\n" + group("3"));
    }

    @Test
    void R_2920_03_atMostTwoOverlap() {
        Dialogue dialogue = bothWritten();
        assertThat(dialogue.session().inFlight()).isEqualTo(2);
    }

    @Test
    void R_2920_04_firstRefusedSecondProceeds() {
        bothWritten().play("S: 451 later\n" + OK + GO + """
                => REJECTED_TEMP(451) 1@d.test at end-of-data
                """ + CONTENT + "C: RSET\n" + group("3"));
    }

    /** The reply to the dot is missing, and RSET's stands for it. */
    @Test
    void R_2920_04_aLostReplyIsNoticedBeforeTheFirstIsReported() {
        bothWritten().play(GO.replaceFirst("", OK) + """
                => INDETERMINATE(protocol-violation, 354) 1@d.test at rcpt
                => NOT_SENT(protocol-violation, 354) 2@d.test at rcpt
                => DROP(protocol-violation, 354) at rcpt
                """);
    }

    @Test
    void R_2920_04_theFirstIsReportedWhenTheConnectionEnds() {
        bothWritten().play(OK + OK + """
                CLOSE
                => ACCEPTED 1@d.test
                => REPLAY(connection-lost) at mail
                => DROP(connection-lost) at mail
                """);
    }

    @Test
    void R_2920_04_theFirstIsReportedWhenTheServerCloses() {
        bothWritten().play("S: 550 no\n" + OK + "S: 421 closing\n" + """
                => REJECTED_PERM(550) 1@d.test at end-of-data
                => REPLAY(server-closing, 421) at mail
                => DROP(server-closing, 421) at mail
                """);
    }

    @Test
    void R_2920_04_theSecondsGroupIsRefused() {
        bothWritten().play(OK + OK + OK + "S: 550 no\nS: 503 no\nC: RSET\n" + group("3") + """
                => ACCEPTED 1@d.test
                => REJECTED_PERM(550) 2@d.test at rcpt
                """);
    }

    @Test
    void R_2920_17_theSecondsGroupIsNotUnderstood() {
        bothWritten().play(OK + "S: 503 no\n" + """
                => ACCEPTED 1@d.test
                => REPLAY(connection-lost, 503) at rset
                => DROP(connection-lost, 503) at rset
                """);
        assertThat(depth.current()).isEqualTo(1);
        assertThat(learnt).containsExactly("mx.test:25 false 503");
    }

    /** The refusal is the first one's alone: the second was not looked at. */
    @Test
    void R_5321_74_theFirstIsRefusedWhileItIsSent() {
        overlapping().play("SEND\n" + group("1") + "ROOM 10\n" + GO + "C* 10\nS: 451 later\n" + """
                => REJECTED_TEMP(451) 1@d.test at write
                => REPLAY(connection-lost, 451) at write
                => DROP(connection-lost, 451) at write
                """);
    }

    /** No content of the second was sent. */
    @Test
    void lossOfTheConnection() {
        bothWritten().play("""
                CLOSE
                => INDETERMINATE(connection-lost) 1@d.test at end-of-data
                => REPLAY(connection-lost) at end-of-data
                => DROP(connection-lost) at end-of-data
                """);
    }

    // ---- the probe

    @Test
    void R_2920_19_aLoneResetBehindTheFirstEndOfData() {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"), mail("3"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n");
        dialogue.play(OK + OK + group("2") + "=> ACCEPTED 1@d.test\n");
        assertThat(learnt).containsExactly("mx.test:25 true 250");
        dialogue.play(GO + CONTENT + "C: RSET\n" + group("3"));
    }

    @Test
    void R_2920_19_withBdat() {
        Dialogue dialogue = fresh("PIPELINING", "CHUNKING").queue(mail("1"), mail("2"), mail("3"));
        String bdat = """
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<%s@d.test>
                C: BDAT 20 LAST
                C: Subject: x
                C:
                C: body
                """;
        dialogue.play("SEND\n" + bdat.formatted("1") + "C: RSET\n" + OK.repeat(3) + "=> ACCEPTED 1@d.test\n");
        dialogue.play(OK + bdat.formatted("2") + "C: RSET\n" + bdat.formatted("3"));
        assertThat(depth.current()).isEqualTo(2);
    }

    /** So many that the window keeps the content back. */
    private static Mail toMany() {
        return Mail.to(
                IntStream.range(0, 300).mapToObj(i -> "r" + i + "@d.test").toArray(String[]::new));
    }

    private static String windowful() {
        return "C: MAIL FROM:<a@b.test>\n"
                + IntStream.range(0, 255)
                        .mapToObj(i -> "C: RCPT TO:<r" + i + "@d.test>\n")
                        .collect(Collectors.joining());
    }

    private static String ofMany(String outcome, String phase) {
        return IntStream.range(0, 300)
                .mapToObj(i -> "=> " + outcome + " r" + i + "@d.test at " + phase + "\n")
                .collect(Collectors.joining());
    }

    private void expectProbeByNext(Dialogue dialogue) {
        assertThat(depth.isUnknown()).isTrue();
        dialogue.queue(mail("1")).play("S: 250 reset\n");
        assertThat(depth.isUnknown()).as("behind no content RSET shows nothing").isTrue();
        dialogue.play("SEND\nC: MAIL FROM:<a@b.test>\nC: RCPT TO:<1@d.test>\nC: BDAT 20 LAST\n"
                + CONTENT.replace("C: .\n", "") + "C: RSET\n");
    }

    @Test
    void R_2920_19_noProbeBehindContentThatIsCancelled() {
        Dialogue dialogue = fresh("PIPELINING", "CHUNKING");
        Transaction many = dialogue.transaction(toMany());
        dialogue.queue(many).play("SEND\n" + windowful());
        many.cancel(Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted"));
        dialogue.wire().runPendingTasks();
        dialogue.play(ofMany("NOT_SENT(cancelled)", "queue") + OK.repeat(256) + "C: RSET\n");
        expectProbeByNext(dialogue);
    }

    @Test
    void R_2920_19_noProbeBehindContentOfARefusedTransaction() {
        Dialogue dialogue = fresh("PIPELINING", "CHUNKING").queue(toMany()).play("SEND\n" + windowful());
        dialogue.play("S: 550 no\n" + "S: 503 no\n".repeat(255) + "C: RSET\n" + ofMany("REJECTED_PERM(550)", "mail"));
        expectProbeByNext(dialogue);
    }

    @Test
    void R_2920_03_nothingOverlapsWithoutContentInFront() {
        depth.probed(0);
        Dialogue dialogue = fresh("PIPELINING", "CHUNKING").queue(toMany());
        dialogue.play("SEND\n" + windowful() + "S: 550 no\n");
        assertThat(dialogue.session().fits(dialogue.transaction(mail("1")))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503})
    void R_2920_19_deniedConnectionGoesOnOneByOne(int code) {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"), mail("3"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n");
        dialogue.play(OK + "S: " + code + " no\n" + group("2") + "=> ACCEPTED 1@d.test\n");
        dialogue.play(GO + CONTENT + OK + group("3") + "=> ACCEPTED 2@d.test");
        assertThat(depth.current()).isEqualTo(1);
        assertThat(learnt).containsExactly("mx.test:25 false " + code);
    }

    /** The first has its own reply at once; nobody waits longer than the probe. */
    @Test
    void R_2920_19_ignoredConnectionIsReplaced() {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n");
        dialogue.play(OK + """
                => ACCEPTED 1@d.test
                +5s-1ns
                +1ns
                => DROP(timeout) at rset
                """);
        assertThat(depth.current()).isEqualTo(1);
        assertThat(learnt).containsExactly("mx.test:25 false -");
    }

    @Test
    void R_2920_19_patienceGrowsWithTheSlowestReply() {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"));
        dialogue.play("SEND\n" + group("1") + OK + "+2s\n" + OK + "S: 354 go\n" + CONTENT + "C: RSET\n");
        dialogue.play(OK + """
                => ACCEPTED 1@d.test
                +8s-1ns
                +1ns
                => DROP(timeout) at rset
                """);
    }

    /** A probe that is refused for the connection's sake. */
    @Test
    void R_2920_21_refusedProbeRetiresTheConnection() {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n");
        dialogue.play(OK + "S: 554 no\n" + """
                => ACCEPTED 1@d.test
                => DROP(connection-lost, 554) at rset
                """);
        assertThat(depth.isUnknown()).isTrue();
    }

    @Test
    void R_2920_20_aSecondConnectionNeverOverlapsAfterAFallBack() {
        depth.refuse(0);
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + OK + group("2") + "=> ACCEPTED 1@d.test");
    }

    /** The RSET of the probe serves a refused first transaction too. */
    @Test
    void R_5321_48_aRefusedFirstTransactionIsFollowedByOneReset() {
        Dialogue dialogue = fresh("PIPELINING").queue(mail("1"), mail("2"));
        dialogue.play("SEND\n" + group("1") + GO + CONTENT + "C: RSET\n");
        dialogue.play("S: 451 no\n" + OK + group("2") + "=> REJECTED_TEMP(451) 1@d.test at end-of-data\n");
    }
}
