/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.p;

import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** LIMITS (RFC 9422) in one session; what is left over is the pool's to send. */
@ExtendWith(Leaks.class)
class LimitsTest {
    private static final String OK = "S: 250 ok\n";
    private static final String CONTENT = "C: BDAT 20 LAST\nC: Subject: x\nC:\nC: body\n";

    private static String to(String... recipients) {
        StringBuilder script = new StringBuilder("C: MAIL FROM:<a@b.test>\n");
        for (String recipient : recipients) {
            script.append("C: RCPT TO:<").append(recipient).append(">\n");
        }
        return script + CONTENT;
    }

    private static Dialogue limited(String limits) {
        return p("PIPELINING", "CHUNKING", "LIMITS " + limits);
    }

    @Test
    void R_9422_01_rcptMaxBoundsATransaction() {
        limited("RCPTMAX=2 FOO=x")
                .send(Mail.to("1@d.test", "2@d.test", "3@d.test"))
                .play(to("1@d.test", "2@d.test") + OK.repeat(4) + """
                        => ACCEPTED 1@d.test
                        => ACCEPTED 2@d.test
                        => KEEP
                        """);
    }

    @Test
    void R_9422_01_allOrNothingCannotBeSplit() {
        limited("RCPTMAX=1")
                .send(Mail.to("1@d.test", "2@d.test").allOrNothing())
                .play("""
                => NOT_SENT(invalid-argument) 1@d.test at rcpt
                => NOT_SENT(invalid-argument) 2@d.test at rcpt
                => KEEP
                """);
    }

    @Test
    void R_9422_01_mailMaxEndsTheSession() {
        limited("MAILMAX=2")
                .queue(Mail.to("1@d.test"), Mail.to("2@d.test"), Mail.to("3@d.test"))
                .play("SEND\n" + to("1@d.test") + OK.repeat(3) + to("2@d.test") + "=> ACCEPTED 1@d.test\n"
                        + OK.repeat(3)
                        + """
                        C: QUIT
                        => ACCEPTED 2@d.test
                        S: 221 bye
                        => CLOSED
                        """);
    }

    @Test
    void R_9422_02_domainsAreCountedOverTheSession() {
        limited("RCPTDOMAINMAX=2")
                .send(Mail.to("1@d.test", "2@D.test", "3@e.test", "4@f.test"))
                .play(to("1@d.test", "2@d.test", "3@e.test").replace("2@d", "2@D") + OK.repeat(5) + """
                        => ACCEPTED 1@d.test
                        => ACCEPTED 2@D.test
                        => ACCEPTED 3@e.test
                        => KEEP
                        """)
                .send(Mail.to("5@e.test", "4@f.test"))
                .play(to("5@e.test") + OK.repeat(3) + "=> ACCEPTED 5@e.test\n=> KEEP")
                .send(Mail.to("4@f.test"))
                .play("C: QUIT\n=> NOT_SENT(overloaded) 4@f.test at rcpt\nS: 221 bye\n=> CLOSED");
    }

    @Test
    void R_9422_01_recipientsOfADomainGoTogether() {
        limited("RCPTDOMAINMAX=1")
                .send(Mail.to("x@d.test", "y@e.test", "z@D.test"))
                .play(to("x@d.test", "z@D.test") + OK.repeat(4) + """
                        => ACCEPTED x@d.test
                        => ACCEPTED z@D.test
                        => KEEP
                        """);
    }

    /** Only the session has no room left for it. */
    @Test
    void R_9422_01_allOrNothingNeedsRoomForAll() {
        limited("RCPTDOMAINMAX=2")
                .send(Mail.to("1@d.test", "2@e.test"))
                .play(to("1@d.test", "2@e.test") + OK.repeat(4) + """
                        => ACCEPTED 1@d.test
                        => ACCEPTED 2@e.test
                        """)
                .send(Mail.to("1@d.test", "3@f.test").allOrNothing())
                .play("""
                        C: QUIT
                        => NOT_SENT(overloaded) 1@d.test at rcpt
                        => NOT_SENT(overloaded) 3@f.test at rcpt
                        S: 221 bye
                        => CLOSED
                        """);
    }

