/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.SmtpSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar as its users run it: in processes of its own. */
class CliIT {
    private static final byte[] CONTENT = "Subject: zażółć\r\n\r\n.dot\r\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    private ProcessBuilder program(List<String> before, String... args) {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of("target", "pipepost.jar").toAbsolutePath().toString()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile());
    }

    private Process start(String... args) throws IOException {
        return program(List.of(), args).start();
    }

    private CliRun run(byte[] in, String... args) throws IOException, InterruptedException {
        return run(in, start(args));
    }

    private CliRun run(byte[] in, Process process) throws IOException, InterruptedException {
        try {
            process.getOutputStream().write(in);
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new CliRun(process.exitValue(), out, Files.readString(directory.resolve("err")));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void demoProvesThatNothingChangesOnTheWay() throws Exception {
        CliRun demo = run(new byte[0], "demo");

        assertThat(demo.err()).as("nothing is said where no terminal is").isEmpty();
        assertThat(demo.status()).isZero();
        assertThat(demo.out())
                .contains("S: 220 sink.test", "C: STARTTLS", "--- TLS TLSv1.3 ", "C: BDAT ", "S: 334 ***")
                .contains("2,001 of 2,001 messages at the server equal what was sent");
    }

    @Test
    void sendsToASinkThatCountsUntilItIsTerminated() throws Exception {
        Path ca = directory.resolve("ca.pem");
        Path saved = directory.resolve("mail");
        Process sink = start("sink", "--port", "0", "--write-ca", ca.toString(), "--save", saved.toString());
        try (BufferedReader lines = sink.inputReader(StandardCharsets.UTF_8)) {
            String ready = lines.readLine();
            assertThat(ready).matches("ready 127\\.0\\.0\\.1:\\d+");

            CliRun sent = run(
                    CONTENT,
                    "send",
                    "--server",
                    ready.substring("ready ".length()),
                    "--ca",
                    ca.toString(),
                    "--from",
                    "a@b.test",
                    "--to",
                    "c@d.test",
                    "--data",
                    "-",
                    "--json");

            assertThat(sent.err()).isEmpty();
            assertThat(sent.status()).isZero();
            assertThat(sent.lines()).hasSize(1);
            assertThat(sent.dispositions()).containsEntry("c@d.test", "accepted at end-of-data");
            assertThat(saved.resolve("000001.eml")).hasBinaryContent(CONTENT);

            // Process.destroy would close the stream that is to be read.
            sink.toHandle().destroy();
            assertThat(lines.readLine())
                    .isEqualTo("connections 1, messages 1, octets %d, recipients accepted 1, refused 0"
                            .formatted(CONTENT.length));
            assertThat(sink.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(sink.exitValue()).isEqualTo(128 + 15);
        } finally {
            sink.destroyForcibly();
        }
    }

    /** By a shell, since this process may have a locale without such names. */
    private CliRun attachChineseName(String locale, SmtpSink sink) throws IOException, InterruptedException {
        String script = """
                file=$1/$(printf '\\345\\217\\221\\347\\245\\250.pdf')
                echo octets > "$file"
                shift
                exec "$@" --attach "$file"
                """;
        ProcessBuilder program = program(
                List.of("/bin/sh", "-c", script, "sh", directory.toString()),
                "send",
                "--server",
                "127.0.0.1:" + sink.port(),
                "--tls",
                "none",
                "--from",
                "a@b.test",
                "--to",
                "c@d.test",
                "--text",
                "x");
        program.environment().put("LC_ALL", locale);
        return run(new byte[0], program.start());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void attachesFilesOfAnyNameThatTheLocaleHas() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun sent = attachChineseName("C.UTF-8", sink);
            assertThat(sent.status()).as(sent.err()).isZero();
            ReadMail mail = ReadMail.of(sink.messages().get(0).content());
            assertThat(mail.parts())
                    .containsExactly("multipart/mixed", "  text/plain", "  application/pdf attachment 发票.pdf");
            assertThat(mail.text(1)).isEqualTo("octets\n");

            CliRun refused = attachChineseName("C", sink);
            assertThat(refused.status()).isEqualTo(64);
            assertThat(refused.err()).startsWith("pipepost: --attach: found ").contains("LC_ALL=C.UTF-8");
            assertThat(sink.messages()).hasSize(1);
        }
    }

    @Test
    void tellsItsVersionAndItsUse() throws Exception {
        assertThat(run(new byte[0], "--version").out()).matches("pipepost \\d+\\.\\d+\\.\\d+.*\\R");
        CliRun wrong = run(new byte[0], "send", "--bogus");
        assertThat(wrong.status()).isEqualTo(64);
        assertThat(wrong.err().lines()).hasSize(1);
        assertThat(wrong.out()).isEmpty();
    }
}
