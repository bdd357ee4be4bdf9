/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.cli.LedgerIndex.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final String STARTED = "{\"started\":[\"a\",\"b\"]}";
    private static final String ACCEPTED = "{\"id\":\"a\",\"outcome\":\"accepted\",\"recipients\":"
            + "[{\"address\":\"c@d\",\"disposition\":\"accepted\"}]}";
    private static final String OPEN = "{\"id\":\"b\",\"outcome\":\"not-sent\",\"recipients\":"
            + "[{\"address\":\"c@d\",\"disposition\":\"not-sent\"}]}";

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
        for (String damage : List.of("oops", "{\"id\":\"a\",\"outc", "{\"finished\":[]}", "[]")) {
            String content = String.join("\n", Ledger.HEAD, STARTED, damage, ACCEPTED) + "\n";
            Files.writeString(file, content);
            assertThatThrownBy(() -> Ledger.open(file, false))
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessageContaining("line 3");
            assertThat(file).hasContent(content);
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
