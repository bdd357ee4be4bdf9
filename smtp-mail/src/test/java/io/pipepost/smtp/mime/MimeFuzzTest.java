/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Texts of callers: refused, or written so that they read back and begin nothing else. */
@Tag("exhaustive")
class MimeFuzzTest {
    /** UTF-8, in which U+E000 and U+E001 stand for the halves of surrogate pairs, which UTF-8 cannot hold. */
    private static String text(byte[] octets) {
        return new String(octets, UTF_8).replace('\uE000', '\uD800').replace('\uE001', '\uDC00');
    }

    private static void assertWellSaid(SmtpSyntaxException refusal, String text) {
        assertThat(refusal.position()).isBetween(-1, text.length());
        assertThat(refusal.getMessage()).matches("\\p{Print}{1,240}");
    }

    /** One field: each fold is followed by white space, and there is no other line end. */
    private static void assertOneField(HeaderField field) {
        String text = field.toString();
        assertThat(text).endsWith("\r\n");
        String folded = text.substring(0, text.length() - 2);
        assertThat(folded.replaceAll("\r\n(?=[ \t])", "")).doesNotContain("\r").doesNotContain("\n");
        assertThat(folded.chars().allMatch(c -> c < 0x7F)).isTrue();
        List<String> lines = Texts.lines(folded);
        assertThat(lines).allMatch(line -> line.length() <= 998);
        // Readers drop lines that are nothing but white space, or take them for the end of the header.
        assertThat(lines.subList(1, lines.size())).noneMatch(String::isBlank);
    }

    /** R-5322-07, S-24, S-25: what is read and written again reads as the same. */
    @FuzzTest
    @DictionaryEntries({
        "<a@b.test>",
        "a@b.test",
        "\\\"",
        "\\\\",
        ", ",
        ":;",
        "g: a@b.test;",
        "<\\\"a b\\\"@[127.0.0.1]>"
    })
    void addresses(byte[] octets) {
        String text = text(octets);
        try {
            List<AddressEntry> entries = AddressEntry.parseList(text);
            String written = entries.stream().map(Object::toString).collect(joining(", "));
            assertThat(AddressEntry.parseList(written)).isEqualTo(entries);
            if (entries.size() == 1 && entries.get(0) instanceof MailAddress single) {
                assertThat(MailAddress.parse(single.toString()))
                        .isEqualTo(single)
                        .hasToString(single.toString());
            }
            if (entries.stream()
                    .allMatch(each -> each.addresses().stream()
                            .allMatch(address -> address.mailbox().isAscii()))) {
                assertOneField(HeaderField.addresses("To", entries, false));
            }
        } catch (SmtpSyntaxException refusal) {
            assertWellSaid(refusal, text);
        }
    }

    /** R-2047-01, R-5322-02, S-24. */
    @FuzzTest
    @DictionaryEntries({"=?UTF-8?Q?=0D=0A?=", "?=", " ", "\\x09", "\\\\", "\\xc3\\xa4", "\\xf0\\x9f\\x98\\x80"})
    void subject(byte[] octets) throws CharacterCodingException {
        String text = text(octets);
        try {
            HeaderField field = HeaderField.unstructured("Subject", text, false);
            assertOneField(field);
            assertThat(Texts.decode(field.value())).isEqualTo(HeaderText.require("Subject", text));
        } catch (SmtpSyntaxException refusal) {
            assertWellSaid(refusal, text);
        }
    }

    /** R-2045-01, R-2045-02: read back by another decoder. */
    @FuzzTest
    @DictionaryEntries({"=", "\\x0d\\x0a", " \\x0d\\x0a", "\\x0a.\\x0a", "\\x0aFrom ", "\\xc3\\xa4\\xc3\\xa4\\xc3\\xa4"
    })
    void bodyText(byte[] octets) throws Exception {
        byte[] canonical = CanonicalText.withCrlf(new String(octets, UTF_8).getBytes(UTF_8));
        for (TransferEncoding encoding : List.of(TransferEncoding.of(canonical), TransferEncoding.QUOTED_PRINTABLE)) {
            byte[] encoded = encoding.encode(canonical);
            ContentFacts facts = ContentScanner.factsOf(encoded);
            assertThat(TransferEncoding.isSevenBit(facts)).isTrue();
            assertThat(decode(encoded, encoding)).isEqualTo(canonical);
            if (encoding != TransferEncoding.SEVEN_BIT) {
                assertThat(facts.longestLine()).isLessThanOrEqualTo(76);
            }
        }
    }

    private static byte[] decode(byte[] encoded, TransferEncoding encoding) throws Exception {
        String name = encoding.field().value();
        try (InputStream in = MimeUtility.decode(new ByteArrayInputStream(encoded), name)) {
            return in.readAllBytes();
        }
    }

    /** R-2045-03: in pieces as in one. */
    @FuzzTest
    void base64(byte[] octets) {
        Base64Encoder encoder = new Base64Encoder();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int step = octets.length == 0 ? 1 : 1 + (octets[0] & 0x7F);
        for (int i = 0; i < octets.length; i += step) {
            append(out, encoder.encode(ByteBuffer.wrap(octets, i, Math.min(step, octets.length - i))));
        }
        append(out, encoder.finish());
        assertThat(out.toByteArray()).isEqualTo(Base64Encoder.encode(octets));
        assertThat(out.size()).isEqualTo((int) Base64Encoder.encodedLength(octets.length));
        assertThat(Base64.getMimeDecoder().decode(out.toByteArray())).isEqualTo(octets);
    }

    private static void append(ByteArrayOutputStream out, ByteBuffer piece) {
        byte[] octets = new byte[piece.remaining()];
        piece.get(octets);
        out.writeBytes(octets);
    }
}
