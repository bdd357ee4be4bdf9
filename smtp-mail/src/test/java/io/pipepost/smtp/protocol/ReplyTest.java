/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTest {
    @ParameterizedTest
    @CsvSource({
        "199, false, false, false, false",
        "200, true, false, false, false",
        "299, true, false, false, false",
        "300, false, true, false, false",
        "354, false, true, false, false",
        "400, false, false, true, false",
        "499, false, false, true, false",
        "500, false, false, false, true",
        "599, false, false, false, true",
        "600, false, false, false, false",
        "0, false, false, false, false"
    })
    void r5321_04_firstDigitIsTheClass(
            int code, boolean positive, boolean intermediate, boolean temporary, boolean permanent) {
        Reply reply = Reply.of(code, "250 x");
        assertThat(reply.isPositive()).isEqualTo(positive);
        assertThat(reply.isIntermediate()).isEqualTo(intermediate);
        assertThat(reply.isTransientNegative()).isEqualTo(temporary);
        assertThat(reply.isPermanentNegative()).isEqualTo(permanent);
        assertThat(reply.isNegative()).isEqualTo(temporary || permanent);
    }

    @Test
    void codeAndLinesAreChecked() {
        assertThatThrownBy(() -> Reply.of(1000, "x")).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> Reply.of(-1, "x")).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> new Reply(250, List.of())).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void textJoinsLines() {
        assertThat(new Reply(250, List.of("a", "b")).text()).isEqualTo("a\nb");
        assertThat(new Reply(250, List.of("a", "b"))).hasToString("250 a / b");
        assertThat(Reply.of(7, "x")).hasToString("007 x");
        assertThat(Reply.of(42, "x")).hasToString("042 x");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, '\n', '\r', 0x1b, 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x200e, 0x200f, 0x202a, 0x202e, 0x2066,
                0x2069, 0x061c, 0xfeff, 0xe0041, 0xd800
            })
    void r5321_09_s23_controlsAndBidiMarksAreEscaped(int character) {
        Reply reply = Reply.of(550, "x" + new String(Character.toChars(character)) + "y");
        assertThat(reply.toString())
                .isEqualTo("550 x\\u%04xy".formatted(character))
                .isPrintable();
    }

    @Test
    void r5321_09_readableTextStaysReadable() {
        assertThat(Reply.of(550, "für \uD83D\uDE00 日本")).hasToString("550 für \uD83D\uDE00 日本");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\u001b", "\uD83D\uDE00", "\u202e", "ü"})
    void s23_atMost512CharactersWithAnEllipsis(String unit) {
        for (int shift = 0; shift < 8; shift++) {
            String text = "a".repeat(shift) + unit.repeat(16_384);
            assertThat(Reply.of(550, text).toString()).hasSizeBetween(500, 512).endsWith("...");
            assertThat(new Reply(550, Collections.nCopies(1_000, "a".repeat(shift) + unit)).toString())
                    .hasSizeBetween(500, 512)
                    .endsWith("...");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "550, 5.1.1 no, 5.1.1",
        "550, 5.1.1, 5.1.1",
        "250, 2.0.0 ok, 2.0.0",
        "450, 4.999.999 x, 4.999.999",
        "550, 5.1.1x,",
        "550, 5.01.1,",
        "550, 5.1,",
        "550, 3.1.1,",
        "550, 5.1.1000,",
        "550, 5.1000.1 x,",
        "550, 5.1. x,",
        "550, 5..1 x,",
        "550, 5.1.01 x,",
        "550, 55.1.1 x,",
        "550, x5.1.1,",
        "550, 5.1.\u0661 x,",
        "250, 5.1.1 x,",
        "550, 4.1.1 x,",
        "354, 2.0.0 go,",
        "334, 3.0.0 go,",
        "220, 2.0.0 hi,"
    })
    void r3463_01_r3463_02_r3463_04_enhancedStatus(int code, String text, String expected) {
        EnhancedStatusCode status = Reply.of(code, text).enhancedStatus();
        assertThat(status == null ? null : status.toString()).isEqualTo(expected);
        assertThat(Reply.of(code, text).text()).isEqualTo(text);
    }

    @Test
    void r3463_03_firstLineCounts() {
        assertThat(new Reply(550, List.of("5.1.1 a", "5.7.1 b")).enhancedStatus())
                .isEqualTo(new EnhancedStatusCode(5, 1, 1));
        assertThat(new Reply(550, List.of("a", "5.7.1 b")).enhancedStatus()).isNull();
    }

    @Test
    void r3463_01_rangesAreChecked() {
        assertThatThrownBy(() -> new EnhancedStatusCode(3, 0, 0)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> new EnhancedStatusCode(2, 1000, 0)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> new EnhancedStatusCode(2, 0, -1)).isInstanceOf(SmtpSyntaxException.class);
    }
}
