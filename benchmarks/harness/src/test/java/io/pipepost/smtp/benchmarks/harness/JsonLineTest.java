/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JsonLineTest {
    @Test
    void whatWasWrittenIsRead() {
        JsonLine line =
                new JsonLine().put("text", "a \"b\" \\c:1,").put("rate", 1234.5).put("count", 3_000_000_000L);

        JsonLine read = JsonLine.parse(line.toString());

        assertThat(read.text("text")).isEqualTo("a \"b\" \\c:1,");
        assertThat(read.number("rate")).isEqualTo(1234.5);
        assertThat(read.number("count")).isEqualTo(3e9);
        assertThat(read.toString()).isEqualTo(line.toString());
    }

    @Test
    void aLineStaysALine() {
        assertThat(new JsonLine().put("a", "b\r\nc").toString()).isEqualTo("{\"a\":\"b  c\"}");
    }

    @Test
    void whatIsMissingIsNoNumber() {
        assertThat(new JsonLine().number("a")).isNaN();
        assertThat(new JsonLine().text("a")).isEmpty();
        assertThatThrownBy(() -> new JsonLine().put("a", Double.NaN).toString())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
