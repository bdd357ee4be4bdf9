/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs of {@code pipepost send} against the sink. */
@ExtendWith(Leaks.class)
class SendCommandTest {
    private static final byte[] CONTENT = "Subject: x\r\n\r\n.dot\r\n".getBytes(StandardCharsets.UTF_8);
    private static final String OK = "{\"code\":250,\"enhanced\":\"2.0.0\",\"lines\":[\"2.0.0 Ok: queued\"]}";

    @TempDir
    private Path directory;

    private CliRun send(int port, String... more) {
        return send(CONTENT, Map.of(), port, more);
    }

    private CliRun send(byte[] content, Map<String, String> environment, int port, String... more) {
        List<String> args =
                new ArrayList<>(List.of("send", "--server", "127.0.0.1:" + port, "--from", "a@b.test", "--data", "-"));
        args.addAll(List.of(more));
        return CliRun.of(content, environment, args);
    }

    private String ca(SmtpSink sink) throws IOException {
        return Files.writeString(
                        directory.resolve("ca.pem"), sink.certificates().authorityPem())
                .toString();
    }

    @Test
    void printsOneLineOfJson() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = send(sink.port(), "--tls", "none", "--json", "--to", "c@d.test");

            assertThat(run.status()).isZero();
            assertThat(run.err()).isEmpty();
            assertThat(run.lines()).hasSize(1);
            assertThat(run.lines().get(0).replaceFirst("\"millis\":\\d+}", "\"millis\":0}"))
                    .isEqualTo("{\"id\":\"0\",\"outcome\":\"accepted\",\"server\":\"127.0.0.1:" + sink.port()
                            + "\",\"tls\":null,\"reply\":" + OK + ",\"recipients\":[{\"address\":\"c@d.test\","
                            + "\"disposition\":\"accepted\",\"phase\":\"end-of-data\",\"reply\":" + OK
                            + ",\"cause\":null}],\"error\":null,\"millis\":0}");
            assertThat(sink.messages().get(0).content()).isEqualTo(CONTENT);
        }
    }

    @Test
    void sendsToAllRecipientsInTheirOrder() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = send(
                    sink.port(),
                    "--tls",
                    "none",
                    "--bcc",
                    "e@d.test",
                    "--cc",
                    "d@d.test",
                    "--to",
                    "c@d.test",
                    "--cc",
                    "é@d.test");

            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).startsWith("message 0: accepted, 4 of 4 recipients by ");
            assertThat(sink.messages().get(0).recipients())
                    .containsExactly("c@d.test", "d@d.test", "é@d.test", "e@d.test");
        }
    }

    @Test
    void tellsPartialAndRejectedApart() {
        try (SmtpSink sink = SmtpSink.builder()
                .reply(Phase.RCPT, path -> path.contains("<x"), Reply.of(550, "5.1.1 no\u001b such \"mailbox\""))
                .reply(Phase.RCPT, path -> path.contains("<l"), Reply.of(451, "4.7.1 later"))
                .start()) {
            String[] some = {"--tls", "none", "--json", "--to", "c@d.test", "--to", "x@d.test", "--to", "l@d.test"};
            CliRun partial = send(sink.port(), some);
            assertThat(partial.status()).isEqualTo(1);
            assertThat(partial.out()).contains("\"outcome\":\"partial\"", "5.1.1 no\\u001b such \\\"mailbox\\\"");
            assertThat(partial.dispositions())
                    .containsEntry("c@d.test", "accepted at end-of-data")
                    .containsEntry("x@d.test", "rejected-permanent at rcpt")
                    .containsEntry("l@d.test", "rejected-temporary at rcpt");

            CliRun text = send(sink.port(), "--tls", "none", "--to", "c@d.test", "--to", "x@d.test");
            assertThat(text.status()).isEqualTo(1);
            assertThat(text.lines()).hasSize(3);
            assertThat(text.out()).contains("  x@d.test rejected-permanent at rcpt: 550 5.1.1 no\\u001b such");

            CliRun rejected = send(sink.port(), "--tls", "none", "--json", "--to", "x@d.test");
            assertThat(rejected.status()).isEqualTo(1);
            assertThat(rejected.out()).contains("\"outcome\":\"rejected\"");
        }
    }

    @Test
    void reportsARefusedBody() {
        try (SmtpSink sink = SmtpSink.builder()
                .reply(Phase.END_OF_DATA, Reply.of(554, "5.6.0 no such content"))
                .start()) {
            CliRun run = send(sink.port(), "--tls", "none", "--to", "c@d.test");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("554 5.6.0 no such content");
        }
    }

    @Test
    void saysSoIfTheOutcomeIsNotKnown() {
        try (SmtpSink sink = SmtpSink.builder().dropAfter(Phase.END_OF_DATA).start()) {
            CliRun run = send(sink.port(), "--tls", "none", "--json", "--to", "c@d.test");
            assertThat(run.status()).isEqualTo(3);
            assertThat(run.out()).contains("\"outcome\":\"indeterminate\"", "\"cause\":\"connection-lost\"");
        }
    }

    @Test
    void deliversToNobodyUnlessToAll() {
        try (SmtpSink sink = SmtpSink.builder()
                .reply(Phase.RCPT, path -> path.contains("<x"), Reply.of(550, "no"))
                .start()) {
            CliRun run = send(
                    sink.port(), "--tls", "none", "--json", "--all-or-nothing", "--to", "c@d.test", "--to", "x@d.test");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.out()).contains("\"outcome\":\"rejected\"", "\"cause\":\"cancelled\"");
            assertThat(sink.counters().messages()).isZero();
        }
    }

    @Test
    void repeatsThroughThePool() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            CliRun run = send(
                    sink.port(),
                    "--tls",
                    "none",
                    "--json",
                    "--repeat",
                    "200",
                    "--connections",
                    "3",
                    "--to",
                    "c@d.test");
            assertThat(run.status()).isZero();
            assertThat(run.lines()).hasSize(200).allMatch(line -> line.contains("\"outcome\":\"accepted\""));
            assertThat(run.lines().stream().map(line -> line.substring(0, line.indexOf(','))))
                    .doesNotHaveDuplicates();
            assertThat(sink.counters().messages()).isEqualTo(200);
            assertThat(sink.counters().connections()).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void logsInOverStartTlsByFileAndVariable() throws IOException {
        String file = Files.writeString(directory.resolve("pw"), "pä ss:word\nsecond line\n")
                .toString();
        try (SmtpSink sink = SmtpSink.builder()
                .requireTls()
                .credentials("alice", "pä ss:word")
                .requireAuth()
                .start()) {
            String ca = ca(sink);
            for (String[] login : List.of(
                    new String[] {"--password-file", file, "--auth", "plain"},
                    new String[] {"--password-env", "PW", "--auth", "LOGIN"})) {
                List<String> args = CliRun.args(
                        List.of(
                                "--ca",
                                ca,
                                "--trust",
                                "flight",
                                "--json",
                                "--transcript",
                                "--to",
                                "c@d.test",
                                "--user",
                                "alice"),
                        login);
                CliRun run = send(CONTENT, Map.of("PW", "pä ss:word"), sink.port(), args.toArray(String[]::new));
                assertThat(run.status()).as(run.err()).isZero();
                assertThat(run.out()).contains("\"tls\":{\"protocol\":\"TLSv1.3\",\"cipher\":\"TLS_");
                assertThat(run.err()).contains("C: AUTH " + login[3].toUpperCase(java.util.Locale.ROOT));
                assertThat(run.err()).doesNotContain("ss:word").contains("C: <20 octets>");
            }
        }
    }

    @Test
    void sendsNothingWithAWrongPassword() throws IOException {
        try (SmtpSink sink = SmtpSink.builder()
                .requireTls()
                .credentials("alice", "right")
                .requireAuth()
                .start()) {
            CliRun run = send(
                    CONTENT,
                    Map.of("PW", "wrong-4711"),
                    sink.port(),
                    "--ca",
                    ca(sink),
                    "--to",
                    "c@d.test",
                    "--user",
                    "alice",
                    "--password-env",
                    "PW");
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("535").doesNotContain("4711");
        }
    }

    @Test
    void sendsNoPasswordWithoutTls() {
        try (SmtpSink sink =
                SmtpSink.builder().credentials("alice", "secret").requireAuth().start()) {
            String[] args = {"--tls", "none", "--json", "--to", "c@d.test", "--user", "alice", "--password-env", "PW"};
            CliRun refused = send(CONTENT, Map.of("PW", "secret"), sink.port(), args);
            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.out()).contains("\"cause\":\"auth-unavailable\"");

            String[] allowed =
                    CliRun.args(List.of(args), "--allow-plaintext-auth").toArray(String[]::new);
            assertThat(send(CONTENT, Map.of("PW", "secret"), sink.port(), allowed)
                            .status())
                    .isZero();
        }
    }

    @Test
    void trustsOnlyWhatItIsToldTo() {
        try (SmtpSink sink = SmtpSink.builder().startTls().start()) {
            CliRun refused = send(sink.port(), "--json", "--to", "c@d.test");
            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.out()).contains("\"cause\":\"tls-failed\"");
            assertThat(refused.err()).isEmpty();

            CliRun insecure = send(sink.port(), "--insecure", "--json", "--to", "c@d.test");
            assertThat(insecure.status()).isZero();
            assertThat(insecure.err()).contains("WARNING");
            assertThat(insecure.lines()).hasSize(1);
        }
    }

    @Test
    void requiresTlsUnlessToldOtherwise() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            CliRun refused = send(sink.port(), "--json", "--to", "c@d.test");
            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.out()).contains("\"cause\":\"tls-required\"");
            assertThat(send(sink.port(), "--tls", "if-offered", "--to", "c@d.test")
                            .status())
                    .isZero();
        }
    }

    @Test
    void speaksImplicitTls() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start()) {
            CliRun run = CliRun.of(
                    CONTENT,
                    Map.of(),
                    List.of(
                            "send",
                            "--server",
                            "smtps://localhost:" + sink.port(),
                            "--ca",
                            ca(sink),
                            "--from",
                            "",
                            "--to",
                            "postmaster",
                            "--data",
                            "-"));
            assertThat(run.status()).as(run.err()).isZero();
        }
    }

    @Test
    void shapesFlightsAsTold() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            String[] stranger = {"--tls", "none", "--transcript", "--to", "c@d.test"};
            assertThat(send(sink.port(), stranger).err()).contains("C: DATA\n").doesNotContain("C: BDAT");
            String[] plain = {"--tls", "none", "--trust", "flight", "--transcript=full", "--to", "c@d.test"};
            assertThat(send(sink.port(), plain).err()).contains("C: BDAT 20 LAST\nC: Subject: x\n");
            assertThat(send(
                                    sink.port(),
                                    CliRun.args(List.of(plain), "--chunking", "off")
                                            .toArray(String[]::new))
                            .err())
                    .contains("C: DATA\n", "C: ..dot\nC: .\n");
            assertThat(send(
                                    sink.port(),
                                    CliRun.args(List.of(plain), "--disable", "chunking", "--disable", "SIZE")
                                            .toArray(String[]::new))
                            .err())
                    .contains("C: DATA\n", "C: MAIL FROM:<a@b.test>\n");
            assertThat(send(
                                    sink.port(),
                                    CliRun.args(List.of(plain), "--pipelining", "off", "--ehlo", "me.test")
                                            .toArray(String[]::new))
                            .err())
                    .contains("C: EHLO me.test\n", "C: MAIL FROM:<a@b.test> SIZE=20\nS: 250 ");
        }
    }

    @Test
    void refusesContentThatMayNotBeSent() {
        byte[] bare = "Subject: x\n\nx\n".getBytes(StandardCharsets.UTF_8);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun rejected =
                    send(bare, Map.of(), sink.port(), "--tls", "none", "--bare-newlines", "reject", "--to", "c@d.test");
            assertThat(rejected.status()).isEqualTo(2);
            assertThat(rejected.err().lines()).hasSize(1);
            assertThat(send(bare, Map.of(), sink.port(), "--tls", "none", "--to", "c@d.test")
                            .status())
                    .isZero();
            assertThat(sink.messages().get(0).text()).isEqualTo("Subject: x\r\n\r\nx\r\n");
        }
    }

    @Test
    void readsLargeContentFromStandardInput() throws IOException {
        byte[] large =
                ("Subject: x\r\n\r\n" + "a line of twenty octets\r\n".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(send(large, Map.of(), sink.port(), "--tls", "none", "--to", "c@d.test")
                            .status())
                    .isZero();
            assertThat(sink.messages().get(0).content()).isEqualTo(large);
        }
    }

    @Test
    void saysSoWhereNobodyListensAndWhereNobodySpeaksSmtp() throws IOException {
        CliRun refused = send(ClosedPort.take(), "--json", "--to", "c@d.test");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.out()).contains("\"phase\":\"connect\"", "\"cause\":\"connect-failed\"");

        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> speakHttp(socket));
            server.start();
            CliRun wrong = send(socket.getLocalPort(), "--json", "--to", "c@d.test");
            assertThat(wrong.status()).isEqualTo(2);
            assertThat(wrong.out()).contains("\"phase\":\"greeting\"", "\"cause\":\"protocol-violation\"");
        }
    }

    private static void speakHttp(ServerSocket socket) {
        try (Socket accepted = socket.accept()) {
            accepted.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            accepted.getInputStream().read();
        } catch (IOException e) {
            // the assertions tell
        }
    }

    @Test
    void endsWaitingWhenTold() {
        try (SmtpSink sink =
                SmtpSink.builder().latency(java.time.Duration.ofMinutes(5)).start()) {
            CliRun run = send(sink.port(), "--json", "--timeout", "greeting=50ms", "--to", "c@d.test");
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.out()).contains("\"phase\":\"greeting\"", "\"cause\":\"timeout\"");
        }
    }

    @Test
    void triesServersInTheirOrder() throws Exception {
        int closedPort = ClosedPort.take();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpSink spare = SmtpSink.builder().start()) {
            String[] servers = {
                "--server", "127.0.0.1:" + sink.port(), "--server", "127.0.0.1:" + spare.port(), "--to", "c@d.test"
            };
            CliRun run = send(
                    closedPort,
                    CliRun.args(List.of(servers), "--tls", "none", "--json").toArray(String[]::new));

            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).contains("\"server\":\"127.0.0.1:" + sink.port() + "\"");
            assertThat(spare.counters().messages()).isZero();
        }
    }

    @Test
    void givesAMessageUpAfterItsWholeTime() {
        try (SmtpSink sink = SmtpSink.builder().latency(Duration.ofSeconds(5)).start()) {
            CliRun run = send(sink.port(), "--tls", "none", "--json", "--to", "c@d.test", "--timeout", "total=300ms");
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.out()).contains("\"outcome\":\"not-sent\"", "\"cause\":\"timeout\"");
        }
    }
}
