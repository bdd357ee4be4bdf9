/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** One signal ends the program, in processes of its own: whatever it waits for. */
@EnabledOnOs(OS.LINUX)
class StopIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration STALLED = Duration.ofHours(1);

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();
    private BulkFixture bulk;

    @BeforeEach
    void createFixture() {
        bulk = new BulkFixture(directory);
    }

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(List<String> args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                Path.of("target", "pipepost.jar").toAbsolutePath().toString()));
        command.addAll(args);
        Process process = new ProcessBuilder(command)
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private CliRun terminate(Process process, Duration patience) throws IOException, InterruptedException {
        process.toHandle().destroy();
        return end(process, patience);
    }

    private CliRun end(Process process, Duration patience) throws IOException, InterruptedException {
        assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
                .as("ended")
                .isTrue();
        return new CliRun(process.exitValue(), read("out"), read("err"));
    }

    private String read(String name) throws IOException {
        return Files.readString(directory.resolve(name), StandardCharsets.UTF_8);
    }

    private static List<String> load(SmtpSink sink, String... more) {
        return CliRun.args(
                List.of("load", "--server", "127.0.0.1:" + sink.port(), "--tls", "none", "--messages", "100000000"),
                more);
    }

    private interface Condition {
        boolean isMet() throws IOException;
    }

    /** Waits for what a program does that nothing announces. */
    private static void await(Process process, String what, Condition condition)
            throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + SOON.toNanos();
        while (!condition.isMet()) {
            assertThat(process.isAlive() && System.nanoTime() - giveUpAt < 0)
                    .as(what)
                    .isTrue();
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void bulkWhoseInputGivesNothing() throws Exception {
        Path fifo = bulk.fifo("fifo");
        try (SmtpSink sink = SmtpSink.builder().start()) {
            List<String> args = bulk.args(sink.port());
            args.set(1, fifo.toString());
            Process process = start(args);
            try (Writer writer = Files.newBufferedWriter(fifo)) {
                writer.write(BulkFixture.line("m", "c@d.test") + "\n");
                writer.flush();
                sink.awaitCount(1, SOON);
                CliRun run = terminate(process, SOON);

                assertThat(run.status()).as(run.err()).isEqualTo(4);
                assertThat(run.out()).startsWith("messages 1, accepted 1, ");
                assertThat(bulk.outcomes()).containsEntry("m", "accepted");
            }
        }
    }

    /** Its input is one line without an end. */
    @Test
    void bulkWhoseInputNeverEnds() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            List<String> args = bulk.args(sink.port());
            args.set(1, "/dev/zero");
            Process process = start(args);
            await(process, "a ledger", () -> Files.exists(bulk.ledger));
            // The handler is there as soon as progress is.
            await(process, "progress", () -> !read("err").isEmpty());
            CliRun run = terminate(process, SOON);
            assertThat(run.status()).as(run.err()).isEqualTo(4);
        }
    }

    /** As long as the client drains, half a minute, and then it says what became of each message. */
    @Test
    void bulkWhoseServerHasStalled() throws Exception {
        bulk.writeMessages(1_000);
        try (SmtpSink sink = SmtpSink.builder().latency(STALLED).start()) {
            Process process = start(bulk.args(sink.port()));
            await(process, "a connection", () -> sink.counters().connections() > 0);
            CliRun run = terminate(process, Duration.ofSeconds(60));

            assertThat(run.status()).as(run.err()).isEqualTo(4);
            assertThat(bulk.outcomes()).isNotEmpty().containsValue("not-sent");
            assertThat(bulk.outcomes().keySet()).containsExactlyInAnyOrderElementsOf(bulk.started());
        }
    }

    @Test
    void loadWithWhatItHasMeasured() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Process process = start(load(sink, "--warmup", "0", "--json"));
            sink.awaitCount(100, SOON);
            CliRun run = terminate(process, SOON);

            assertThat(run.status()).as(run.err()).isEqualTo(4);
            assertThat(run.err()).contains("interrupted after ").contains(" of 100,000,000 messages");
            assertThat(run.lines()).hasSize(1);
            Object messages = JsonReader.object(run.out().getBytes(StandardCharsets.UTF_8))
                    .get("messages");
            assertThat((Integer) messages).isBetween(100, (int) sink.counters().messages());
        }
    }

    @Test
    void loadWhoseServerHasStalled() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().latency(STALLED).start()) {
            for (List<String> more : List.of(List.of("--warmup", "0"), List.of("--rate", "0.001"))) {
                long before = sink.counters().connections();
                Process process = start(load(sink, more.toArray(String[]::new)));
                await(process, "a connection", () -> sink.counters().connections() > before);
                CliRun run = terminate(process, SOON);
                assertThat(run.status()).as(run.err()).isEqualTo(4);
                assertThat(run.err()).contains("pipepost load: interrupted ");
                assertThat(run.out()).isEmpty();
            }
        }
    }

    /** It waits for standard input, and a signal does what it does to any program. */
    @Test
    void sendThatWaitsForItsContent() throws Exception {
        Process process = start(
                List.of("send", "--server", "127.0.0.1:1", "--from", "a@b.test", "--to", "c@d.test", "--data", "-"));
        process.getOutputStream().write("Subject: x\n".repeat(200_000).getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        assertThat(terminate(process, SOON).status()).isEqualTo(128 + 15);
    }
}
