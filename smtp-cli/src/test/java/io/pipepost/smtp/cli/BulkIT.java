/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code pipepost bulk} in processes of its own, which are killed. */
class BulkIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private BulkFixture bulk;

    @BeforeEach
    void createFixture() {
        bulk = new BulkFixture(directory);
    }

    private Process start(List<String> jvm, List<String> args) throws IOException {
        return start(List.of(), jvm, args);
    }

    private Process start(List<String> launcher, List<String> jvm, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of(
                "-jar", Path.of("target", "pipepost.jar").toAbsolutePath().toString()));
        command.addAll(args);
        return new ProcessBuilder(command)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
    }

    private Process start(int port, String... more) throws IOException {
        return start(List.of("-XX:TieredStopAtLevel=1"), bulk.args(port, more));
    }

    private static int await(Process process) throws InterruptedException {
        try {
            assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** How often each message is at the sink, by its subject, which is its id. */
    private static Map<String, Integer> copies(SmtpSink sink) {
        Map<String, Integer> copies = new HashMap<>();
        for (Received message : sink.messages()) {
            String text = message.text();
            copies.merge(text.substring("Subject: ".length(), text.indexOf('\r')), 1, Integer::sum);
        }
        return copies;
    }

    @Test
    void killedAnywhereItSendsNothingTwiceAndLosesNothing() throws Exception {
        int count = 4_000;
        Random random = new Random(20261121);
        bulk.writeMessages(count);
        try (SmtpSink sink =
                SmtpSink.builder().keepMessages().latency(Duration.ofMillis(3)).start()) {
            for (int round = 0; round < 12; round++) {
                long more = random.nextInt(250);
                Process process = start(sink.port());
                sink.awaitCount(sink.counters().messages() + more, SOON);
                process.destroyForcibly();
                await(process);
            }
            assertThat(copies(sink).size()).as("killed in the middle").isBetween(100, count - 100);

            assertThat(await(start(sink.port()))).isIn(0, 3);

            assertNothingTwiceOrLost(count, sink);
            assertThat(await(start(sink.port(), "--resend-indeterminate"))).isZero();
            assertThat(copies(sink)).hasSize(count);
            assertThat(bulk.outcomes()).hasSize(count).containsValue("accepted");
        }
    }

    private void assertNothingTwiceOrLost(int count, SmtpSink sink) {
        Map<String, Integer> copies = copies(sink);
        Map<String, String> outcomes = bulk.outcomes();
        assertThat(copies.values()).containsOnly(1);
        assertThat(outcomes).hasSize(count);
        outcomes.forEach((id, outcome) -> {
            assertThat(outcome).as(id).isIn("accepted", "indeterminate");
            if (outcome.equals("accepted")) {
                assertThat(copies).as("the server has it").containsKey(id);
            }
        });
        assertThat(copies.keySet()).as("had been started").isSubsetOf(bulk.started());
    }

    @Test
    void finishesWhatIsUnderWayWhenTerminated() throws Exception {
        int count = 3_000;
        bulk.writeMessages(count);
        try (SmtpSink sink =
                SmtpSink.builder().keepMessages().latency(Duration.ofMillis(20)).start()) {
            Process process = start(sink.port(), "--connections", "2");
            sink.awaitCount(10, SOON);
            process.toHandle().destroy();

            assertThat(await(process)).isEqualTo(4);
            assertThat(copies(sink).keySet()).hasSizeBetween(10, count - 1);
            assertThat(bulk.outcomes().keySet()).isEqualTo(copies(sink).keySet());
            assertThat(bulk.outcomes().values()).containsOnly("accepted");
            assertThat(Files.readString(directory.resolve("out"))).startsWith("messages ");

            assertThat(await(start(sink.port(), "--connections", "50"))).isZero();
            assertThat(copies(sink)).hasSize(count);
            assertThat(copies(sink).values()).containsOnly(1);
        }
    }

    @Test
    void endsAtOnceAtTheSecondSignal() throws Exception {
        bulk.writeMessages(200);
        try (SmtpSink slow = SmtpSink.builder().latency(Duration.ofSeconds(1)).start()) {
            Process process = start(slow.port());
            try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
                while (slow.counters().connections() == 0) {
                    Thread.onSpinWait();
                }
                process.toHandle().destroy();
                assertThat(errors.readLine()).contains("stopping: ");
                process.toHandle().destroy();
                assertThat(await(process)).isEqualTo(128 + 15);
            }
        }
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(await(start(sink.port()))).isEqualTo(3);
            assertThat(bulk.outcomes()).hasSize(200).containsValues("accepted", "indeterminate");
        }
    }

    @Test
    void needsNoMoreMemoryForMoreMessages() throws Exception {
        int count = 20_000;
        bulk.writeMessages(count);
        try (SmtpSink sink = SmtpSink.builder().start()) {
            List<String> args = bulk.args(sink.port());
            assertThat(await(start(List.of("-Xmx24m", "-XX:+ExitOnOutOfMemoryError"), args)))
                    .isZero();
            assertThat(sink.counters().messages()).isEqualTo(count);
            assertThat(await(start(List.of("-Xmx24m"), args))).isZero();
            assertThat(sink.counters().messages()).isEqualTo(count);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void stopsWhenTheLedgerCannotBeWrittenAndGoesOnLater() throws Exception {
        int count = 2_000;
        bulk.writeMessages(count);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            List<String> limit = List.of("bash", "-c", "ulimit -f 100; exec \"$@\"", "bash");
            Process process = start(limit, List.of("-XX:-UsePerfData"), bulk.args(sink.port()));
            try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
                assertThat(errors.readLine()).contains("cannot write the ledger: ");
                assertThat(await(process)).isEqualTo(74);
            }
            assertThat(copies(sink).keySet()).hasSizeBetween(50, count - 1);

            assertThat(await(start(sink.port()))).isEqualTo(3);
            assertThat(copies(sink).values()).containsOnly(1);
            assertThat(bulk.outcomes()).hasSize(count);
            Map<String, Integer> copies = copies(sink);
            bulk.outcomes()
                    .forEach((id, outcome) -> assertThat(copies.containsKey(id) || outcome.equals("indeterminate"))
                            .as(id)
                            .isTrue());
        }
    }

    /** In the locale C no name beyond ASCII is one; by a shell, since this process may have that locale, too. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void skipsNamesThatTheLocaleLacks() throws Exception {
        Path mail = Files.createDirectory(directory.resolve("mail"));
        for (String name : List.of("good.eml", "good.json")) {
            Files.writeString(mail.resolve(name), "{\"from\":\"a@b.test\",\"to\":[\"c@d.test\"]}");
        }
        String script = """
                name=$1/$(printf '\\345\\217\\221\\347\\245\\250')
                cp "$1/good.eml" "$name.eml"
                cp "$1/good.json" "$name.json"
                shift
                exec "$@"
                """;
        bulk.write(BulkFixture.fileLine("m1", "发票.eml"), BulkFixture.line("m2", "c@d.test"));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            for (Path input : List.of(bulk.input, mail)) {
                List<String> args = bulk.args(sink.port(), "--on-error", "skip");
                args.set(1, input.toString());
                args.set(3, input + ".ledger");
                List<String> launcher = List.of("env", "LC_ALL=C", "/bin/sh", "-c", script, "sh", mail.toString());
                Process process = start(launcher, List.of(), args);
                try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
                    assertThat(errors.readLine()).contains(input.toString()).contains("LC_ALL=C.UTF-8");
                    assertThat(await(process)).isEqualTo(1);
                }
                assertThat(Files.readString(directory.resolve("out")))
                        .contains("accepted 1")
                        .contains("broken 1");
            }
            assertThat(sink.messages()).hasSize(2);
        }
    }
}
