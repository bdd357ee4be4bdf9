/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S-23, S-49: what is escaped, and what stays. */
class PrintableTest {
    @ParameterizedTest
    @CsvSource({
        "0000, 001f",
        "007f, 009f",
        "200b, 200f",
        "2028, 2029",
        "202a, 202e",
        "2060, 2064",
        "2066, 2069",
        "feff, feff",
        "d800, dfff"
    })
    void s49_whatMovesHidesOrTurnsIsEscaped(String first, String last) {
        int from = Integer.parseInt(first, 16);
        IntStream.rangeClosed(from, Integer.parseInt(last, 16)).forEach(c -> {
            assertThat(Printable.isPrintable(c)).as("U+%04X", c).isFalse();
            assertThat(Printable.of("a" + (char) c + "b")).isEqualTo("a\\u%04xb".formatted(c));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain ~", "für \uD83D\uDE00 日本 ±\u00A0", "\\u001b"})
    void s49_readableTextIsTheSameObject(String text) {
        assertThat(Printable.of(text)).isSameAs(text);
    }

    @Test
    void s49_atMost512CharactersWithAMark() {
        assertThat(Printable.of("x".repeat(512))).hasSize(512).endsWith("x");
        assertThat(Printable.of("x".repeat(513))).isEqualTo("x".repeat(509) + "...");
        assertThat(Printable.of("\u001b".repeat(512))).hasSizeBetween(500, 512).endsWith("\\u001b...");
    }

    @Test
    void s49_pairsAndEscapesAreNotCutInTwo() {
        for (int limit = 3; limit < 30; limit++) {
            assertThat(Printable.of("\uD83D\uDE00\u202e\uD83D\uDE00\u202e\uD83D\uDE00", limit))
                    .hasSizeLessThanOrEqualTo(limit)
                    .matches("(\uD83D\uDE00|\\\\u202e)*(\\.\\.\\.)?");
        }
    }
}
