/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    private static LineReader reader(String text, int maxLength) {
        return new LineReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), maxLength);
    }

    private static String next(LineReader reader) throws IOException {
        byte[] line = reader.next();
        return line == null ? null : new String(line, StandardCharsets.UTF_8);
    }

    @Test
    void tellsWhereLinesAre() throws IOException {
        try (LineReader reader = reader("one\n\nthree", 100)) {
            assertThat(next(reader)).isEqualTo("one");
            assertThat(next(reader)).isEmpty();
            assertThat(reader.ended()).isTrue();
            assertThat(next(reader)).isEqualTo("three");
            assertThat(reader.start()).isEqualTo(5);
            assertThat(reader.number()).isEqualTo(3);
            assertThat(reader.ended()).isFalse();
            assertThat(next(reader)).isNull();
            assertThat(reader.consumed()).isEqualTo(10);
        }
    }

    @Test
    void readsPastLinesThatAreTooLong() throws IOException {
        String longLine = "x".repeat(200_000);
        try (LineReader reader = reader(longLine + "\nnext\n" + longLine, 100_000)) {
            assertThat(next(reader)).hasSize(100_000);
            assertThat(reader.tooLong()).isTrue();
            assertThat(next(reader)).isEqualTo("next");
            assertThat(reader.tooLong()).isFalse();
            assertThat(next(reader)).hasSize(100_000);
            assertThat(next(reader)).isNull();
        }
    }
}
