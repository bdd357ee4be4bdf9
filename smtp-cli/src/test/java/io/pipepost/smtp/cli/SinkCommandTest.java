/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pipepost send} to {@code pipepost sink}, both in this process. */
class SinkCommandTest {
    private static final byte[] CONTENT = "Subject: x\r\n\r\n.dot\r\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    /** A sink that ends when its thread is interrupted. */
    private static final class Running implements AutoCloseable {
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final AtomicInteger status = new AtomicInteger(-1);
        private final Thread thread;
        final String server;

        Running(Map<String, String> environment, String... args) throws InterruptedException {
            List<String> all = new ArrayList<>(List.of("sink", "--port", "0"));
            all.addAll(List.of(args));
            Terminal terminal = new Terminal(
                    new java.io.PrintStream(new LineStream(lines), true, StandardCharsets.UTF_8),
                    CliRun.stream(new ByteArrayOutputStream()),
                    InputStream.nullInputStream(),
                    environment::get,
                    null);
            thread = new Thread(() -> status.set(Pipepost.run(terminal, all.toArray(String[]::new))));
            thread.start();
            String ready = line();
            assertThat(ready).startsWith("ready 127.0.0.1:");
            server = ready.substring("ready ".length());
        }

        private String line() throws InterruptedException {
            String line = lines.poll(20, TimeUnit.SECONDS);
            assertThat(line).isNotNull();
            return line;
        }

        String end() throws InterruptedException {
            thread.interrupt();
            thread.join(20_000);
            assertThat(status).hasValue(0);
            return line();
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    /** Cuts what is printed into lines. */
    private static final class LineStream extends OutputStream {
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private final BlockingQueue<String> lines;

        LineStream(BlockingQueue<String> lines) {
            this.lines = lines;
        }

        @Override
        public void write(int octet) {
            if (octet == '\n') {
                lines.add(line.toString(StandardCharsets.UTF_8));
                line.reset();
            } else {
                line.write(octet);
            }
        }
    }

    private static CliRun send(String server, String... more) {
        List<String> args = List.of("send", "--server", server, "--json", "--from", "a@b.test", "--data", "-");
        return CliRun.of(CONTENT, Map.of("PW", "secret"), CliRun.args(args, more));
    }

    @Test
    void savesMessagesAndCounts() throws Exception {
        Path ca = directory.resolve("ca.pem");
        Path saved = directory.resolve("mail");
        Files.createDirectories(saved);
        Files.writeString(saved.resolve("000001.eml"), "of an earlier run");
        try (Running sink = new Running(
                Map.of("PW", "secret"),
                "--write-ca",
                ca.toString(),
                "--save",
                saved.toString(),
                "--user",
                "alice",
                "--password-env",
                "PW")) {
            CliRun run = send(
                    sink.server,
                    "--ca",
                    ca.toString(),
                    "--user",
                    "alice",
                    "--password-env",
                    "PW",
                    "--to",
                    "c@d.test",
                    "--to",
                    "e@d.test");

            assertThat(run.status()).as(run.out() + run.err()).isZero();
            assertThat(saved.resolve("000001.eml")).hasContent("of an earlier run");
            assertThat(saved.resolve("000002.eml")).hasBinaryContent(CONTENT);
            assertThat(saved.resolve("000002.json"))
                    .hasContent("{\"from\":\"a@b.test\",\"to\":[\"c@d.test\",\"e@d.test\"],"
                            + "\"parameters\":[\"SIZE=20\"],\"tls\":true,\"user\":\"alice\"}");
            assertThat(sink.end()).isEqualTo("connections 1, messages 1, octets 20, recipients accepted 2, refused 0");
        }
    }

    @Test
    void repliesHidesAndDropsAsTold() throws Exception {
        try (Running sink = new Running(
                Map.of(),
                "--tls",
                "none",
                "--reply",
                "RCPT=451 4.7.1 later",
                "--hide",
                "chunking",
                "--latency",
                "1ms")) {
            CliRun run = send(sink.server, "--tls", "none", "--transcript", "--to", "c@d.test");
            assertThat(run.dispositions()).containsEntry("c@d.test", "rejected-temporary at rcpt");
            assertThat(run.out()).contains("4.7.1 later");
            assertThat(run.err()).doesNotContain("CHUNKING");
        }
        try (Running sink = new Running(Map.of(), "--tls", "none", "--drop-after", "end-of-data")) {
            assertThat(send(sink.server, "--tls", "none", "--to", "c@d.test").status())
                    .isEqualTo(3);
        }
    }

    @Test
    void saysSoIfThePortIsTaken() throws Exception {
        try (Running sink = new Running(Map.of())) {
            CliRun run = CliRun.of("sink", "--port", sink.server.substring(sink.server.indexOf(':') + 1));
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("Cannot listen on");
        }
    }
}
