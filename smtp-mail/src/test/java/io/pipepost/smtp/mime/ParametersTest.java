/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R-2231-01. */
class ParametersTest {
    private static HeaderField disposition(String fileName) {
        return HeaderField.parameterised("Content-Disposition", "attachment", Map.of("filename", fileName));
    }

    private static HeaderField type(String name) {
        return HeaderField.parameterised("Content-Type", "text/plain", Map.of("name", name));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a.txt | filename=a.txt",
                "'*%.txt | filename=\"'*%.txt\"",
                "a b.txt | filename=\"a b.txt\"",
                "a\"b.txt | filename=\"a\\\"b.txt\"",
                "naïve €.txt | filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt",
                "é*'%()!#$&+-.^_{}~ | filename*=UTF-8''%C3%A9%2A%27%25%28%29!#$&+-.^_{}~",
                "=?utf-8?q?x?= | filename*=UTF-8''%3D%3Futf-8%3Fq%3Fx%3F%3D"
            })
    void r2231_01_shortNames(String name, String written) {
        assertThat(disposition(name).value()).isEqualTo("attachment; " + written);
    }

    @Test
    void r2231_01_fallBackInTheNameOfTheType() {
        assertThat(type("naïve €.txt").value())
                .isEqualTo("text/plain; name=\"naive _.txt\"; name*=UTF-8''na%C3%AFve%20%E2%82%AC.txt");
        assertThat(type("plain.txt").value()).isEqualTo("text/plain; name=plain.txt");
        assertThat(type("文".repeat(100) + ".pdf").value())
                .startsWith("text/plain; name=\"" + "_".repeat(56) + ".pdf\"; name*0*=UTF-8''%E6");
    }

    @Test
    void r2231_01_segments() {
        HeaderField field = disposition("很长的中文文件名".repeat(20) + ".pdf");
        List<String> lines = Texts.lines(field.toString().stripTrailing());
        assertThat(lines.get(0)).isEqualTo("Content-Disposition: attachment;");
        assertThat(lines).hasSizeGreaterThan(20);
        for (int i = 1; i < lines.size(); i++) {
            String start = " filename*" + (i - 1) + "*=" + (i == 1 ? "UTF-8''" : "");
            assertThat(lines.get(i)).startsWith(start).hasSizeLessThanOrEqualTo(78);
            // Three octets for each character, none of them torn.
            String value =
                    lines.get(i).substring(start.length()).replace(";", "").replace(".pdf", "");
            assertThat(value.length() % 9).isZero();
        }
        assertThat(disposition("x".repeat(100) + ".txt").value())
                .contains("filename*0*=UTF-8''xxx", "; filename*1*=xxx");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x.txt\r\nX: y",
                "",
                " ",
                ".",
                "..",
                "a/b",
                "../a",
                "a\\b",
                "a\"b\\c.txt",
                "a\u0000",
                "a\tb",
                "a\u0085",
                "a\u2028",
                "a\u202egpj.exe",
                "a\u2066b",
                "\u200fa",
                "\u061ca"
            })
    void r2231_01_s24_s28_fileNamesThatAreNone(String name) {
        assertThatThrownBy(() -> disposition(name)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> type(name)).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void r2231_01_aLineIsFilledAndNoMore() {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("x", "é" + "x".repeat(60));
        parameters.put("y", "é" + "x".repeat(61));
        parameters.put("z", "x".repeat(74));
        parameters.put("w", "x".repeat(75));
        parameters.put("v", "a\tb");
        HeaderField field = HeaderField.parameterised("Content-Type", "text/plain", parameters);
        assertThat(Texts.lines(field.toString().stripTrailing()))
                .allMatch(line -> line.length() <= 78)
                .contains(
                        " x*=UTF-8''%C3%A9" + "x".repeat(60) + ";",
                        " y*0*=UTF-8''%C3%A9" + "x".repeat(58) + ";",
                        " z=" + "x".repeat(74) + ";")
                .last()
                .isEqualTo(" w*1*=xxxxxxxxxxx; v*=UTF-8''a%09b");
    }

    @Test
    void r2231_01_namesAndValuesThatAreNoTokens() {
        for (String name : List.of("", "a b", "a*", "a=b", "a;b", "ü", "a%", "a'")) {
            assertThatThrownBy(() -> HeaderField.parameterised("Content-Type", "text/plain", Map.of(name, "x")))
                    .isInstanceOf(SmtpSyntaxException.class);
        }
        for (String type :
                List.of("", "/", "text/", "/plain", "text/plain;x=y", "a/b/c", "text /plain", "tëxt/plain")) {
            assertThatThrownBy(() -> HeaderField.parameterised("Content-Type", type, Map.of()))
                    .isInstanceOf(SmtpSyntaxException.class);
        }
    }

    /** File names in many scripts, read back by two parsers. */
    @Test
    void r2231_01_randomFileNamesReadBackElsewhere() throws MessagingException, IOException {
        for (int seed = 0; seed < 1_000; seed++) {
            String name = Texts.fileName(new Random(seed));
            HeaderField[] fields = {type(name), disposition(name)};
            MimeMessage angus = Readers.angus(fields);
            assertThat(angus.getFileName()).as("seed %d: %s", seed, fields[1]).isEqualTo(name);
            assertThat(new ContentType(angus.getContentType()).getParameter("name"))
                    .as("seed %d: %s", seed, fields[0])
                    .isEqualTo(name);
            // Mime4j takes any value with two apostrophes for an extended one.
            if (fields[1].value().contains("*=") || name.indexOf('\'') == name.lastIndexOf('\'')) {
                assertThat(Readers.mime4j(fields).getFilename())
                        .as("seed %d: %s", seed, fields[1])
                        .isEqualTo(name);
            }
        }
    }
}
