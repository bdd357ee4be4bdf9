/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers that never stop talking, once a session is open (S-32); see {@link WrongPeerTest} for those before. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class EndlessRepliesTest {
    /** What the kernels' buffers hold of what the client has no more use for. */
    private static final long BOUND = 24 << 20;

    private static final String LINES = "250-XXXXXXXX 12345678901234567890\r\n";
    private static final String NO_END = "2";
    private static final String UNASKED = "250 ok\r\n";

    /** What was poured out before the client hung up. */
    private final AtomicLong poured = new AtomicLong(-1);

    /** Repeats a piece until the client has had enough. */
    private void pour(RawServer.Connection connection, String piece) throws IOException {
        byte[] octets = piece.repeat(8_192 / piece.length()).getBytes(StandardCharsets.US_ASCII);
        OutputStream out = connection.socket().getOutputStream();
        long written = 0;
        try {
            while (written < 2 * BOUND) {
                out.write(octets);
                written += octets.length;
            }
        } finally {
            poured.set(written);
        }
    }

    private void assertStopped() {
        Mails.await("the client has hung up", () -> poured.get() >= 0);
        assertThat(poured).hasValueLessThan(BOUND);
    }

    private static Message message() {
        return Message.of("a@a.test", List.of("b@b.test"), Content.of("x\r\n"));
    }

    /** Reads so many lines, each answered with 250 or 354, then pours. */
    private RawServer pouringAfter(int lines, String piece) {
        return new RawServer(connection -> {
            connection.open();
            for (int i = 0; i < lines; i++) {
                String line = connection.readLine();
                if (!line.equals("x")) {
                    connection.send(line.equals("DATA") ? "354 go" : "250 ok");
                }
            }
            connection.readLine();
            pour(connection, piece);
        });
    }

    /** In lock-step: MAIL, RCPT, DATA, a line of content, the dot. */
    @ParameterizedTest
    @CsvSource({"0, MAIL, NOT_SENT", "1, RCPT, NOT_SENT", "2, DATA, NOT_SENT", "4, END_OF_DATA, INDETERMINATE"})
    void s32_endlessReply(int lines, Phase phase, Disposition disposition) {
        for (String piece : List.of(LINES, NO_END)) {
            poured.set(-1);
            try (RawServer server = pouringAfter(lines, piece);
                    SmtpClient client = Mails.client(server.port())
                            .drainTimeout(Duration.ZERO)
                            .build()) {
                Mails.Outcome outcome = Mails.outcome(client.send(message()));
                assertThat(outcome.disposition()).as("%s", outcome).isEqualTo(disposition);
                assertThat(outcome.failure().cause()).isEqualTo(FailureCause.PROTOCOL_VIOLATION);
                assertThat(outcome.failure().phase()).isEqualTo(phase);
                assertStopped();
            }
        }
    }

    @Test
    void s32_endlessReplyToQuit() {
        try (RawServer server = new RawServer(connection -> {
            connection.open();
            connection.takeMessage();
            connection.readLine();
            pour(connection, LINES);
        })) {
            try (SmtpClient client = Mails.client(server.port()).build()) {
                assertThat(Mails.outcome(client.send(message())).isAccepted()).isTrue();
            }
            assertStopped();
        }
    }

    /** The first message stands, and the next goes over another connection. */
    @Test
    void s32_endlessRepliesToNothing() {
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    connection.takeMessage();
                    if (connection.number() == 1) {
                        pour(connection, UNASKED);
                    }
                    connection.awaitEnd();
                });
                SmtpClient client =
                        Mails.client(server.port()).drainTimeout(Duration.ZERO).build()) {
            assertThat(Mails.outcome(client.send(message())).isAccepted()).isTrue();
            assertStopped();
            assertThat(Mails.outcome(client.send(message())).isAccepted()).isTrue();
            assertThat(server.connections()).hasSize(2);
        }
    }

    /**
     * They cannot be the answer to content that the socket has not taken yet. Whether the server may have a message all
     * the same (R-5321-74) depends on whether any of it was written when the first of them came.
     */
    @Test
    void s32_endlessRepliesWhileContentIsWritten() {
        byte[] octets = "x".repeat(62).concat("\r\n").repeat(1 << 19).getBytes(StandardCharsets.US_ASCII);
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    connection.readLine();
                    connection.send("250 ok");
                    connection.readLine();
                    connection.send("250 ok");
                    connection.readLine();
                    connection.send("354 go");
                    pour(connection, UNASKED);
                });
                SmtpClient client =
                        Mails.client(server.port()).drainTimeout(Duration.ZERO).build()) {
            Mails.Outcome outcome =
                    Mails.outcome(client.send(Message.of("a@a.test", List.of("b@b.test"), Content.of(octets))));
            assertThat(outcome.disposition()).as("%s", outcome).isIn(Disposition.NOT_SENT, Disposition.INDETERMINATE);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.PROTOCOL_VIOLATION);
            assertStopped();
        }
    }
}
