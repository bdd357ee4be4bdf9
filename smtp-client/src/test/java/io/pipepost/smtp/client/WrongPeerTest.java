/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.inClear;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.security;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that speak something else, stop speaking, or never stop. */
@ExtendWith(Leaks.class)
class WrongPeerTest {
    private static final String OPENING = "S: 220 x\nC: EHLO client.test\n";
    private static final String QUIT = "C: QUIT\nS: 221 bye\nEOF\n";
    private static final Credentials USER = Credentials.password("test", "1234");
    private static final Security CLEAR = Security.of(TlsMode.NONE).allowAuthWithoutTls();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\\r\\nConnection: close\\r\\n\\r\\n",
                "SSH-2.0-OpenSSH_9.6\\r\\n",
                "\\x15\\x03\\x01\\0\\x02\\x02\\x0a\\r\\n",
                "+OK POP3 ready\\r\\n",
                "* OK IMAP4 ready\\r\\n",
                "\\xff\\xfb\\x01\\r\\n",
                "\\r\\n"
            })
    void s40_otherProtocols(String banner) {
        for (TlsMode mode : new TlsMode[] {TlsMode.NONE, TlsMode.STARTTLS}) {
            try (ScriptedServer server = ScriptedServer.play("S| " + banner + "\nEOF")) {
                SmtpException failure =
                        refusal(to(server.port(), security(mode)).credentials(USER));
                assertFailure(failure, FailureCause.PROTOCOL_VIOLATION, Phase.GREETING);
                assertThat(failure.getMessage()).doesNotContain("\r", "\n").hasSizeLessThan(200);
            }
        }
    }

    /** A TLS server on a port where clear text is expected waits for a ClientHello, or sends an alert without a line end. */
    @Test
    void s40_alertWithoutLineEnd() {
        try (ScriptedServer server = ScriptedServer.play("S| \\x15\\x03\\x01\\0\\x02\\x02\\x28\nCLOSE")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.CONNECTION_LOST, Phase.GREETING);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s40_plainTextOnAnImplicitPort(TlsEngine engine) {
        for (String banner :
                new String[] {"220 mx.test ESMTP\\r\\n", "HTTP/1.1 400 Bad Request\\r\\n\\r\\n", "SSH-2.0-x\\r\\n"}) {
            try (ScriptedServer server = ScriptedServer.play("C* 5\nS| " + banner + "\nDRAIN")) {
                SmtpException failure =
                        refusal(to(server.port(), security(TlsMode.IMPLICIT).engine(engine))
                                .credentials(USER));
                assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
                assertThat(failure.getMessage()).doesNotContain("\r", "\n");
            }
        }
    }

    @Test
    void s40_closesAtOnce() {
        try (ScriptedServer server = ScriptedServer.play("CLOSE")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.CONNECTION_LOST, Phase.GREETING);
        }
        try (ScriptedServer server = ScriptedServer.play("C* 5\nCLOSE\nDRAIN")) {
            SmtpException failure = refusal(to(server.port(), security(TlsMode.IMPLICIT)));
            assertThat(failure.phase()).isEqualTo(Phase.TLS);
        }
    }

    private static SmtpException timeout(SmtpClient.Builder builder, Phase phase) {
        long start = System.nanoTime();
        SmtpException failure = refusal(builder.timeouts(Timeouts.DEFAULT.with(phase, Duration.ofMillis(150))));
        assertFailure(failure, FailureCause.TIMEOUT, phase);
        assertThat(failure).isInstanceOf(SmtpException.Timeout.class);
        assertThat(failure.isTransient()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(140), Duration.ofSeconds(3));
        return failure;
    }

    /** Also S-40: a port that accepts and says nothing. */
    @Test
    void s33_noGreeting() {
        try (ScriptedServer server = ScriptedServer.play("EOF")) {
            assertThat(timeout(inClear(server.port()), Phase.GREETING))
                    .hasMessageContaining(
                            "within 150 ms at greeting; a silent server often wants TLS from the first octet: TlsMode.IMPLICIT");
        }
    }

    @Test
    void s33_noTlsHandshake() {
        try (ScriptedServer server = ScriptedServer.play("C* 5\nDRAIN")) {
            timeout(to(server.port(), security(TlsMode.IMPLICIT)), Phase.TLS);
        }
        try (ScriptedServer server =
                ScriptedServer.play(OPENING + "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nC* 5\nDRAIN")) {
            timeout(to(server.port(), security(TlsMode.STARTTLS)), Phase.TLS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S: 502 no\nC: HELO client.test\n", "S| 250-x\\r\\n\n", "S| 250 x\\r\n"})
    void s33_noReplyToEhlo(String dialogue) {
        try (ScriptedServer server = ScriptedServer.play(OPENING + dialogue + "EOF")) {
            timeout(inClear(server.port()), Phase.EHLO);
        }
    }

    @Test
    void s33_noReplyToEhloUnderTls() {
        try (ScriptedServer server = ScriptedServer.play(
                OPENING + "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\nC: EHLO client.test\nDRAIN")) {
            SmtpException failure = refusal(to(server.port(), security(TlsMode.STARTTLS))
                    .timeouts(Timeouts.DEFAULT.with(Phase.EHLO, Duration.ofMillis(400))));
            assertFailure(failure, FailureCause.TIMEOUT, Phase.EHLO);
        }
    }

    @Test
    void s33_noReplyToStartTls() {
        try (ScriptedServer server = ScriptedServer.play(OPENING + "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nEOF")) {
            timeout(to(server.port(), security(TlsMode.STARTTLS)), Phase.STARTTLS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"C: AUTH LOGIN\n", "C: AUTH LOGIN\nS: 334\nC: dGVzdA==\n", "C: AUTH LOGIN\nS: 334 !\nC: *\n"})
    void s33_noReplyToAuth(String dialogue) {
        try (ScriptedServer server =
                ScriptedServer.play(OPENING + "S: 250-x\nS: 250 AUTH LOGIN\n" + dialogue + "EOF")) {
            timeout(to(server.port(), CLEAR).credentials(USER), Phase.AUTH);
        }
    }

    /** R-5321-14: more lines do not extend the deadline. */
    @Test
    void s32_endlessEhloInTime() throws Exception {
        try (Flood flood = new Flood("220 x\r\n", "250-x\r\n", 20)) {
            timeout(inClear(flood.port()), Phase.EHLO);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"250-x\r\n", "250-XXXXXXXX 12345678901234567890\r\n", "2", "250-"})
    void s32_endlessReply(String piece) throws Exception {
        try (Flood flood = new Flood("220 x\r\n", piece, 0)) {
            assertFailure(refusal(inClear(flood.port())), FailureCause.PROTOCOL_VIOLATION, Phase.EHLO);
        }
        try (Flood flood = new Flood("", piece, 0)) {
            assertFailure(refusal(inClear(flood.port())), FailureCause.PROTOCOL_VIOLATION, Phase.GREETING);
        }
    }

    @Test
    void s32_asManyKeywordsAsAllowed() throws Exception {
        String keywords = "S: 250-X-KEYWORD\n".repeat(998);
        try (ScriptedServer server =
                ScriptedServer.play(OPENING + "S: 250-x\n" + keywords + "S: 250 SIZE 7\n" + QUIT)) {
            assertThat(visit(inClear(server.port())).extensions().sizeLimit()).hasValue(7);
        }
        try (ScriptedServer server =
                ScriptedServer.play(OPENING + "S: 250-x\n" + keywords + "S: 250-Y\nS: 250 SIZE 7\nDRAIN")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.PROTOCOL_VIOLATION, Phase.EHLO);
        }
    }

    /** S-23: what hostile servers say goes into messages escaped and shortened. */
    @Test
    void s23_hostileText() {
        try (ScriptedServer server = ScriptedServer.play(
                "S| 554 \\x1b[2J\\xe2\\x80\\xae\\rno\\0" + "A".repeat(15_000) + "\\r\\n\n" + QUIT)) {
            String message = String.valueOf(refusal(inClear(server.port())).getMessage());
            assertThat(message).hasSizeLessThan(1024).doesNotContain("\u001b", "\u202e", "\r", "\n", "\0");
        }
    }

    /** Says a greeting, waits for a line, then repeats a piece until the client has had enough. */
    private static final class Flood implements AutoCloseable {
        private final ServerSocket listener =
                new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));

        Flood(String greeting, String piece, int pause) throws IOException {
            Thread thread = new Thread(
                    () -> {
                        try (Socket socket = listener.accept()) {
                            pour(socket, greeting, piece, pause);
                        } catch (IOException | InterruptedException e) {
                            // The client has hung up, as it should.
                        }
                    },
                    "flood");
            thread.setDaemon(true);
            thread.start();
        }

        private static void pour(Socket socket, String greeting, String piece, int pause)
                throws IOException, InterruptedException {
            OutputStream out = socket.getOutputStream();
            out.write(greeting.getBytes(StandardCharsets.US_ASCII));
            if (!greeting.isEmpty()) {
                while (socket.getInputStream().read() != '\n') {
                    // EHLO, octet by octet
                }
            }
            byte[] octets = (pause > 0 ? piece : piece.repeat(500)).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                out.write(octets);
                Thread.sleep(pause);
            }
        }

        int port() {
            return listener.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
