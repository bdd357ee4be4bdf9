/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptedServerTest {
    private static ScriptedServer impatient(String... scripts) {
        ScriptedServer.Builder builder = ScriptedServer.builder().timeout(Duration.ofMillis(200));
        for (String script : scripts) {
            builder.script(script);
        }
        return builder.start();
    }

    @Test
    void playsDialogue() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        # greeting and EHLO
                        S: 220 mx.test
                        C: EHLO client.test

                        S: 250-mx.test
                        S: 250 PIPELINING
                        C~ MAIL FROM:<.*>
                        C| RCPT TO:<a@b.test>\\r\\nDATA\\r\\n
                        S| 250 ok\\r\\n250 ok\\r\\n354\\x20
                        S| go\\r\\n
                        C* 6
                        C: .
                        S: 250 ok
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                Peer peer = new Peer(server.port())) {
            peer.expect(220).send("EHLO client.test\r\n").expect(250);
            peer.send("MAIL FROM:<x@y.test>\r\nRCPT TO:<a@b.test>\r\nDA").send("TA\r\n");
            peer.expect(250, 250, 354).send("what\r\n.\r\n").expect(250);
            peer.send("QUIT\r\n").expect(221).close();
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void linesInARowAreOneSegment() throws Exception {
        try (ScriptedServer server = ScriptedServer.builder()
                        .gap(Duration.ofMillis(200))
                        .script("S: 250-a\nS: 250 b\nS| 22\nS| 0 c\\r\\n\nC: x\n")
                        .start();
                Peer peer = new Peer(server.port())) {
            InputStream in = peer.socket().getInputStream();
            assertThat(new String(in.readNBytes(1), US_ASCII) + new String(in.readNBytes(in.available()), US_ASCII))
                    .isEqualTo("250-a\r\n250 b\r\n");
            assertThat(new String(in.readNBytes(1), US_ASCII) + new String(in.readNBytes(in.available()), US_ASCII))
                    .isEqualTo("22");
            assertThat(peer.line()).isEqualTo("0 c");
            peer.send("x\r\n");
        }
    }

    @Test
    void showsWhatWasExpectedAndFound() throws Exception {
        ScriptedServer server = ScriptedServer.play("S: 220 a\nC: EHLO client.test\nS: 250 b\n");
        try (Peer peer = new Peer(server.port())) {
            peer.expect(220).send("EHLO other.test\r\n").expectEnd();
        }
        assertThatThrownBy(server::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Script 1, line 2:")
                .hasMessageContaining("expected \"EHLO client.test\\r\\n\"")
                .hasMessageContaining("\"EHLO other.test\\r\\n\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "C: QUIT                 | QUIT\\r            | then nothing in time",
                "C: QUIT                 | QUIT\\n            | \"QUIT\\r\\n\"",
                "C: A                    | A\\r\\nB           | expected nothing more",
                "S: 220 x                | B                  | expected nothing more",
                "C~ [0-9]+               | 12x\\r\\n          | expected /[0-9]+/",
                "C~ [0-9]+               | 12\\n              | expected /[0-9]+/",
                "C* 5                    | abcd               | expected 5 octets",
                "SILENCE 300             | x                  | expected silence",
                "EOF                     | x                  | expected the end of the connection",
                "EOF                     | ''                 | then nothing in time",
                "DRAIN                   | abc                | expected the end of the connection",
                "TLS                     | EHLO\\r\\n         | Script 1, line 1",
            })
    void failsOnAnythingElse(String script, String sent, String message) throws Exception {
        ScriptedServer server = impatient(script);
        try (Peer peer = new Peer(server.port())) {
            peer.socket().getOutputStream().write(Octets.unescape(sent));
            awaitEnd(peer);
        }
        assertThatThrownBy(server::close).isInstanceOf(AssertionError.class).hasMessageContaining(message);
    }

    /** The server ends the connection at the first thing that is wrong. */
    private static void awaitEnd(Peer peer) {
        try {
            peer.socket().getInputStream().readAllBytes();
        } catch (IOException e) {
            assertThat(e).isNotInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void failsIfTheClientHangsUpEarly() throws Exception {
        ScriptedServer server = impatient("C: QUIT");
        try (Peer peer = new Peer(server.port())) {
            peer.send("QU");
        }
        assertThatThrownBy(server::close).hasMessageContaining("found    \"QU\", then the end");
    }

    @Test
    void failsWithoutConnection() {
        assertThatThrownBy(impatient("S: 220 x")::close).hasMessageContaining("Script 1: the client did not connect");
    }

    @Test
    void failsOnConnectionTooMany() throws Exception {
        ScriptedServer server = ScriptedServer.play("S: 220 one\nEOF", "S: 220 two\nEOF");
        try (Peer one = new Peer(server.port())) {
            assertThat(one.line()).isEqualTo("220 one");
        }
        try (Peer two = new Peer(server.port())) {
            assertThat(two.line()).isEqualTo("220 two");
        }
        assertThatCode(server::verify).doesNotThrowAnyException();
        try (Peer three = new Peer(server.port())) {
            three.expectEnd();
        }
        assertThatThrownBy(server::close).hasMessageContaining("Expected 2 connections, found 3");
    }

    @Test
    void speaksTls() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        C: STARTTLS
                        S: 220 go
                        TLS
                        C: EHLO c
                        S: 250 x
                        CLOSE
                        EOF
                        """);
                Peer peer = new Peer(server.port())) {
            peer.send("STARTTLS\r\n").expect(220).startTls(server.certificates());
            peer.send("EHLO c\r\n").expect(250).expectEnd().close();
        }
    }

    @Test
    void closesAndResets() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("S: 421 bye\nCLOSE", "S: 220 x\nC: y\nRESET");
                Peer closed = new Peer(server.port());
                Peer reset = new Peer(server.port())) {
            closed.expect(421).expectEnd();
            reset.expect(220).send("y\r\n");
            assertThatThrownBy(() -> reset.socket().getInputStream().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void lastReplySurvivesWhatIsStillBeingSent() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("C* 1\nS: 554 no\nCLOSE");
                Peer peer = new Peer(server.port())) {
            peer.send("x".repeat(300_000)).expect(554).expectEnd();
        }
    }

    @Test
    void clientMaySendAnythingBehindDrain() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("S: 554 no\nDRAIN");
                Peer peer = new Peer(server.port())) {
            peer.expect(554).send("x".repeat(100_000)).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"WHAT", "C* many", "S| \\q", "S| \\xZZ", "C~ (", "SILENCE long"})
    void refusesWhatMakesNoSense(String line) {
        assertThatThrownBy(() -> ScriptedServer.play("S: 220 x\n" + line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Script line 2 makes no sense: " + line);
    }

    @Test
    void octetsSurviveEscaping() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        String escaped = Octets.escape(all);
        assertThat(escaped).startsWith("\"\\0\\x01").contains("\\r").endsWith("\\xff\"");
        assertThat(Octets.unescape(escaped.substring(1, escaped.length() - 1))).isEqualTo(all);
    }
}
