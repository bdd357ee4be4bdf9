/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentScannerTest {
    private static byte[] octets(String text) {
        return text.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\0", "\0")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static ContentFacts facts(String text) {
        return factsEveryWay(octets(text));
    }

    /** Under every cut into two, octet by octet, from direct memory and from the middle of an array. */
    private static ContentFacts factsEveryWay(byte[] content) {
        ContentFacts whole = ContentScanner.factsOf(content);
        ContentScanner single = new ContentScanner();
        for (int i = 0; i < content.length; i++) {
            ContentScanner cut = new ContentScanner();
            cut.scan(content, 0, i);
            cut.scan(content, i, content.length - i);
            assertThat(cut.facts()).as("cut at %d", i).isEqualTo(whole);
            single.scan(content, i, 1);
            single.scan(content, i, 0);
        }
        assertThat(single.facts()).isEqualTo(whole);
        ByteBuffer direct = ByteBuffer.allocateDirect(content.length + 2);
        direct.put((byte) '\n').put(content).put((byte) '\n').position(1).limit(content.length + 1);
        ContentScanner fromDirect = new ContentScanner();
        fromDirect.scan(direct);
        assertThat(direct.position()).isEqualTo(1);
        assertThat(fromDirect.facts()).isEqualTo(whole);
        return whole;
    }

    @ParameterizedTest
    @CsvSource({
        "'Bcc: a@b.test\\r\\n\\r\\nx', true",
        "'From: a\\r\\nBCC:\\r\\n\\r\\n', true",
        "'From: a\\nbcc:x\\n\\nx', true",
        "'Resent-Bcc: a@b.test\\r\\n', true",
        "'X: a\\r\\nbcc:', true",
        "'X: a\\r\\nbcc', false",
        "'X: a\\r\\n bcc: folded\\r\\n', false",
        "'Bc: a\\r\\nc:\\r\\nXBcc: a\\r\\n', false",
        "'Bccx: a\\r\\nX: bcc:\\r\\n\\r\\nBcc: a\\r\\n', false",
        "'bcc: a', true"
    })
    void r5322_08_bccInTheHeader(String content, boolean found) {
        assertThat(facts(content).hasBcc()).isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource({
        "'', -1, false, true",
        "'a', -1, false, false",
        "'a\\r\\n', -1, true, true",
        "'a\\r\\nb', -1, false, false",
        "'a\\n', 1, false, false",
        "'a\\r', 1, false, false",
        "'a\\r\\n\\n', 3, false, false",
        "'a\\rb\\r\\n', 1, true, false",
        "'\\r\\r\\n', 0, true, false",
        "'\\n\\r\\n', 0, true, false"
    })
    void r5321_62_bareNewlines(String content, long firstBare, boolean endsWithCrlf, boolean canonical) {
        ContentFacts facts = facts(content);
        assertThat(facts.firstBareNewline()).isEqualTo(firstBare);
        assertThat(facts.endsWithCrlf()).isEqualTo(endsWithCrlf);
        assertThat(facts.isCanonical()).isEqualTo(canonical);
        assertThat(facts.octets()).isEqualTo(octets(content).length);
    }

    @Test
    void r5321_63_linesWithDot() {
        assertThat(facts(".a\\r\\n..\\n.\\r.b.").linesWithDot()).isEqualTo(4);
        assertThat(facts("a.\\r\\nb.c").linesWithDot()).isZero();
    }

    @Test
    void r5321_66_longestLineWithoutItsEnd() {
        assertThat(facts("x".repeat(998) + "\\r\\n").longestLine()).isEqualTo(998);
        assertThat(facts("x".repeat(999)).longestLine()).isEqualTo(999);
        assertThat(facts("." + "x".repeat(997) + "\\r\\n").longestLine()).isEqualTo(998);
        assertThat(facts("a\\r" + "x".repeat(5) + "\\nabc").longestLine()).isEqualTo(5);
        assertThat(facts("abc\\r").longestLine()).isEqualTo(3);
    }

    @Test
    void r5321_67_octetsBeyondAsciiInHeaderAndBody() {
        assertThat(facts("Subject: x\\r\\n\\r\\nbody").eightBit()).isFalse();
        ContentFacts body = facts("Subject: x\\r\\n\\r\\né");
        assertThat(body.eightBit()).isTrue();
        assertThat(body.eightBitHeader()).isFalse();
        assertThat(facts("Subject: é\\r\\n\\r\\nbody").eightBitHeader()).isTrue();
        assertThat(facts("\\r\\né").eightBitHeader()).isFalse();
        assertThat(facts("a\\n\\né").eightBitHeader()).isFalse();
        assertThat(facts("a\\r\\ré").eightBitHeader()).isFalse();
        assertThat(facts("é").eightBitHeader()).isTrue();
        for (int b = 0x80; b < 0x100; b++) {
            assertThat(factsEveryWay(new byte[] {'a', (byte) b}).eightBit()).isTrue();
        }
        assertThat(facts("a\\0\u0001\u007f").eightBit()).isFalse();
    }

    @Test
    void r5321_68_firstNul() {
        assertThat(facts("a\\0b\\0").firstNul()).isEqualTo(1);
        assertThat(facts("a\\r\\n.\\0").firstNul()).isEqualTo(4);
        assertThat(facts("a\\r\\n\\0.\\r\\n").firstNul()).isEqualTo(3);
        assertThat(facts("a\u0001b").firstNul()).isEqualTo(-1);
    }

    @Test
    void largeDirectBuffers() {
        ByteBuffer direct = ByteBuffer.allocateDirect(100_000);
        while (direct.remaining() > 10) {
            direct.put(octets("0123456\\r\\n"));
        }
        direct.flip();
        ContentScanner scanner = new ContentScanner();
        scanner.scan(direct.asReadOnlyBuffer());
        assertThat(scanner.facts().isCanonical()).isTrue();
        assertThat(scanner.facts().canonicalOctets()).isEqualTo(direct.limit());
        assertThat(scanner.facts().longestLine()).isEqualTo(7);
    }
}
