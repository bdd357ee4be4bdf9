/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions that are cancelled or expire, at every step. */
@ExtendWith(Leaks.class)
class StoppingTest {
    private static final Failure REASON = Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted");
    private static final Failure LATE = Failure.of(FailureCause.TIMEOUT, Phase.QUEUE, "Too late");
    private static final String NOT_SENT = "=> NOT_SENT(cancelled) c@d.test at queue\n";
    private static final String OK = "S: 250 ok\n";
    private static final String BDAT = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: BDAT 20 LAST
            C: Subject: x
            C:
            C: body
            """;
    private static final String GROUP = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: DATA
            """;

    private Dialogue dialogue = new Dialogue();
    private Transaction transaction;

    private void begin(Dialogue open, Mail mail) {
        dialogue = open;
        transaction = dialogue.transaction(mail);
        dialogue.queue(transaction);
    }

    private void begin(String... keywords) {
        begin(p(keywords), Mail.to("c@d.test"));
    }

    private void cancel() {
        assertThat(transaction.cancel(REASON)).isFalse();
        dialogue.wire().runPendingTasks();
    }

    private void expire() {
        transaction.expire(LATE);
        dialogue.wire().runPendingTasks();
    }

    // ---- before a session has it

    @Test
    void queued() {
        begin();
        assertThat(transaction.cancel(REASON)).isTrue();
        assertThat(transaction.isCancelled()).isTrue();
        dialogue.play(NOT_SENT + "SEND\n=> KEEP");
    }

    @Test
    void queuedAndExpired() {
        begin();
        transaction.expire(LATE);
        dialogue.play("=> NOT_SENT(timeout) c@d.test at queue\nSEND\n=> KEEP");
    }

    @Test
    void onlyOnceWhateverComesNext() {
        begin();
        transaction.cancel(REASON);
        transaction.giveUp(LATE);
        assertThat(transaction.cancel(REASON)).isFalse();
        dialogue.play(NOT_SENT);
    }

    // ---- in the envelope

    @Test
    void lockStepBehindMail() {
        begin();
        dialogue.play("SEND\nC: MAIL FROM:<a@b.test>");
        cancel();
        dialogue.play(NOT_SENT + OK + "C: RSET\n" + OK + "=> KEEP");
    }

    /** The server has refused nothing, and so has no reason to end the connection. */
    @Test
    void R_2920_21_cancelledMessagesAreNoRefusals() {
        begin();
        for (int i = 0; i < 30; i++) {
            dialogue.play("SEND\nC: MAIL FROM:<a@b.test>");
            cancel();
            dialogue.play(NOT_SENT + OK + "C: RSET\n" + OK + "=> KEEP");
            transaction = dialogue.transaction(Mail.to("c@d.test"));
            dialogue.queue(transaction);
        }
    }

    @Test
    void R_2920_21_refusalsOfCancelledMessagesCount() {
        begin();
        for (int i = 1; i < 10; i++) {
            dialogue.play("SEND\nC: MAIL FROM:<a@b.test>");
            cancel();
            dialogue.play(NOT_SENT + "S: 550 no\nC: RSET\n" + OK + "=> KEEP");
            transaction = dialogue.transaction(Mail.to("c@d.test"));
            dialogue.queue(transaction);
        }
        dialogue.play("SEND\nC: MAIL FROM:<a@b.test>");
        cancel();
        dialogue.play(NOT_SENT + "S: 550 no\nC: QUIT\nS: 221 bye\n=> CLOSED");
    }

    @Test
    void R_2920_15_groupWithoutContentIsUndone() {
        begin("PIPELINING");
        dialogue.play("SEND\n" + GROUP);
        cancel();
        dialogue.play(NOT_SENT + OK + "S: 550 no\nS: 503 no\nC: RSET\n" + OK + "=> KEEP");
    }

    @Test
    void R_2920_15_groupWith354EndsTheConnection() {
        begin("PIPELINING");
        dialogue.play("SEND\n" + GROUP);
        cancel();
        dialogue.play(NOT_SENT + OK + OK + "S: 354 go\n=> DROP(cancelled) at data");
    }

    @Test
    void R_2920_06_groupWith354AndNobodyAcceptedEndsWithTheLoneDot() {
        begin("PIPELINING");
        dialogue.play("SEND\n" + GROUP);
        cancel();
        dialogue.play(NOT_SENT + OK + "S: 550 no\nS: 354 go\nC: .\nS: 554 no\nC: RSET\n" + OK + "=> KEEP");
    }

    @Test
    void rejectionsThatCameStand() {
        begin(p(), Mail.to("x@d.test", "c@d.test"));
        dialogue.play(
                "SEND\nC: MAIL FROM:<a@b.test>\n" + OK + "C: RCPT TO:<x@d.test>\nS: 550 no\nC: RCPT TO:<c@d.test>");
        cancel();
        dialogue.play("=> REJECTED_PERM(550) x@d.test at rcpt\n" + NOT_SENT + OK + "C: RSET\n" + OK + "=> KEEP");
    }

