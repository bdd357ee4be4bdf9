/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** R-2047-01, R-2047-02. */
class EncodedWordsTest {
    private static String subject(String text) {
        return HeaderField.unstructured("Subject", text, false).toString();
    }

    @Test
    void r2047_01_vectors() {
        assertThat(subject("Grüße")).isEqualTo("Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n");
        assertThat(subject("中文")).isEqualTo("Subject: =?UTF-8?B?5Lit5paH?=\r\n");
        assertThat(subject("a\ud800")).isEqualTo("Subject: =?UTF-8?Q?a=EF=BF=BD?=\r\n");
    }

    @Test
    void r2047_01_plainWordsAreLeftAlone() {
        assertThat(subject("Plain (\"text\") a=b ?= c")).isEqualTo("Subject: Plain (\"text\") a=b ?= c\r\n");
        assertThat(subject("ab née cd  nées e"))
                .isEqualTo("Subject: ab =?UTF-8?Q?n=C3=A9e?= cd =?UTF-8?Q?_n=C3=A9es?= e\r\n");
        assertThat(subject("a =?utf-8?q?x?= b")).isEqualTo("Subject: a =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= b\r\n");
    }

    @Test
    void aBackslashNeverStandsBeforeAFold() {
        assertThat(subject("C:\\dir\\ a\\b")).isEqualTo("Subject: =?UTF-8?Q?C=3A=5Cdir=5C?= a\\b\r\n");
    }

    /** White space at the ends would be lost, and between encoded-words as well. */
    @Test
    void r2047_01_whiteSpaceSurvives() {
        assertThat(subject("Käse Käse")).isEqualTo("Subject: =?UTF-8?Q?K=C3=A4se_K=C3=A4se?=\r\n");
        assertThat(subject(" a ")).isEqualTo("Subject: =?UTF-8?Q?_a_?=\r\n");
        assertThat(subject(" a b")).isEqualTo("Subject: =?UTF-8?Q?_a?= b\r\n");
        assertThat(subject("a b ")).isEqualTo("Subject: a =?UTF-8?Q?b_?=\r\n");
        assertThat(subject(" ")).isEqualTo("Subject: =?UTF-8?Q?_?=\r\n");
        assertThat(subject("")).isEqualTo("Subject:\r\n");
    }

    @Test
    void r2047_01_neverSplitsACharacter() throws CharacterCodingException {
        String field = subject("\uD83D\uDE00".repeat(40));
        List<String> words = Texts.encodedWords(field);
        assertThat(words).hasSizeGreaterThan(2);
        for (String word : words) {
            assertThat(Texts.decodeWord(word).replace("\uD83D\uDE00", "")).isEmpty();
        }
        assertThat(Texts.lines(field)).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(76));
    }

    @Test
    void r2047_02_literalsOfQ() {
        HeaderField field =
                HeaderField.addresses("To", List.of(MailAddress.of("a_b? c=é\td.!*+-/", "a@b.test")), false);
        assertThat(field.value()).isEqualTo("=?UTF-8?Q?a=5Fb=3F_c=3D=C3=A9=09d=2E!*+-/?= <a@b.test>");
    }

    @Test
    void r2047_02_theReadableFormUnlessMuchLonger() {
        assertThat(subject("Jörg")).contains("?Q?");
        assertThat(subject("über alle Maßen")).doesNotContain("?B?");
        assertThat(subject("éééé")).contains("?B?");
    }

    /** Each word decodes by itself, the whole to the text, and no line is too long; for any text and any field name. */
    @Test
    void r2047_01_r5322_03_randomTextReadsBack() throws CharacterCodingException {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            String text = Texts.random(random, 40);
            if (random.nextInt(4) == 0) {
                text = text.replace(" ", random.nextBoolean() ? "\t" : "   ");
            }
            HeaderField field = HeaderField.unstructured("X".repeat(1 + random.nextInt(76)), text, false);
            assertThat(Texts.decode(field.value())).as("seed %d", seed).isEqualTo(text);
            for (String line : Texts.lines(field.toString())) {
                int limit = line.contains("=?UTF-8?") ? 76 : line.contains("xxx") ? 998 : 78;
                assertThat(line).as("seed %d", seed).hasSizeLessThanOrEqualTo(limit);
            }
        }
    }
}