    @Test
    void R_9422_01_whatAFreshSessionWouldNotTakeCostsNone() {
        limited("RCPTDOMAINMAX=1")
                .send(Mail.to("1@d.test"))
                .play(to("1@d.test") + OK.repeat(3) + "=> ACCEPTED 1@d.test")
                .send(Mail.to("1@d.test", "3@f.test").allOrNothing())
                .play("""
                        => NOT_SENT(invalid-argument) 1@d.test at rcpt
                        => NOT_SENT(invalid-argument) 3@f.test at rcpt
                        => KEEP
                        """)
                .send(Mail.to("3@f.test").content("Subject: x\r\n\r\nb\u00f6dy\r\n"))
                .play("=> NOT_SENT(extension-missing) 3@f.test at mail\n=> KEEP");
    }

    // ---- what is not sent uses nothing up

    @Test
    void R_9422_01_messageThatIsRefusedHere() {
        limited("RCPTDOMAINMAX=1")
                .send(Mail.to("1@d.test").content("Subject: x\r\n\r\nb\u00f6dy\r\n"))
                .play("=> NOT_SENT(extension-missing) 1@d.test at mail\n=> KEEP")
                .send(Mail.to("2@e.test"))
                .play(to("2@e.test") + OK.repeat(3) + "=> ACCEPTED 2@e.test\n=> KEEP");
    }

    @Test
    void R_9422_01_recipientThatIsRefusedHere() {
        limited("RCPTMAX=1 RCPTDOMAINMAX=1")
                .send(Mail.to("\u00fc@d.test", "2@e.test"))
                .play(to("2@e.test") + OK.repeat(3) + """
                        => NOT_SENT(extension-missing) \u00fc@d.test at mail
                        => ACCEPTED 2@e.test
                        => KEEP
                        """)
                .send(Mail.to("\u00fc@d.test", "2@e.test").allOrNothing())
                .play("""
                        => NOT_SENT(extension-missing) \u00fc@d.test at mail
                        => NOT_SENT(cancelled) 2@e.test at rcpt
                        => KEEP
                        """);
    }

    /** One command at a time: RCPT does not follow a MAIL that was refused. */
    @Test
    void R_9422_01_recipientThatIsNotNamed() {
        p("LIMITS RCPTDOMAINMAX=1")
                .send(Mail.to("1@d.test"))
                .play("""
                        C: MAIL FROM:<a@b.test>
                        S: 550 no
                        C: RSET
                        => REJECTED_PERM(550) 1@d.test at mail
                        S: 250 ok
                        => KEEP
                        """)
                .send(Mail.to("2@e.test"))
                .play("""
                        C: MAIL FROM:<a@b.test>
                        S: 250 ok
                        C: RCPT TO:<2@e.test>
                        S: 550 no
                        C: RSET
                        => REJECTED_PERM(550) 2@e.test at rcpt
                        S: 250 ok
                        => KEEP
                        """)
                .send(Mail.to("1@d.test"))
                .play("C: QUIT\n=> NOT_SENT(overloaded) 1@d.test at rcpt\nS: 221 bye\n=> CLOSED");
    }

    /** Given up while the RSET in front of it is unanswered. */
    @Test
    void R_9422_01_messageThatIsGivenUpBeforeItsMail() {
        Dialogue dialogue = p("LIMITS MAILMAX=2")
                .send(Mail.to("1@d.test"))
                .play("C: MAIL FROM:<a@b.test>\nS: 550 no\nC: RSET\n=> REJECTED_PERM(550) 1@d.test at mail");
        Transaction second = dialogue.transaction(Mail.to("2@d.test"));
        dialogue.queue(second).play("SEND");
        second.cancel(Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted"));
        dialogue.wire().runPendingTasks();
        dialogue.play("=> NOT_SENT(cancelled) 2@d.test at queue\nS: 250 ok\n=> KEEP")
                .send(Mail.to("3@d.test"))
                .play("C: MAIL FROM:<a@b.test>\nS: 550 no\nC: QUIT\n=> REJECTED_PERM(550) 3@d.test at mail")
                .play("S: 221 bye\n=> CLOSED");
    }
}
