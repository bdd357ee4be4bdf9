/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static io.pipepost.smtp.client.internal.session.Dialogue.D;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole dialogues of a session without TLS, and that a script notices what it does not name. */
@ExtendWith(Leaks.class)
class DialogueTest {
    /** R-5321-15, 26, 28, 48, 64; R-5321-40. */
    @Test
    void B1_lockStepWithoutExtensions() {
        Dialogue dialogue = p().send(Mail.to("c@d.test").content("Subject: x\r\n\r\n.dot\r\nlast"))
                .play(D + """
                        C| Subject: x\\r\\n\\r\\n..dot\\r\\nlast\\r\\n.\\r\\n
                        S: 250 2.0.0 queued
                        => ACCEPTED c@d.test
                        => KEEP
                        """);
        dialogue.session().retire();
        dialogue.play("""
                C: QUIT
                S: 221 bye
                => CLOSED
                """);
    }

    @Test
    void unexpectedOctetFails() {
        assertThatThrownBy(() -> p().send(Mail.to("c@d.test")).play("")).isInstanceOf(AssertionError.class);
    }

    @Test
    void unexpectedOutcomeFails() {
        assertThatThrownBy(() -> p().send(Mail.to("c@d.test")).play(D + CONTENT + "S: 250 ok"))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void otherOctetFails() {
        assertThatThrownBy(() -> p().send(Mail.to("c@d.test")).play("C: MAIL FROM:<a@c.test>"))
                .isInstanceOf(AssertionError.class);
    }
}
