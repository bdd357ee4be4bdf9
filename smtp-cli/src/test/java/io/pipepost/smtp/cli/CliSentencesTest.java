/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whoever sits at the command line is told to do. */
class CliSentencesTest {
    @TempDir
    private Path directory;

    private static CliRun send(int port, String... more) {
        List<String> args = List.of(
                "send", "--server", "127.0.0.1:" + port, "--from", "a@b.test", "--to", "c@d.test", "--data", "-");
        return CliRun.of("x\r\n".getBytes(StandardCharsets.UTF_8), Map.of(), CliRun.args(args, more));
    }

    @Test
    void silentServer() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            assertThat(send(silent.getLocalPort(), "--timeout", "greeting=300ms")
                            .err())
                    .isEqualTo("pipepost send: No complete reply within 300 ms at greeting; a silent server often wants"
                            + " TLS from the first octet: --tls implicit\n");
        }
    }

    @Test
    void nameOfTheCertificate() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start()) {
            String ca = Files.writeString(
                            directory.resolve("ca.pem"), sink.certificates().authorityPem())
                    .toString();
            assertThat(send(sink.port(), "--tls", "implicit", "--ca", ca, "--tls-name", "mail.test")
                            .status())
                    .isZero();
            assertThat(send(sink.port(), "--tls", "implicit", "--ca", ca, "--tls-name", "mail.example")
                            .err())
                    .contains("expected mail.example; --tls-name says which name to expect instead");
            assertThat(send(sink.port(), "--tls-name", "a_b c").err()).contains("--tls-name: server name");
            assertThat(send(sink.port(), "--tls", "implicit").err())
                    .contains("is not trusted; --ca says whom to trust");
        }
    }

    @Test
    void certificatesWithoutTls() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            String ca = Files.writeString(
                            directory.resolve("ca.pem"), sink.certificates().authorityPem())
                    .toString();
            CliRun run = send(sink.port(), "--tls", "none", "--ca", ca);
            assertThat(run.status()).isZero();
            assertThat(run.err()).contains("warning: --ca is not used: with --tls none there are no certificates");
        }
    }
}
