/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a connection that ends: a step is named only if it was under way. */
class EndingsTest {
    private final List<@Nullable Failure> ends = new ArrayList<>();

    private Dialogue dialogue() {
        return new Dialogue().observer(new SmtpObserver() {
            @Override
            public void closed(long session, @Nullable Failure failure) {
                ends.add(failure);
            }
        });
    }

    private Failure end() {
        assertThat(ends).hasSize(1);
        return Objects.requireNonNull(ends.get(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CLOSE         | connection-lost         | Connection lost between messages: ended by the server",
                "S: 421 later  | server-closing, 421     | The server closes the connection between messages: 421 later",
                "S: 250 hello  | protocol-violation, 250 | The server sent a reply that nothing had asked for: 250 hello",
            })
    void betweenMessages(String event, String kind, String sentence) {
        dialogue().open().play(event + "\n=> DROP(" + kind + ") at idle\n");
        assertThat(end().message()).isEqualTo(sentence);
        assertThat(end().phase()).isEqualTo(Phase.IDLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+1m          | timeout                 | No complete reply within 1 min at noop",
                "CLOSE        | connection-lost         | Connection lost at noop: ended by the server",
                "S: 421 later | server-closing, 421     | The server closes the connection at noop: 421 later",
                "S: 354 go on | protocol-violation, 354 | The server gave a reply that cannot stand at noop: 354 go on",
            })
    void commandsOfTheCaller(String event, String kind, String sentence) {
        Dialogue dialogue = dialogue().open();
        dialogue.session().command(Command.Simple.NOOP, new CompletableFuture<>());
        dialogue.play("C: NOOP\n" + event + "\n=> DROP(" + kind + ") at rset\n");
        assertThat(end().message()).isEqualTo(sentence);
    }

    /** Netty gives what TLS throws to the handlers behind it as well, when the session has ended of it already. */
    @Test
    void failuresOfTlsAreOfTheConnection() {
        assertThat(Endings.isOfConnection(new DecoderException(new SSLHandshakeException("no"))))
                .isTrue();
        assertThat(Endings.isOfConnection(new DecoderException(new IllegalStateException("no"))))
                .isFalse();
    }

    @Test
    void reset() {
        assertThat(Endings.lost(Phase.MAIL, "at mail", new IOException("Connection reset by peer"))
                        .message())
                .isEqualTo("Connection lost at mail: reset by the server");
        assertThat(Endings.lost(Phase.MAIL, "at mail", new IOException("Broken pipe"))
                        .message())
                .isEqualTo("Connection lost at mail: ended by the server");
    }

    /** Whatever is thrown on the event loop ends the session, also if it cannot be told of in its own words. */
    @Test
    void whatHasNoWordsEndsTheSession() {
        RuntimeException unspeakable = new RuntimeException() {
            private static final long serialVersionUID = 1L;

            @Override
            public String toString() {
                throw new AssertionError("The text of what was thrown");
            }
        };
        Dialogue dialogue = dialogue().open();
        dialogue.session().execute(() -> {
            throw unspeakable;
        });
        dialogue.wire().runPendingTasks();
        assertThat(dialogue.outcomes()).containsExactly("DROP(connection-lost) at idle");
        assertThat(end().message()).contains(unspeakable.getClass().getName());
    }
}
