/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class XtextTest {
    @Test
    void r3461_02_encode() {
        assertThat(Xtext.encode("a+b=c d")).isEqualTo("a+2Bb+3Dc+20d");
        assertThat(Xtext.encode("\"a b\"@x.test")).isEqualTo("\"a+20b\"@x.test");
        assertThat(Xtext.encode("")).isEmpty();
    }

    @Test
    void r3461_02_everyPrintableCharacterReadsBack() {
        for (char c = ' '; c < 0x7F; c++) {
            String xtext = Xtext.encode("x" + c);
            assertThat(xtext).matches("x([!-*,-<>-~]|\\+[0-9A-F]{2})");
            assertThat(Xtext.decode(xtext)).isEqualTo("x" + c);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ü", "\t", "\u007f", "\u760D"})
    void r3461_02_inputIsPrintableAscii(String text) {
        assertThatThrownBy(() -> Xtext.encode(text)).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "a=b, 1",
                "a b, 1",
                "a+2b, 1",
                "a+, 1",
                "a+2, 1",
                "+GG, 0",
                "aü, 1",
                "a+0D+0A, 1",
                "+00, 0",
                "+7F, 0",
                "+C3, 0"
            })
    void r3461_02_r5321_27_whatEncodeDoesNotWriteIsRefused(String xtext, int position) {
        assertThatThrownBy(() -> Xtext.decode(xtext))
                .isInstanceOfSatisfying(
                        SmtpSyntaxException.class, e -> assertThat(e.position()).isEqualTo(position));
    }
}
