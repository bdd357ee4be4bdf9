/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs of {@code pipepost load} against the sink. */
@ExtendWith(Leaks.class)
class LoadCommandTest {
    private static CliRun load(int port, String... more) {
        return CliRun.of(CliRun.args(List.of("load", "--server", "127.0.0.1:" + port, "--tls", "none"), more));
    }

    private static Map<String, Object> json(CliRun run) throws IOException {
        assertThat(run.lines()).hasSize(1);
        return JsonReader.object(run.out().getBytes(StandardCharsets.UTF_8));
    }

    private static double number(Map<String, Object> json, String field) {
        return ((Number) json.get(field)).doubleValue();
    }

    @Test
    void measuresWhatItSends() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = load(
                    sink.port(),
                    "--json",
                    "--messages",
                    "300",
                    "--warmup",
                    "50",
                    "--size",
                    "1000",
                    "--recipients",
                    "3");

            assertThat(run.err()).isEmpty();
            assertThat(run.status()).isZero();
            Map<String, Object> json = json(run);
            assertThat(json.keySet())
                    .containsExactly(
                            "client",
                            "messages",
                            "seconds",
                            "rate",
                            "cpuSecondsPer1000",
                            "allocatedBytesPerMessage",
                            "failures",
                            "p50",
                            "p99",
                            "p999");
            assertThat(json).containsEntry("client", "pipepost").containsEntry("messages", 300);
            assertThat(json).containsEntry("failures", Map.of());
            assertThat(number(json, "rate") * number(json, "seconds")).isBetween(299.0, 301.0);
            assertThat(number(json, "cpuSecondsPer1000")).isPositive();
            assertThat(number(json, "allocatedBytesPerMessage")).isPositive();
            assertThat(number(json, "p999"))
                    .isGreaterThanOrEqualTo(number(json, "p50"))
                    .isPositive();
            assertThat(sink.messages()).hasSize(350).allSatisfy(message -> {
                assertThat(message.content()).hasSize(1000).endsWith('\r', '\n');
                assertThat(message.recipients())
                        .containsExactly("load@pipepost.test", "load+1@pipepost.test", "load+2@pipepost.test");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 76, 77, 78, 79, 80, 81, 1024})
    void makesContentOfEverySize(int more) {
        int size = LoadMessages.smallest() + more;
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = load(sink.port(), "--messages", "1", "--warmup", "0", "--size", String.valueOf(size));
            assertThat(run.status()).as(run.err() + run.out()).isZero();
            assertThat(sink.messages().get(0).content()).hasSize(size);
        }
    }

    @Test
    void keepsSeveralTransactionsInFlight() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().latency(Duration.ofMillis(20)).start()) {
            String[] args = {"--json", "--messages", "200", "--warmup", "100", "--connections", "2"};
            double one = number(json(load(sink.port(), args)), "rate");
            double many = number(
                    json(load(
                            sink.port(),
                            CliRun.args(List.of(args), "--in-flight", "16").toArray(String[]::new))),
                    "rate");
            assertThat(sink.counters().messages()).isEqualTo(600);
            assertThat(many).isGreaterThan(2 * one);
        }
    }

    @Test
    void countsFailuresByKind() throws Exception {
        AtomicInteger number = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder()
                .reply(Phase.RCPT, path -> number.incrementAndGet() % 4 == 0, Reply.of(550, "5.1.1 no"))
                .start()) {
            CliRun run = load(sink.port(), "--json", "--messages", "40", "--warmup", "0");
            assertThat(run.status()).isEqualTo(1);
            assertThat(json(run)).containsEntry("failures", Map.of("rejected-permanent", 10));
            assertThat(load(sink.port(), "--messages", "40", "--warmup", "0").out())
                    .contains("failures        rejected-permanent 10");
        }
    }

    /** A server that is too slow for the rate makes messages wait; that counts, although they are sent late. */
    @Test
    void countsLatencyFromWhenAMessageWasDue() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().latency(Duration.ofMillis(40)).start()) {
            String[] args = {"--json", "--messages", "20", "--warmup", "1", "--connections", "1", "--outstanding", "1"};
            Map<String, Object> closedLoop = json(load(sink.port(), args));
            Map<String, Object> atRate = json(load(
                    sink.port(), CliRun.args(List.of(args), "--rate", "1000").toArray(String[]::new)));

            assertThat(number(closedLoop, "p50")).isBetween(40.0, 200.0);
            assertThat(number(atRate, "p999")).isGreaterThan(19 * 40.0 - 20);
        }
    }

    @Test
    void keepsToItsRate() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Map<String, Object> json =
                    json(load(sink.port(), "--json", "--messages", "50", "--warmup", "5", "--rate", "100"));
            assertThat(number(json, "seconds")).isGreaterThanOrEqualTo(0.49);
        }
    }

    @Test
    void saysSoIfNothingCouldBeSent() throws Exception {
        CliRun run = load(1, "--json", "--messages", "5000", "--warmup", "0", "--outstanding", "3");
        assertThat(run.status()).isEqualTo(2);
        assertThat(json(run)).containsEntry("failures", Map.of("connect-failed", 5000));
    }

    @Test
    void namesWrongArguments() {
        for (List<String> wrong : List.of(
                List.of("--messages", "0"),
                List.of("--warmup", "-1"),
                List.of("--size", "3"),
                List.of("--recipients", "0"),
                List.of("--outstanding", "-1"),
                List.of("--rate", "-1"),
                List.of("--from", "nobody"),
                List.of("--to", "postmaster"))) {
            CliRun run = load(1, wrong.toArray(String[]::new));
            assertThat(run.status()).isEqualTo(64);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains(wrong.get(0) + ": ");
        }
    }
}
