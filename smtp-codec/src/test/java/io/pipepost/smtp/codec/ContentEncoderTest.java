/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoder and scanner together: what the scanner foretells is what the encoder writes. */
@ExtendWith(Leaks.class)
class ContentEncoderTest {
    private static byte[] octets(String escaped) {
        return escaped.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\0", "\0")
                .getBytes(UTF_8);
    }

    /** Bit i of {@code cuts} cuts behind octet i. */
    private static List<byte[]> pieces(byte[] content, long cuts) {
        List<byte[]> pieces = new ArrayList<>();
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        for (int i = 0; i < content.length; i++) {
            piece.write(content[i]);
            if ((cuts >> i & 1) != 0) {
                pieces.add(piece.toByteArray());
                piece.reset();
            }
        }
        pieces.add(piece.toByteArray());
        return pieces;
    }

    private static byte[] encode(ContentEncoder encoder, List<byte[]> pieces) {
        ByteBuf out = Unpooled.buffer();
        for (byte[] piece : pieces) {
            int before = out.writerIndex();
            ByteBuf in = Unpooled.wrappedBuffer(piece);
            encoder.encode(in, out);
            assertThat(in.isReadable()).isFalse();
            assertThat(out.writerIndex() - before).isLessThanOrEqualTo(ContentEncoder.maxEncodedLength(piece.length));
        }
        encoder.finish(out);
        byte[] octets = new byte[out.readableBytes()];
        out.readBytes(octets).release();
        return octets;
    }

    private static ContentFacts scan(List<byte[]> pieces) {
        ContentScanner scanner = new ContentScanner();
        pieces.forEach(piece -> scanner.scan(ByteBuffer.wrap(piece)));
        return scanner.facts();
    }

