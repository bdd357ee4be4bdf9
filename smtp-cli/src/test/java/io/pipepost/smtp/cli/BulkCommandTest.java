/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole runs of {@code pipepost bulk} against the sink. */
@ExtendWith(Leaks.class)
class BulkCommandTest {
    private static final String RESULT =
            "{\"id\":\"m\",\"outcome\":\"indeterminate\",\"server\":\"s:1\",\"tls\":null,\"reply\":null,\"recipients\":["
                    + "{\"address\":\"accepted@d.test\",\"disposition\":\"accepted\"},"
                    + "{\"address\":\"refused@d.test\",\"disposition\":\"rejected-permanent\"},"
                    + "{\"address\":\"left@d.test\",\"disposition\":\"not-sent\"},"
                    + "{\"address\":\"unknown@d.test\",\"disposition\":\"indeterminate\"}],"
                    + "\"error\":null,\"millis\":1}";

    @TempDir
    private Path directory;

    private BulkFixture bulk;

    @BeforeEach
    void createFixture() {
        bulk = new BulkFixture(directory);
    }

    private static List<String> recipients(SmtpSink sink) {
        List<String> recipients = new ArrayList<>();
        sink.messages().forEach(message -> recipients.addAll(message.recipients()));
        return recipients;
    }

    @Test
    void sendsWhatASinkHasSaved() throws Exception {
        byte[] small = "Subject: ż\r\n\r\n.dot\r\n".getBytes(StandardCharsets.UTF_8);
        byte[] large = ("Subject: x\r\n\r\n" + "0123456789\r\n".repeat(20_000)).getBytes(StandardCharsets.UTF_8);
        Path saved = directory.resolve("saved");
        MessageArchive archive = new MessageArchive(saved);
        try (SmtpSink first = SmtpSink.builder().onMessage(archive::save).start()) {
            Files.write(directory.resolve("small.eml"), small);
            Files.write(directory.resolve("large.eml"), large);
            bulk.write(
                    "{\"id\":\"1\",\"from\":\"\",\"to\":[\"c@d.test\",\"e@d.test\"],\"file\":\"small.eml\"}",
                    "",
                    "{\"id\":\"2\",\"from\":\"a@b.test\",\"to\":[\"f@d.test\"],\"file\":\"large.eml\"}");
            CliRun run = bulk.run(first.port(), "--connections", "1");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).startsWith("messages 2, accepted 2, ");
        }
        try (SmtpSink second = SmtpSink.builder().keepMessages().start()) {
            List<String> args = bulk.args(second.port());
            args.set(1, saved.toString());
            args.set(3, directory.resolve("second").toString());
            CliRun run = CliRun.of(args);

            assertThat(run.status()).as(run.err()).isZero();
            List<Received> received = new ArrayList<>(second.messages());
            received.sort((a, b) -> Integer.compare(a.content().length, b.content().length));
            assertThat(received).hasSize(2);
            assertThat(received.get(0).content()).isEqualTo(small);
            assertThat(received.get(0).from()).isEmpty();
            assertThat(received.get(0).recipients()).containsExactly("c@d.test", "e@d.test");
            assertThat(received.get(1).content()).isEqualTo(large);
        }
    }

    @Test
    void printsTheResultLinesThatTheLedgerGets() throws Exception {
        bulk.writeMessages(3);
        try (SmtpSink sink = SmtpSink.builder().start()) {
            CliRun run = bulk.run(sink.port(), "--json");

            assertThat(run.status()).isZero();
            assertThat(run.lines())
                    .hasSize(3)
                    .containsExactlyElementsOf(Files.readAllLines(bulk.ledger).stream()
                            .filter(line -> line.startsWith("{\"id\":"))
                            .toList());
            assertThat(run.err()).startsWith("messages 3, accepted 3, ");
            assertThat(bulk.started()).containsExactly("m0", "m1", "m2");
            assertThat(Files.readAllLines(bulk.ledger).get(1))
                    .isEqualTo(LedgerLine.seal("{\"started\":[\"m0\",\"m1\",\"m2\"]}"));
        }
    }

    @Test
    void sendsNothingAgainThatWasAcceptedOrRejected() throws Exception {
        bulk.write(
                BulkFixture.line("ok", "c@d.test"),
                BulkFixture.line("no", "x@d.test"),
                BulkFixture.line("half", "d@d.test", "xx@d.test"));
        try (SmtpSink sink = SmtpSink.builder()
                .keepMessages()
                .reply(Phase.RCPT, path -> path.contains("<x"), Reply.of(450, "4.2.0 later"))
                .start()) {
            assertThat(bulk.run(sink.port()).status()).isEqualTo(1);
            String ledger = Files.readString(bulk.ledger);
            CliRun again = bulk.run(sink.port());

            assertThat(again.status()).as("what the ledger knows counts too").isEqualTo(1);
            assertThat(again.out()).startsWith("messages 0, ").contains("left as they were 3");
            assertThat(Files.readString(bulk.ledger)).isEqualTo(ledger);
            assertThat(recipients(sink)).containsExactlyInAnyOrder("c@d.test", "d@d.test");
        }
    }

    @Test
    void sendsAgainWhatWasNotSent() throws Exception {
        bulk.writeMessages(3);
        int closedPort = ClosedPort.take();
        assertThat(bulk.run(closedPort).status()).isEqualTo(2);
        assertThat(bulk.outcomes()).hasSize(3).containsValue("not-sent").doesNotContainValue("accepted");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(bulk.run(sink.port()).status()).isZero();
            assertThat(sink.messages()).hasSize(3);
            assertThat(bulk.outcomes()).hasSize(3).doesNotContainValue("not-sent");
        }
    }

    @Test
    void sendsToThoseRecipientsOnlyThatWereNotSent() throws Exception {
        bulk.write(BulkFixture.line(
                "m", "accepted@d.test", "refused@d.test", "left@d.test", "unknown@d.test", "new@d.test"));
        bulk.writeLedger("{\"started\":[\"m\"]}", RESULT);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(bulk.run(sink.port()).status()).isEqualTo(3);
            assertThat(recipients(sink)).containsExactly("left@d.test", "new@d.test");
            LedgerResult result = bulk.results().get("m");
            assertThat(result.outcome()).isEqualTo("indeterminate");
            assertThat(result.dispositions())
                    .containsExactly(
                            Map.entry("accepted@d.test", "accepted"),
                            Map.entry("refused@d.test", "rejected-permanent"),
                            Map.entry("left@d.test", "accepted"),
                            Map.entry("unknown@d.test", "indeterminate"),
                            Map.entry("new@d.test", "accepted"));

            assertThat(bulk.run(sink.port()).status()).isEqualTo(3);
            assertThat(sink.messages()).hasSize(1);

            assertThat(bulk.run(sink.port(), "--resend-indeterminate").status()).isEqualTo(1);
            assertThat(recipients(sink)).containsExactly("left@d.test", "new@d.test", "unknown@d.test");
            assertThat(bulk.outcomes()).containsEntry("m", "partial");
        }
    }

    @Test
    void knowsNotWhatBecameOfMessagesThatWereStartedOnly() throws Exception {
        bulk.write(BulkFixture.line("m", "accepted@d.test", "left@d.test"), BulkFixture.line("n", "c@d.test"));
        bulk.writeLedger(RESULT, "{\"started\":[\"m\",\"n\"]}");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(bulk.run(sink.port()).status()).isEqualTo(3);
            assertThat(sink.messages()).isEmpty();
            assertThat(bulk.outcomes()).containsValues("indeterminate").hasSize(2);
            assertThat(bulk.results().get("m").dispositions())
                    .containsEntry("accepted@d.test", "accepted")
                    .containsEntry("left@d.test", "indeterminate");
            String ledger = Files.readString(bulk.ledger);
            assertThat(bulk.run(sink.port()).status()).isEqualTo(3);
            assertThat(Files.readString(bulk.ledger)).isEqualTo(ledger);

            assertThat(bulk.run(sink.port(), "--resend-indeterminate").status()).isEqualTo(3);
            assertThat(recipients(sink)).containsExactlyInAnyOrder("left@d.test", "c@d.test");
        }
    }

    @Test
    void resendsMessagesThatWereStartedOnlyIfTold() throws Exception {
        bulk.write(BulkFixture.line("n", "c@d.test"));
        bulk.writeLedger("{\"started\":[\"n\"]}");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(bulk.run(sink.port(), "--resend-indeterminate").status()).isZero();
            assertThat(recipients(sink)).containsExactly("c@d.test");
            assertThat(bulk.outcomes()).containsEntry("n", "accepted");
        }
    }

    @Test
    void skipsBrokenInputIfTold() throws Exception {
        bulk.write(
                BulkFixture.line("m0", "c@d.test"),
                "{\"id\":\"m1\",",
                "[]",
                "{\"id\":1,\"from\":\"a@b.test\",\"to\":[\"c@d.test\"],\"data\":\"x\"}",
                "{\"id\":\"m4\",\"from\":\"a@b.test\",\"to\":[],\"data\":\"x\"}",
                "{\"id\":\"m5\",\"from\":\"a@b.test\",\"to\":[\"c@d.test>\\r\\nX\"],\"data\":\"x\"}",
                "{\"id\":\"m6\",\"from\":\"a@b.test\",\"to\":[\"c@d.test\"]}",
                "{\"id\":\"m7\",\"from\":\"a@b.test\",\"to\":[\"c@d.test\"],\"file\":\"missing\"}",
                BulkFixture.line("m0", "again@d.test"),
                BulkFixture.line("m9", "e@d.test"));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = bulk.run(sink.port(), "--on-error", "skip");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err().lines()).hasSize(8);
            for (int number = 2; number <= 9; number++) {
                assertThat(run.err()).contains("input.jsonl:" + number + ": ");
            }
            assertThat(run.out()).contains("accepted 2").contains("broken 8");
            assertThat(recipients(sink)).containsExactlyInAnyOrder("c@d.test", "e@d.test");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void skipsFilesThatAreNone() throws Exception {
        bulk.fifo("fifo");
        bulk.write(
                BulkFixture.fileLine("m1", "fifo"),
                BulkFixture.fileLine("m2", "a\0b"),
                BulkFixture.fileLine("m3", ""),
                BulkFixture.fileLine("m4", "."),
                BulkFixture.fileLine("m5", "/dev/zero"),
                BulkFixture.fileLine("m6", "x".repeat(5_000)),
                BulkFixture.fileLine("m7", "input.jsonl/below"),
                BulkFixture.line("m8", "c@d.test"));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = bulk.run(sink.port(), "--on-error", "skip");
            assertThat(run.status()).isEqualTo(1);
            List<String> errors = run.err().lines().toList();
            assertThat(errors).hasSize(7);
            for (int number = 1; number <= 7; number++) {
                assertThat(errors.get(number - 1))
                        .contains("input.jsonl:" + number + ": ")
                        .doesNotContain("Exception");
            }
            assertThat(run.out()).contains("accepted 1").contains("broken 7");
            assertThat(sink.messages()).hasSize(1);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void skipsFilesOfADirectoryThatAreNone() throws Exception {
        Path mail = Files.createDirectory(directory.resolve("mail"));
        String envelope = "{\"from\":\"a@b.test\",\"to\":[\"c@d.test\"]}";
        for (String name : List.of("good", "fifo", "directory", "endless")) {
            Files.writeString(mail.resolve(name + ".json"), envelope);
        }
        for (String name : List.of("good", "no-envelope", "endless-envelope")) {
            Files.writeString(mail.resolve(name + ".eml"), "Subject: x\r\n\r\n");
        }
        bulk.fifo("mail/fifo.eml");
        bulk.fifo("mail/no-envelope.json");
        Files.createDirectory(mail.resolve("directory.eml"));
        Files.createSymbolicLink(mail.resolve("endless.eml"), Path.of("/dev/zero"));
        Files.createSymbolicLink(mail.resolve("endless-envelope.json"), Path.of("/dev/zero"));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            List<String> args = bulk.args(sink.port(), "--on-error", "skip");
            args.set(1, mail.toString());
            CliRun run = CliRun.of(args);
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err().lines())
                    .hasSize(5)
                    .allSatisfy(line -> assertThat(line).contains("it is ").doesNotContain("Exception"));
            assertThat(run.out()).contains("accepted 1").contains("broken 5");
        }
    }

    /** Nobody knows when the next line comes. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void sendsWhatASlowInputHasGivenSoFar() throws Exception {
        Path fifo = bulk.fifo("fifo");
        try (SmtpSink sink = SmtpSink.builder().start()) {
            List<String> args = bulk.args(sink.port());
            args.set(1, fifo.toString());
            CompletableFuture<CliRun> run = CompletableFuture.supplyAsync(() -> CliRun.of(args));
            try (Writer writer = Files.newBufferedWriter(fifo)) {
                for (int i = 0; i < 3; i++) {
                    writer.write(BulkFixture.line("m" + i, "c@d.test") + "\n");
                    writer.flush();
                    sink.awaitCount(i + 1, Duration.ofSeconds(20));
                }
            }
            assertThat(run.get(20, TimeUnit.SECONDS).status()).isZero();
            assertThat(bulk.outcomes()).hasSize(3);
        }
    }

    @Test
    void endsAtBrokenInputByDefault() throws Exception {
        bulk.write(BulkFixture.line("m0", "c@d.test"), "oops", BulkFixture.line("m2", "e@d.test"));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = bulk.run(sink.port());
            assertThat(run.status()).isEqualTo(65);
            assertThat(run.err()).contains("input.jsonl:2: not JSON");
            assertThat(recipients(sink)).containsExactly("c@d.test");
            assertThat(bulk.outcomes()).containsOnlyKeys("m0");

            bulk.write(BulkFixture.line("m0", "c@d.test"), BulkFixture.line("m2", "e@d.test"));
            assertThat(bulk.run(sink.port()).status()).isZero();
            assertThat(recipients(sink)).containsExactly("c@d.test", "e@d.test");
        }
    }

    @Test
    void reportsMissingEnvelopesOfADirectory() throws Exception {
        Path mail = Files.createDirectory(directory.resolve("mail"));
        Files.writeString(mail.resolve("x.eml"), "Subject: x\r\n\r\n");
        try (SmtpSink sink = SmtpSink.builder().start()) {
            List<String> args = bulk.args(sink.port());
            args.set(1, mail.toString());
            CliRun run = CliRun.of(args);
            assertThat(run.status()).isEqualTo(65);
            assertThat(run.err()).contains("x.json: there is no such file");
        }
    }

    @Test
    void givesUpWhereNoServerIs() throws Exception {
        bulk.writeMessages(500);
        int closedPort = ClosedPort.take();
        CliRun run = bulk.run(closedPort, "--give-up-after", "10");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("giving up after 10 messages");
        assertThat(bulk.outcomes().size()).isBetween(10, 300);
    }

    @Test
    void refusesALedgerThatAnotherRunUses() throws Exception {
        bulk.writeMessages(1);
        try (Ledger other = Ledger.open(bulk.ledger, false)) {
            assertThat(other.dropped()).isZero();
            CliRun run = bulk.run(1);
            assertThat(run.status()).isEqualTo(75);
            assertThat(run.err()).contains("in use by another run");
        }
    }

    /** What somebody does to the ledger while it is in use, and what the run says of it. */
    private enum Loss {
        REMOVED("was removed or renamed"),
        RENAMED("was removed or renamed"),
        REPLACED("was replaced"),
        EMPTIED("was cut short");

        private final String words;

        Loss(String words) {
            this.words = words;
        }

        private void befall(Path ledger) {
            try {
                switch (this) {
                    case REMOVED -> Files.delete(ledger);
                    case RENAMED -> Files.move(ledger, ledger.resolveSibling("old"));
                    case REPLACED -> {
                        Files.delete(ledger);
                        Files.createFile(ledger);
                    }
                    case EMPTIED -> Files.write(ledger, new byte[0]);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void stopsWithoutItsLedgerAndSendsNothingTwice(Loss loss) throws Exception {
        int count = 2_000;
        bulk.writeMessages(count);
        AtomicInteger taken = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder()
                .keepMessages()
                .onMessage(message -> {
                    if (taken.incrementAndGet() == 100) {
                        loss.befall(bulk.ledger);
                    }
                })
                .start()) {
            CliRun run = bulk.run(sink.port(), "--connections", "1");
            assertThat(run.status()).as(run.err()).isEqualTo(74);
            assertThat(run.err()).contains("the ledger " + bulk.ledger + " " + loss.words);
            int before = sink.messages().size();
            assertThat(before).isBetween(100, count - 100);

            CliRun again = bulk.run(sink.port());
            if (loss == Loss.REPLACED) {
                assertThat(again.status()).isEqualTo(65);
                Files.move(directory.resolve("ledger.rescued"), bulk.ledger, StandardCopyOption.REPLACE_EXISTING);
                again = bulk.run(sink.port());
            }
            if (loss == Loss.EMPTIED) {
                assertThat(again.status()).isEqualTo(65);
                assertThat(sink.messages()).hasSize(before);
            } else {
                assertThat(again.status()).as(again.err()).isZero();
                assertThat(recipients(sink)).hasSize(count).doesNotHaveDuplicates();
            }
        }
    }

    /** A status is one number; what else there is to do stands in lines of its own. */
    @Test
    void namesEveryKindOfUnfinishedWork() throws Exception {
        String unknown = "{\"address\":\"c@d.test\",\"disposition\":\"indeterminate\"}";
        bulk.write(
                BulkFixture.line("m", "c@d.test"),
                BulkFixture.line("n", "no@d.test"),
                BulkFixture.line("o", "e@d.test"));
        bulk.writeLedger("{\"id\":\"m\",\"outcome\":\"indeterminate\",\"recipients\":[" + unknown + "]}");
        try (SmtpSink sink = SmtpSink.builder()
                .reply(Phase.MAIL, path -> true, Reply.of(421, "4.3.2 leaving"))
                .start()) {
            CliRun run = bulk.run(sink.port());
            assertThat(run.status()).as("the worst").isEqualTo(3);
            assertThat(run.err())
                    .contains("not sent to everybody: messages 2; run again")
                    .contains("not known whether everybody got them: messages 1; --resend-indeterminate");
            assertThat(run.out())
                    .contains("not-sent 2")
                    .contains("left as they were 1 (accepted 0, rejected 0, indeterminate 1)");
        }
    }

    @Test
    void keepsFilesThatAreNoLedger() throws Exception {
        bulk.writeMessages(1);
        for (String content :
                List.of("precious", "precious\n", LedgerReader.HEAD + "x\n", bulk.input + "\n{\"id\":1}\n")) {
            Files.writeString(bulk.ledger, content);
            assertThat(bulk.run(1).status()).isEqualTo(65);
            assertThat(bulk.ledger).hasContent(content);
        }
    }

    @Test
    void worksWithEveryLineOnTheDisk() throws Exception {
        bulk.writeMessages(50);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            assertThat(bulk.run(sink.port(), "--sync").status()).isZero();
            assertThat(bulk.outcomes()).hasSize(50);
            assertThat(new ArrayList<>(bulk.outcomes().values())).isEqualTo(Collections.nCopies(50, "accepted"));
        }
    }

    @Test
    void namesWrongArguments() throws IOException {
        bulk.writeMessages(1);
        List<String> missing = bulk.args(1);
        missing.set(1, directory.resolve("missing").toString());
        assertUsage(CliRun.of(missing), "INPUT");
        assertUsage(bulk.run(1, "--on-error", "maybe"), "--on-error");
        assertUsage(bulk.run(1, "--give-up-after", "-1"), "--give-up-after");
        assertUsage(CliRun.of("bulk", bulk.input.toString(), "--server", "h:1"), "--ledger");
    }

    private static void assertUsage(CliRun run, String option) {
        assertThat(run.status()).isEqualTo(64);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(option);
    }
}
