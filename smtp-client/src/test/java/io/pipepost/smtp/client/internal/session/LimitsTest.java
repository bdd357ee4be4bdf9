/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.p;

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
}
