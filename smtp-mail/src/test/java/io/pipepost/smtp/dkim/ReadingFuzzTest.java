/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;

/** Any content, in any pieces, against RFC 6376 section 3.4 written once more and differently. */
@Tag("exhaustive")
class ReadingFuzzTest {
    /** R-6376-03, R-6376-04. */
    @FuzzTest
    @DictionaryEntries({
        "From: a\\x0d\\x0a",
        "\\x0d\\x0a\\x0d\\x0a",
        " \\x09",
        "\\x0d\\x0a ",
        "Subject :\\x09 x\\x0a",
        "\\x0d\\x0a\\x0d\\x0a\\x0d\\x0a"
    })
    void canonicalFormsAreThoseOfTheStandard(byte[] content) throws NoSuchAlgorithmException {
        for (Canonicalization form : Canonicalization.values()) {
            String expected = expected(content, form);
            assertThat(read(content, form, content.length)).isEqualTo(expected);
            assertThat(read(content, form, 1)).isEqualTo(expected);
            assertThat(read(content, form, 7)).isEqualTo(expected);
        }
    }

    private static MessageDigest sha256() throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256");
    }

    /** The body's hash and the fields, each name's lowest; or that the header is none. */
    private static String read(byte[] content, Canonicalization form, int step) throws NoSuchAlgorithmException {
        Reading reading = new Reading(new BodyHash(sha256(), form));
        for (int i = 0; i < content.length; i += step) {
            reading.read(content, i, Math.min(step, content.length - i));
        }
        try {
            Reading.Found found = reading.finish();
            StringBuilder out = new StringBuilder(found.bodyHash());
            for (String name : names(fields(content))) {
                ByteArrayOutputStream field = new ByteArrayOutputStream();
                found.header().writeTo(field, List.of(name), form);
                out.append('\n').append(field.toString(ISO_8859_1));
            }
            return out.toString();
        } catch (IllegalArgumentException refusal) {
            assertThat(refusal.getMessage())
                    .matches("Line \\d+ of the header is no field: expected a name and a colon");
            return "no header";
        }
    }

    private static String expected(byte[] content, Canonicalization form) throws NoSuchAlgorithmException {
        List<String> fields = fields(content);
        if (!fields.stream().allMatch(field -> field.matches("(?s)[!-9;-~]+[ \t]*:.*"))) {
            return "no header";
        }
        byte[] hash = sha256().digest(body(content, form).getBytes(ISO_8859_1));
        StringBuilder out = new StringBuilder(Base64.getEncoder().encodeToString(hash));
        for (String name : names(fields)) {
            String lowest = fields.stream()
                    .filter(field -> name(field).equals(name))
                    .reduce((one, other) -> other)
                    .orElseThrow();
            out.append('\n').append(form == Canonicalization.SIMPLE ? lowest.replace("\n", "\r\n") : relaxed(lowest));
        }
        return out.toString();
    }

    private static String relaxed(String field) {
        String value = field.substring(field.indexOf(':') + 1);
        return name(field) + ":"
                + value.replace("\n", "").replaceAll("[ \t]+", " ").replaceAll("^ | \\z", "") + "\r\n";
    }

    private static String name(String field) {
        return field.substring(0, field.indexOf(':'))
                .replaceAll("[ \t]+\\z", "")
                .toLowerCase(Locale.ROOT);
    }

    private static List<String> names(List<String> fields) {
        return fields.stream()
                .filter(field -> field.indexOf(':') >= 0)
                .map(ReadingFuzzTest::name)
                .distinct()
                .toList();
    }

    /** With LF for each line end, one behind the last line. */
    private static String lines(byte[] content) {
        String lines = new String(content, ISO_8859_1).replace("\r\n", "\n").replace('\r', '\n');
        return lines.isEmpty() || lines.endsWith("\n") ? lines : lines + "\n";
    }

    private static int endOfHeader(String lines) {
        int empty = lines.startsWith("\n") ? 0 : lines.indexOf("\n\n") + 1;
        return empty == 0 && !lines.startsWith("\n") ? lines.length() : empty;
    }

    private static List<String> fields(byte[] content) {
        String lines = lines(content);
        List<String> fields = new ArrayList<>();
        for (String field : lines.substring(0, endOfHeader(lines)).split("(?<=\n)(?![ \t])")) {
            if (!field.isEmpty()) {
                fields.add(field);
            }
        }
        return fields;
    }

    private static String body(byte[] content, Canonicalization form) {
        String lines = lines(content);
        int end = endOfHeader(lines);
        String body = end == lines.length() ? "" : lines.substring(end + 1);
        if (form == Canonicalization.RELAXED) {
            body = body.replaceAll("[ \t]+", " ").replaceAll("(?md) $", "");
        }
        body = body.replaceAll("\n+\\z", "");
        boolean nothing = body.isEmpty() && form == Canonicalization.RELAXED;
        return nothing ? "" : body.replace("\n", "\r\n") + "\r\n";
    }
}
