/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.protocol.ContentScanner;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content-Transfer-Encodings: which is chosen, and what each makes of octets. */
class TransferEncodingTest {
    private static String quoted(String text) {
        return new String(QuotedPrintable.encode(text.getBytes(UTF_8)), UTF_8);
    }

    private static TransferEncoding chosen(String text) {
        return TransferEncoding.of(CanonicalText.octets("text", text));
    }

    @Test
    void r2045_01_contentDecides() {
        assertThat(chosen("Plain text.\nAnd more.")).isEqualTo(TransferEncoding.SEVEN_BIT);
        assertThat(chosen("")).isEqualTo(TransferEncoding.SEVEN_BIT);
        assertThat(chosen("Grüße aus Köln")).isEqualTo(TransferEncoding.QUOTED_PRINTABLE);
        assertThat(chosen("你好，世界")).isEqualTo(TransferEncoding.BASE64);
        assertThat(chosen("Привет, мир")).isEqualTo(TransferEncoding.BASE64);
        assertThat(chosen("x".repeat(998) + "\n" + "y".repeat(998))).isEqualTo(TransferEncoding.SEVEN_BIT);
        assertThat(chosen("x".repeat(999))).isEqualTo(TransferEncoding.QUOTED_PRINTABLE);
        assertThat(chosen("a\0b")).isEqualTo(TransferEncoding.QUOTED_PRINTABLE);
    }

    @Test
    void r2045_01_textIsCanonical() {
        assertThat(new String(CanonicalText.octets("text", "a\nb\rc\r\nd\n\ne\r\r\n"), UTF_8))
                .isEqualTo("a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n");
    }

    @Test
    void r2045_02_vectors() {
        assertThat(quoted("Café = 10 \t")).isEqualTo("Caf=C3=A9 =3D 10 =09");
        assertThat(quoted("a".repeat(100))).isEqualTo("a".repeat(75) + "=\r\n" + "a".repeat(25));
        assertThat(quoted("a".repeat(76))).isEqualTo("a".repeat(76));
        assertThat(quoted("a".repeat(76) + "\r\nb")).isEqualTo("a".repeat(76) + "\r\nb");
        assertThat(quoted("a \r\n\t\r\nb ")).isEqualTo("a=20\r\n=09\r\nb=20");
        assertThat(quoted("\rx\n")).isEqualTo("=0Dx=0A");
        assertThat(quoted("")).isEmpty();
    }

    @Test
    void r2045_02_sparesGateways() {
        assertThat(quoted(".\r\n.a.\r\nFrom me\r\nFromage\r\nX From x")).isEqualTo("""
                =2E\r
                =2Ea.\r
                =46rom me\r
                Fromage\r
                X From x""");
        assertThat(quoted("a".repeat(75) + ".b")).isEqualTo("a".repeat(75) + "=\r\n=2Eb");
    }

    @Test
    void r2045_02_neverTearsACharacter() {
        for (int i = 0; i < 80; i++) {
            for (String line : quoted("x".repeat(i) + "ä€😀".repeat(40)).split("=\r\n", -1)) {
                String octets = line.replaceAll("x|=2E|=46", "");
                assertThat(new String(MimeText.unhex(octets), UTF_8))
                        .as("%s", i)
                        .doesNotContain("\uFFFD");
                assertThat(line.length()).as("%s", i).isLessThanOrEqualTo(75);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "56,1", "57,1", "58,2", "114,2", "115,3"})
    void r2045_03_lines(int octets, int lines) {
        byte[] encoded = Base64Encoder.encode(new byte[octets]);
        String text = new String(encoded, UTF_8);
        assertThat(text.isEmpty() ? new String[0] : text.split("\r\n", -1)).hasSize(lines);
        assertThat(encoded).hasSize((int) Base64Encoder.encodedLength(octets));
        assertThat(text.lines()).allMatch(line -> line.length() % 4 == 0 && line.length() <= 76);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void r2045_03_piecesDoNotMatter(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] octets = new byte[random.nextInt(round < 150 ? 200 : 20_000)];
            random.nextBytes(octets);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Base64Encoder encoder = new Base64Encoder();
            for (int at = 0; at < octets.length; ) {
                int length = Math.min(octets.length - at, random.nextInt(130));
                out.writeBytes(bytes(encoder.encode(ByteBuffer.wrap(octets, at, length))));
                at += length;
            }
            out.writeBytes(bytes(encoder.finish()));
            assertThat(out.toByteArray())
                    .as("seed %s, round %s", seed, round)
                    .isEqualTo(Base64Encoder.encode(octets))
                    .hasSize((int) Base64Encoder.encodedLength(octets.length));
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] octets = new byte[buffer.remaining()];
        buffer.get(octets);
        return octets;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void r2045_02_readsBackByAnotherDecoder(long seed) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] text = CanonicalText.octets("text", MimeText.random(random, 1 + round));
            for (TransferEncoding encoding : TransferEncoding.values()) {
                if (encoding == TransferEncoding.SEVEN_BIT) {
                    continue;
                }
                byte[] encoded = encoding.encode(text);
                String name = encoding == TransferEncoding.BASE64 ? "base64" : "quoted-printable";
                assertThat(decode(encoded, name))
                        .as("seed %s, round %s, %s", seed, round, name)
                        .isEqualTo(text);
                assertThat(ContentScanner.factsOf(encoded).longestLine()).isLessThanOrEqualTo(76);
                assertThat(TransferEncoding.isSevenBit(ContentScanner.factsOf(encoded)))
                        .isTrue();
                assertThat(new String(encoded, UTF_8)).doesNotContain("=_", " \r\n", "\t\r\n");
            }
        }
    }

    private static byte[] decode(byte[] encoded, String name) throws Exception {
        try (InputStream in = MimeUtility.decode(new ByteArrayInputStream(encoded), name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void r2045_01_r6152_02_everyEncodingIsSevenBit() {
        byte[] text = CanonicalText.octets("text", "zażółć gęślą jaźń 😀".repeat(50));
        byte[] encoded = TransferEncoding.of(text).encode(text);
        assertThat(TransferEncoding.isSevenBit(ContentScanner.factsOf(encoded))).isTrue();
        assertThat(Arrays.equals(text, encoded)).isFalse();
    }
}
