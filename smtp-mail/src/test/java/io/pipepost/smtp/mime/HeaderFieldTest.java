/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderFieldTest {
    @Test
    void r5322_01_foldsAtSeventyEight() {
        HeaderField field = HeaderField.unstructured("Subject", "word ".repeat(4_999) + "word", false);
        assertThat(Texts.lines(field.toString()))
                .hasSizeGreaterThan(300)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(78));
        assertThat(field.toString())
                .startsWith("Subject: word word")
                .endsWith("word\r\n")
                .doesNotContain("\r\n\r\n");
    }

    /** The lower limit holds for lines with an encoded-word alone, and each line begins at its first column. */
    @Test
    void r5322_01_r2047_01_linesAreFilled() {
        String word = "x".repeat(38);
        assertThat(HeaderField.unstructured("Subject", "née " + String.join(" ", word, word, word, word), false))
                .hasToString("Subject: =?UTF-8?Q?n=C3=A9e?= " + word + "\r\n " + word + " " + word + "\r\n " + word
                        + "\r\n");
        assertThat(HeaderField.unstructured("Subject", String.join(" ", word, word, "née", word), false))
                .hasToString("Subject: " + word + "\r\n " + word + " =?UTF-8?Q?n=C3=A9e?=\r\n " + word + "\r\n");
    }

    @Test
    void r5322_01_r5322_03_longWords() {
        String word = "x".repeat(900);
        assertThat(HeaderField.unstructured("X-Token", word, false)).hasToString("X-Token: " + word + "\r\n");
        assertThat(HeaderField.unstructured("X-Token", "x".repeat(996), false))
                .hasToString("X-Token:\r\n " + "x".repeat(996) + "\r\n");
        assertThat(HeaderField.unstructured("X-Token", "a " + "x".repeat(998), false)
                        .toString())
                .startsWith("X-Token: a =?UTF-8?Q?xxx");
        assertThatThrownBy(() -> HeaderField.ascii("X-Token", "x".repeat(998)))
                .hasMessageContaining("without a place to fold");
        assertThatThrownBy(() ->
                        HeaderField.addresses("To", List.of(MailAddress.of("x".repeat(1_000) + "@d.test")), false))
                .isInstanceOf(SmtpSyntaxException.class);
    }

    /** Taking the CRLFs out gives back what was put in; no line is blank. */
    @Test
    void r5322_03_unfoldingIsTheInverseOfFolding() {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder("a");
            for (int i = random.nextInt(200); i > 0; i--) {
                text.append("ab,;  \t".charAt(random.nextInt(7)));
            }
            text.append('z');
            for (HeaderField field : List.of(
                    HeaderField.unstructured("X", text.toString(), false), HeaderField.ascii("X", text.toString()))) {
                assertThat(field.value()).as("seed %d", seed).isEqualTo(text.toString());
                assertThat(Texts.lines(field.toString().stripTrailing()))
                        .as("seed %d", seed)
                        .noneMatch(String::isBlank);
            }
        }
    }

    @Test
    void r5322_03_whiteSpaceWithoutEndMakesNoBlankLine() {
        assertThat(HeaderField.ascii("X", "x".repeat(75) + "  " + "y".repeat(77)))
                .hasToString("X:\r\n " + "x".repeat(75) + " \r\n " + "y".repeat(77) + "\r\n");
        for (String space : List.of(" ", "\t", " \t")) {
            for (int count : new int[] {1, 70, 80, 500, 1_000, 3_000}) {
                String run = space.repeat(count);
                for (String text :
                        List.of(run, run + "a", "a" + run, "a" + run + "b", "é" + run + "é", "a" + run + "é")) {
                    HeaderField field = HeaderField.unstructured("Subject", text, false);
                    assertThat(Texts.lines(field.toString().stripTrailing())).noneMatch(String::isBlank);
                    assertThat(Texts.lines(field.toString())).allMatch(line -> line.length() <= 998);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:", "a\r\nB", "\u00fc", "a\t", "\u007f", "a\u2028"})
    void r5322_02_s24_fieldNames(String name) {
        assertThatThrownBy(() -> HeaderField.custom(name, "x", false)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> HeaderField.ascii(name, "x")).isInstanceOf(SmtpSyntaxException.class);
    }

    /** Each way from a string to a field. */
    private static final Map<String, Function<String, HeaderField>> ENTRIES = Map.of(
            "subject", text -> HeaderField.unstructured("Subject", text, false),
            "utf-8 subject", text -> HeaderField.unstructured("Subject", text, true),
            "custom", text -> HeaderField.custom("X-A", text, false),
            "ascii", text -> HeaderField.ascii("X-A", text),
            "name", text -> HeaderField.addresses("To", List.of(MailAddress.of(text, "a@b.test")), false),
            "group", text -> HeaderField.addresses("To", List.of(new AddressGroup(text, List.of())), false),
            "file name", text -> HeaderField.parameterised("Content-Disposition", "inline", Map.of("filename", text)),
            "charset", text -> HeaderField.parameterised("Content-Type", "text/plain", Map.of("charset", text)),
            "parameter name", text -> HeaderField.parameterised("Content-Type", "text/plain", Map.of(text, "a")),
            "type", text -> HeaderField.parameterised("Content-Type", text, Map.of()));

    @Test
    void r5322_02_s24_lineEndsAndControlsAreRefusedEverywhere() {
        for (String injected : List.of("\r\nBcc: v@v.test", "\r", "\n", "\0", "\u000b", "\u001b", "\u007f")) {
            ENTRIES.forEach((entry, build) -> {
                for (String text : List.of("a" + injected, injected + "a", "a" + injected + "b")) {
                    assertThatThrownBy(() -> build.apply(text)).as(entry).isInstanceOf(SmtpSyntaxException.class);
                }
            });
        }
        for (String id : List.of("<a@b\r\nBcc: v@v.test>", "<a\n@b>", "a@b\0")) {
            assertThatThrownBy(() -> MessageId.require("Message-ID", id)).isInstanceOf(SmtpSyntaxException.class);
            assertThatThrownBy(() -> MessageId.requireReference("References", id))
                    .isInstanceOf(SmtpSyntaxException.class);
        }
    }

    /** What some take for line ends passes only encoded. */
    @ParameterizedTest
    @ValueSource(strings = {"\u0085", "\u2028", "\u2029", "\u0080"})
    void r5322_02_otherSeparatorsPassOnlyEncoded(String separator) {
        for (boolean utf8 : new boolean[] {false, true}) {
            String text = "a" + separator + "b";
            assertThat(HeaderField.unstructured("Subject", text, utf8).toString())
                    .matches("[\\x20-\\x7e]+\r\n");
            assertThat(HeaderField.addresses("To", List.of(MailAddress.of(text, "a@b.test")), utf8)
                            .toString())
                    .matches("[\\x20-\\x7e]+\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2025-06-03T11:05:30Z | Tue, 3 Jun 2025 11:05:30 +0000",
                "1997-11-21T09:55:06-06:00 | Fri, 21 Nov 1997 09:55:06 -0600",
                "2024-02-29T23:59:59.9+05:45 | Thu, 29 Feb 2024 23:59:59 +0545",
                "1900-01-01T00:00:00+00:53:28 | Sun, 31 Dec 1899 23:59:32 +0053"
            })
    void r5322_05_dates(OffsetDateTime date, String expected) {
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("en", "ar", "th-TH-u-ca-buddhist-nu-thai", "de", "ja")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertThat(HeaderField.date("Date", date).value()).as(tag).isEqualTo(expected);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void r5322_05_yearsThatHaveNoFourDigits() {
        for (int year : new int[] {-1, 0, 1899, 10_000}) {
            OffsetDateTime date = OffsetDateTime.of(year, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
            assertThatThrownBy(() -> HeaderField.date("Date", date)).isInstanceOf(SmtpSyntaxException.class);
        }
    }

    @Test
    void r5322_06_idsAreFoldedBetweenThem() {
        String id = MessageId.generate("d.test");
        HeaderField field = HeaderField.ids("References", Collections.nCopies(20, id));
        assertThat(Texts.lines(field.toString()).subList(1, 9)).containsOnly(" " + id);
        assertThat(field.value()).isEqualTo(String.join(" ", Collections.nCopies(20, id)));
    }

    @Test
    void r6532_01_textIsEncodedUnlessUtf8IsAskedFor() {
        String text = "u\u0308ber 中文";
        assertThat(HeaderField.unstructured("Subject", text, false).requiresUtf8())
                .isFalse();
        HeaderField field = HeaderField.unstructured("Subject", text, true);
        assertThat(field).hasToString("Subject: über 中文\r\n");
        assertThat(field.requiresUtf8()).isTrue();
        assertThat(field.octets()).hasSize(9 + 12 + 2);
        assertThat(HeaderField.unstructured("Subject", "plain", true).requiresUtf8())
                .isFalse();
        assertThat(Texts.lines(HeaderField.unstructured("Subject", "中文 ".repeat(200) + "x", true)
                        .toString()))
                .allMatch(line -> HeaderText.octets(line) <= 78);
    }

    @Test
    void r6532_01_namesAndAddressesInUtf8() {
        List<MailAddress> jo = List.of(MailAddress.of("Jo\u0308rg, Dr.", "j@bücher.example"));
        assertThat(HeaderField.addresses("To", jo, true).value()).isEqualTo("\"Jörg, Dr.\" <j@xn--bcher-kva.example>");
        assertThat(HeaderField.addresses("To", jo, false).requiresUtf8()).isFalse();
        // R-6531-02: a local-part is never transformed, so this field cannot be written without SMTPUTF8.
        HeaderField needs =
                HeaderField.addresses("To", List.of(MailAddress.of("Jörg", "u\u0308@bücher.example")), false);
        assertThat(needs.value()).isEqualTo("=?UTF-8?Q?J=C3=B6rg?= <u\u0308@bücher.example>");
        assertThat(needs.requiresUtf8()).isTrue();
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(
            strings = {" ", "\t", "a", "a ", "é", "é ", "a é ", "=?", "?=", "\uD83D\uDE00", "\ud800", "(", "\"", "\\"})
    void s27_hugeTextInLinearTime(String unit) {
        String huge = unit.repeat((1 << 20) / unit.length());
        for (boolean utf8 : new boolean[] {false, true}) {
            Texts.assertQuick(() -> {
                assertThat(HeaderField.unstructured("Subject", huge, utf8).octets())
                        .hasSizeGreaterThan(huge.length());
                assertThat(HeaderField.addresses("To", List.of(MailAddress.of(huge + "x", "a@b.test")), utf8)
                                .octets())
                        .hasSizeGreaterThan(huge.length() / 2);
            });
        }
    }
}