    /** RFC 5321 section 2.3.8, written once more and differently. */
    private static String normalise(byte[] content) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < content.length; i++) {
            boolean secondHalf = content[i] == '\n' && i > 0 && content[i - 1] == '\r';
            if (content[i] == '\r' || (content[i] == '\n' && !secondHalf)) {
                out.append("\r\n");
            } else if (!secondHalf) {
                out.append((char) (content[i] & 0xFF));
            }
        }
        return out.isEmpty() || out.toString().endsWith("\r\n")
                ? out.toString()
                : out.append("\r\n").toString();
    }

    private static String latin(byte[] octets) {
        StringBuilder out = new StringBuilder();
        for (byte b : octets) {
            out.append((char) (b & 0xFF));
        }
        return out.toString();
    }

    /** What a server does: ends at the first lone dot and takes one dot from each other line that begins with one. */
    private static String unstuff(String wire) {
        StringBuilder out = new StringBuilder();
        int start = 0;
        while (!wire.startsWith(".\r\n", start)) {
            int end = wire.indexOf("\r\n", start) + 2;
            out.append(wire, wire.charAt(start) == '.' ? start + 1 : start, end);
            start = end;
        }
        assertThat(start).as("the first end of data is the last").isEqualTo(wire.length() - 3);
        return out.toString();
    }

    /** V-DOT, R-5321-62, R-5321-63, R-5321-64, R-5321-65, R-1870-02, under every split into buffers. */
    @ParameterizedTest
    @CsvSource({
        "1, 'a', 'a\\r\\n.\\r\\n', 3",
        "2, 'a\\r\\n', 'a\\r\\n.\\r\\n', 3",
        "3, '\\n', '\\r\\n.\\r\\n', 2",
        "4, 'a\\r\\n\\r\\n', 'a\\r\\n\\r\\n.\\r\\n', 5",
        "5, '.', '..\\r\\n.\\r\\n', 3",
        "6, '.\\r\\n', '..\\r\\n.\\r\\n', 3",
        "7, '..\\r\\n', '...\\r\\n.\\r\\n', 4",
        "8, '.a\\r\\nb\\r\\n.\\r\\nc', '..a\\r\\nb\\r\\n..\\r\\nc\\r\\n.\\r\\n', 13",
        "9, '\\r\\n.\\r\\n', '\\r\\n..\\r\\n.\\r\\n', 5",
        "10, 'a\\n.\\nb\\n', 'a\\r\\n..\\r\\nb\\r\\n.\\r\\n', 9",
        "11, 'a\\r.\\rb', 'a\\r\\n..\\r\\nb\\r\\n.\\r\\n', 9",
        "12, 'a\\r', 'a\\r\\n.\\r\\n', 3",
        "13, 'a\\r\\r\\nb', 'a\\r\\n\\r\\nb\\r\\n.\\r\\n', 8",
        "14, 'a\\n\\r.b', 'a\\r\\n\\r\\n..b\\r\\n.\\r\\n', 9",
        "15, 'a\\r\\n.b', 'a\\r\\n..b\\r\\n.\\r\\n', 7",
        "16, 'a\\r\\n.\\r\\n', 'a\\r\\n..\\r\\n.\\r\\n', 6",
        "17, 'a\\r\\n..\\r\\n', 'a\\r\\n...\\r\\n.\\r\\n', 7",
        "18, 'a\\r\\n.\\r', 'a\\r\\n..\\r\\n.\\r\\n', 6",
        "empty, '', '.\\r\\n', 0",
        "S-07, '\\n.\\n', '\\r\\n..\\r\\n.\\r\\n', 5",
        "S-07, '\\n.\\r\\n', '\\r\\n..\\r\\n.\\r\\n', 5",
        "S-07, '\\r\\n.\\n', '\\r\\n..\\r\\n.\\r\\n', 5",
        "S-07, '\\r.\\r', '\\r\\n..\\r\\n.\\r\\n', 5",
        "S-07, '\\r.\\r\\n', '\\r\\n..\\r\\n.\\r\\n', 5"
    })
    void vDotUnderEverySplit(String id, String given, String wire, long size) {
        byte[] content = octets(given);
        for (long cuts = 0; cuts < 1L << Math.max(0, content.length - 1); cuts++) {
            List<byte[]> pieces = pieces(content, cuts);
            assertThat(latin(encode(ContentEncoder.forData(), pieces)))
                    .as("V-DOT %s, cuts %s", id, Long.toBinaryString(cuts))
                    .isEqualTo(latin(octets(wire)));
            assertThat(scan(pieces).canonicalOctets()).as("SIZE of %s", id).isEqualTo(size);
        }
    }

    /** V-DOT's property, and that facts foretell the octets, S-05, S-07. */
    @Test
    void randomContentInRandomPieces() {
        Random random = new Random(62);
        byte[] alphabet = {'\r', '\n', '.', 'a', (byte) 0x80};
        for (int round = 0; round < 20_000; round++) {
            byte[] content = new byte[random.nextInt(24)];
            for (int i = 0; i < content.length; i++) {
                content[i] = alphabet[random.nextInt(alphabet.length)];
            }
            List<byte[]> pieces = pieces(content, random.nextLong());
            String normal = normalise(content);
            String wire = latin(encode(ContentEncoder.forData(), pieces));
            String bdat = latin(encode(ContentEncoder.forBdat(), pieces));
            ContentFacts facts = scan(pieces);
            assertThat(unstuff(wire)).as("round %d of seed 62", round).isEqualTo(normal);
            assertThat(bdat).isEqualTo(normal);
            assertThat(facts.canonicalOctets()).isEqualTo(bdat.length());
            assertThat(facts.canonicalOctets() + facts.linesWithDot() + 3).isEqualTo(wire.length());
            assertThat(facts.isCanonical()).isEqualTo(bdat.equals(latin(content)));
            assertThat(facts).isEqualTo(ContentScanner.factsOf(content));
            assertThat(facts.longestLine())
                    .isEqualTo(normal.lines().mapToInt(String::length).max().orElse(0));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\r\\n.\\r\\nMAIL FROM:<e@e.test>\\r\\n",
                "\\n.\\nMAIL FROM:<e@e.test>\\r\\n",
                "\\n.\\r\\nMAIL FROM:<e@e.test>\\r\\n",
                "\\r\\n.\\nMAIL FROM:<e@e.test>\\r\\n",
                "\\r.\\rMAIL FROM:<e@e.test>\\r\\n",
                "\\r.\\r\\nMAIL FROM:<e@e.test>\\r\\n"
            })
    void s05_s07_commandInContentStaysContent(String given) {
        byte[] content = octets(given);
        for (long cuts : new long[] {0, -1, 1, 2, 3, 4, 5, 6, 7, 0b1010, 0b10101}) {
            String wire = latin(encode(ContentEncoder.forData(), pieces(content, cuts)));
            assertThat(wire).isEqualTo("\r\n..\r\nMAIL FROM:<e@e.test>\r\n.\r\n");
        }
    }

    @Test
    void r3030_02_bdatCarriesTheSameOctetsWithoutDots() {
        assertThat(latin(encode(ContentEncoder.forBdat(), List.of(octets("a\\n.")))))
                .isEqualTo("a\r\n.\r\n");
        assertThat(latin(encode(ContentEncoder.forBdat(), List.of()))).isEmpty();
    }

    @Test
    void longContentSurvives() {
        byte[] content = octets("x".repeat(10_000) + "\\r\\n." + "y".repeat(10_000));
        assertThat(latin(encode(ContentEncoder.forData(), List.of(content))))
                .isEqualTo("x".repeat(10_000) + "\r\n.." + "y".repeat(10_000) + "\r\n.\r\n");
    }
}