    /** Nothing of it was written: the server has nothing to forget. */
    @Test
    void behindContentThatIsStillWritten() {
        FlightOptions trains = FlightOptions.DEFAULT.withTransactionsInFlight(2);
        TrainDepth depth = new TrainDepth(2);
        depth.probed(0);
        dialogue = new Dialogue().flight(trains).depth(depth).open("PIPELINING", "CHUNKING");
        dialogue.queue(
                Mail.to("1@d.test").content("x".repeat(998).concat("\r\n").repeat(200)));
        transaction = dialogue.transaction(Mail.to("c@d.test"));
        dialogue.queue(transaction);
        dialogue.play("""
                ROOM 1000
                SEND
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<1@d.test>
                C: BDAT 200000 LAST
                C* 940
                """);
        cancel();
        dialogue.play(NOT_SENT + "ROOM 1000000\nC* 199060\nC: RSET\n" + OK.repeat(3) + "=> ACCEPTED 1@d.test\n" + OK
                + "=> KEEP");
    }

    // ---- in the content

    @Test
    void R_5321_69_R_3030_08_insideContentTheConnectionEnds() {
        begin(
                p("PIPELINING"),
                Mail.to("c@d.test")
                        .content(Content.of("x".repeat(998 - 2).concat("\r\n").repeat(1000))));
        dialogue.play("SEND\n" + GROUP + "ROOM 1000\n" + OK + OK + "S: 354 go\nC* 1000");
        cancel();
        dialogue.play(NOT_SENT + "=> DROP(connection-lost) at write");
    }

    // ---- too late

    @Test
    void afterTheEndOfTheDataItGoesItsWay() {
        begin("PIPELINING", "CHUNKING");
        dialogue.play("SEND\n" + BDAT);
        cancel();
        dialogue.play(OK.repeat(3) + "=> ACCEPTED c@d.test\n=> KEEP");
    }

    @Test
    void afterTheEndOfTheDataItExpiresInDoubt() {
        begin("PIPELINING", "CHUNKING");
        dialogue.play("SEND\n" + BDAT);
        expire();
        dialogue.play("=> INDETERMINATE(timeout) c@d.test at queue\n" + OK.repeat(3) + "=> KEEP");
    }

    /** The recipient was refused before, whatever the end may be. */
    @Test
    void rejectionsStandWhenItExpires() {
        begin(p("PIPELINING", "CHUNKING"), Mail.to("x@d.test", "c@d.test"));
        dialogue.play("SEND\n" + BDAT.replaceFirst("C: RCPT", "C: RCPT TO:<x@d.test>\nC: RCPT") + OK + "S: 550 no\n");
        expire();
        dialogue.play("=> REJECTED_PERM(550) x@d.test at rcpt\n=> INDETERMINATE(timeout) c@d.test at queue\n"
                + OK.repeat(2) + "=> KEEP");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterItsEndNothingHappens(boolean expires) {
        begin("PIPELINING", "CHUNKING");
        dialogue.play("SEND\n" + BDAT + OK.repeat(3) + "=> ACCEPTED c@d.test");
        if (expires) {
            expire();
        } else {
            cancel();
        }
        dialogue.play("=> KEEP");
    }

    /** A server's depth is learnt from its replies alone. */
    @Test
    void R_2920_19_whatWasNeverWrittenTeachesNothing() {
        TrainDepth depth = new TrainDepth(4);
        depth.probed(0);
        Dialogue open = new Dialogue().depth(depth).flight(FlightOptions.DEFAULT.withTransactionsInFlight(4));
        begin(
                open.open("PIPELINING", "CHUNKING").queue(Mail.to("x@d.test").content("x\r\n".repeat(70_000))),
                Mail.to("c@d.test"));
        open.wire().room(0);
        open.play("SEND");
        cancel();
        open.play(NOT_SENT);
        assertThat(depth.current()).isEqualTo(2);
        open.wire().close();
    }

    /** What was handed on to another connection is stopped there. */
    @Test
    void theSecondAttemptIsStopped() {
        begin(new Dialogue().replaying().open("PIPELINING"), Mail.to("c@d.test"));
        dialogue.play("""
                SEND
                """ + GROUP + OK + OK + "S: 354 go\n" + CONTENT + OK + "=> ACCEPTED c@d.test");
        begin(dialogue, Mail.to("c@d.test"));
        dialogue.play("SEND\n" + GROUP + """
                CLOSE
                => REPLAY(connection-lost) at mail
                => DROP(connection-lost) at mail
                """);
        cancel();
        dialogue.play(NOT_SENT);
    }
}
