/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.cli.LedgerIndex.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final String STARTED = LedgerLine.seal("{\"started\":[\"a\",\"b\"]}");
    private static final String PLAIN_ACCEPTED = "{\"id\":\"a\",\"outcome\":\"accepted\",\"recipients\":"
            + "[{\"address\":\"c@d\",\"disposition\":\"accepted\"}]}";
    private static final String ACCEPTED = LedgerLine.seal(PLAIN_ACCEPTED);
    private static final String OPEN = LedgerLine.seal("{\"id\":\"b\",\"outcome\":\"not-sent\",\"recipients\":"
            + "[{\"address\":\"c@d\",\"disposition\":\"not-sent\"}]}");

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("ledger");
    }

    private void write(String... lines) throws IOException {
        try (Ledger ledger = Ledger.open(file, false)) {
            ledger.append(List.of(lines));
        }
    }

    @Test
    void knowsWhatItWasTold() throws IOException {
        write(STARTED, ACCEPTED);
        write(OPEN, STARTED);
        try (Ledger ledger = Ledger.open(file, true)) {
            LedgerIndex.Known a = ledger.index().get("a");
            LedgerIndex.Known b = ledger.index().get("b");
            assertThat(a.state()).isEqualTo(State.ACCEPTED);
            assertThat(b.state()).isEqualTo(State.OPEN);
            assertThat(b.started()).isTrue();
            assertThat(ledger.read(a.offset()).dispositions()).containsEntry("c@d", "accepted");
            assertThat(ledger.read(b.offset()).id()).isEqualTo("b");
            assertThat(ledger.index().get("c")).isEqualTo(new LedgerIndex.Known(State.NONE, false, 0));
        }
    }

    /** Wherever the last line was cut, it counts completely or not at all, and the next line starts on its own. */
    @Test
    void repairsAnEndThatWasNotWrittenCompletely() throws IOException {
        write(STARTED, ACCEPTED);
        byte[] whole = Files.readAllBytes(file);
        int lastLine = whole.length - ACCEPTED.length() - 1;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            write(OPEN);
            try (Ledger ledger = Ledger.open(file, false)) {
                LedgerIndex.Known a = ledger.index().get("a");
                assertThat(ledger.dropped()).isZero();
                assertThat(a.state()).isEqualTo(length < whole.length - 1 ? State.NONE : State.ACCEPTED);
                assertThat(a.started())
                        .as("cut at %d", length)
                        .isEqualTo(length >= lastLine - 1 && length < whole.length - 1);
                assertThat(ledger.index().get("b").state()).isEqualTo(State.OPEN);
            }
        }
    }

    @Test
    void cutsOffWhatALossOfPowerLeaves() throws IOException {
        write(STARTED, ACCEPTED);
        byte[] whole = Files.readAllBytes(file);
        byte[] zeros = Arrays.copyOf(whole, whole.length + 4096);
        zeros[whole.length + 1000] = '\n';
        Files.write(file, zeros);
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.dropped()).isEqualTo(4096);
            assertThat(ledger.index().get("a").state()).isEqualTo(State.ACCEPTED);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }

    @Test
    void refusesDamageInTheMiddle() throws IOException {
        for (String damage : List.of("oops", PLAIN_ACCEPTED, ACCEPTED + " ", "{\"finished\":[]}", "[]", "")) {
            assertDamaged(3, String.join("\n", LedgerReader.HEAD, STARTED, damage, ACCEPTED) + "\n");
        }
        for (String sealed :
                List.of("{\"finished\":[]}", "{\"started\":[1]}", "{\"id\":\"a\",\"outcome\":\"accepted\"}")) {
            assertDamaged(2, LedgerReader.HEAD + "\n" + LedgerLine.seal(sealed) + "\n" + ACCEPTED + "\n");
        }
    }

    private void assertDamaged(int line, String content) throws IOException {
        Files.writeString(file, content);
        assertThatThrownBy(() -> Ledger.open(file, false))
                .as(content)
                .isInstanceOfSatisfying(
                        CommandFailedException.class,
                        failed -> assertThat(failed.status()).isEqualTo(65))
                .hasMessageContaining("line " + line + " of ");
        assertThat(file).hasContent(content);
    }

    /** Also in the last line: what it said would be sent again. */
    @Tag("exhaustive")
    @Test
    void findsEveryBitThatHasChanged() throws IOException {
        write(STARTED, ACCEPTED);
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, changed);
            assertThatThrownBy(() -> Ledger.open(file, false))
                    .as("bit %d of %s", bit, new String(whole, bit / 8, 1, StandardCharsets.UTF_8))
                    .isInstanceOf(CommandFailedException.class);
            assertThat(Files.readAllBytes(file)).isEqualTo(changed);
        }
    }

    /** Lines of ledgers from before there were checksums; what comes behind them has some. */
    @Test
    void goesOnWithALedgerWithoutChecksums() throws IOException {
        String old = LedgerReader.HEAD_1 + "\n{\"started\":[\"a\",\"b\"]}\n" + PLAIN_ACCEPTED + "\n";
        Files.writeString(file, old);
        write(OPEN);
        write(STARTED);
        assertThat(file).hasContent(old + LedgerReader.HEAD + "\n" + OPEN + "\n" + STARTED + "\n");
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.index().get("a").state()).isEqualTo(State.ACCEPTED);
            assertThat(ledger.index().get("b").state()).isEqualTo(State.OPEN);
        }
        assertDamaged(5, Files.readString(file).replace("\"not-sent\"", "\"not-sens\""));
    }

    @Test
    void refusesUnknownValuesWithoutAChecksumToo() throws IOException {
        for (String[] change : new String[][] {
            {"\"disposition\":\"accepted\"", "\"disposition\":\"acceptee\""},
            {"\"outcome\":\"accepted\"", "\"outcome\":\"qccepted\""},
            {"\"outcome\":\"accepted\"", "\"outcome\":\"not-sent\""},
            {"\"disposition\"", "\"dispositiom\""},
            {"\"address\"", "\"addresr\""},
            {"\"recipients\"", "\"recipientr\""},
            {"\"id\"", "\"ie\""},
        }) {
            String damaged = PLAIN_ACCEPTED.replace(change[0], change[1]);
            assertThat(damaged).isNotEqualTo(PLAIN_ACCEPTED);
            assertDamaged(3, LedgerReader.HEAD_1 + "\n" + PLAIN_ACCEPTED + "\n" + damaged + "\n");
        }
    }

    @Test
    void refusesWhatANewerVersionHasWritten() throws IOException {
        assertDamaged(1, LedgerLine.seal("{\"ledger\":\"pipepost\",\"version\":3}") + "\n");
    }

    @Test
    void putsAFileBackThatWasRemoved() throws IOException {
        try (Ledger ledger = Ledger.open(file, false)) {
            ledger.started(List.of("a", "b"));
            Files.delete(file);
            assertThatThrownBy(() -> ledger.started(List.of("c")))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the ledger was removed or renamed");
            ledger.append(List.of(ACCEPTED));
            assertThat(ledger.conclude()).contains("was removed or renamed").contains("it is there again");
        }
        assertThat(file).hasContent(String.join("\n", LedgerReader.HEAD, STARTED, ACCEPTED) + "\n");
        assertThat(directory).isDirectoryNotContaining("glob:**.rescued");
    }

    @Test
    void savesAFileThatWasReplacedAndIsNotUsedWithoutIt() throws IOException {
        Path rescued = directory.resolve("ledger.rescued");
        try (Ledger ledger = Ledger.open(file, false)) {
            ledger.append(List.of(STARTED));
            Files.move(file, directory.resolve("moved"));
            Files.writeString(file, LedgerReader.HEAD + "\n");
            ledger.append(List.of(ACCEPTED));
            assertThatThrownBy(() -> ledger.started(List.of("c")))
                    .hasMessage("the ledger was replaced by another file");
            assertThat(ledger.conclude()).contains("was replaced").contains(rescued.toString());
        }
        assertThat(file).hasContent(LedgerReader.HEAD + "\n");
        assertThat(rescued).hasContent(String.join("\n", LedgerReader.HEAD, STARTED, ACCEPTED) + "\n");
        assertThatThrownBy(() -> Ledger.open(file, false))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining(rescued.toString());
        Files.move(rescued, file, StandardCopyOption.REPLACE_EXISTING);
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.index().get("a").state()).isEqualTo(State.ACCEPTED);
        }
    }

    /** By {@code > ledger} to nothing, or to any length: what is left must not pass for a ledger. */
    @Test
    void leavesAFileThatWasCutShortDamaged() throws IOException {
        write(STARTED, ACCEPTED);
        int whole = (int) Files.size(file);
        for (int length = 0; length < whole; length++) {
            Files.delete(file);
            try (Ledger ledger = Ledger.open(file, false)) {
                ledger.append(List.of(STARTED, ACCEPTED));
                try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    other.truncate(length);
                }
                assertThatThrownBy(() -> ledger.started(List.of("c"))).hasMessage("the ledger was cut short");
                if (length % 2 == 0) {
                    ledger.append(List.of(OPEN));
                }
                assertThat(ledger.conclude()).contains("was cut short").contains("damaged");
            }
            assertThatThrownBy(() -> Ledger.open(file, false))
                    .as("cut to %d", length)
                    .isInstanceOfSatisfying(
                            CommandFailedException.class,
                            failed -> assertThat(failed.status()).isEqualTo(65));
        }
    }

    @Test
    void stopsWhenAnotherProgramWrites() throws IOException {
        try (Ledger ledger = Ledger.open(file, false)) {
            Files.writeString(file, "x\n", StandardOpenOption.APPEND);
            assertThatThrownBy(() -> ledger.started(List.of("c")))
                    .hasMessage("the ledger was written to by another program");
            assertThat(ledger.conclude()).contains("written to by another program");
        }
    }

    @Test
    void saysSoWhenNothingIsKnown() throws IOException {
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.wasEmpty()).isFalse();
            assertThat(ledger.conclude()).isNull();
        }
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.wasEmpty()).isFalse();
        }
        Files.write(file, new byte[0]);
        try (Ledger ledger = Ledger.open(file, false)) {
            assertThat(ledger.wasEmpty()).isTrue();
        }
    }

    @Test
    void indexKeepsManyIds() {
        LedgerIndex index = new LedgerIndex();
        for (int i = 0; i < 10_000; i++) {
            index.start("id" + i);
            if (i % 3 != 0) {
                index.result("id" + i, i % 3 == 1 ? State.OPEN : State.REJECTED, 1L << 40 | i);
            }
            assertThat(index.see("id" + i)).isTrue();
        }
        for (int i = 0; i < 10_000; i++) {
            State state = List.of(State.NONE, State.OPEN, State.REJECTED).get(i % 3);
            assertThat(index.get("id" + i))
                    .isEqualTo(new LedgerIndex.Known(state, i % 3 == 0, i % 3 == 0 ? 0 : 1L << 40 | i));
            assertThat(index.see("id" + i)).isFalse();
        }
    }
}
