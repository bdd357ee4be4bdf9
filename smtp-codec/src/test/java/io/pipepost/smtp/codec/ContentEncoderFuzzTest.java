/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import org.junit.jupiter.api.Tag;

/** V-DOT's property for any content: a server reads what was given, with CRLF, and nothing of it as a command. */
@Tag("exhaustive")
class ContentEncoderFuzzTest {
    /** S-05, S-07, R-5321-62, R-5321-63. */
    @FuzzTest
    @DictionaryEntries({
        "\\x0d\\x0a.\\x0d\\x0a",
        "\\x0a.\\x0a",
        "\\x0d.\\x0d",
        "\\x0d\\x0a..",
        "\\x0d\\x0a.\\x0d\\x0aMAIL FROM:<>\\x0d\\x0a"
    })
    void serversReadWhatWasGiven(byte[] content) {
        String normal = normalise(new String(content, ISO_8859_1));
        for (int[] cuts : Cuts.of(content)) {
            String wire = encode(ContentEncoder.forData(), content, cuts);
            assertThat(ServerRecorder.record("DATA\r\n" + wire + "NOOP\r\n", cuts))
                    .containsExactly("DATA", "LONE_DOT " + normal, "NOOP");
            assertThat(wire.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
            assertThat(encode(ContentEncoder.forBdat(), content, cuts)).isEqualTo(normal);
            assertForetold(scan(content, cuts), wire, normal);
        }
    }

    private static void assertForetold(ContentFacts facts, String wire, String normal) {
        assertThat(facts.canonicalOctets()).isEqualTo(normal.length());
        assertThat(facts.canonicalOctets() + facts.linesWithDot() + 3).isEqualTo(wire.length());
        assertThat(facts.longestLine())
                .isEqualTo(normal.lines().mapToInt(String::length).max().orElse(0));
    }

    private static String normalise(String content) {
        String lines = content.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
        return lines.isEmpty() || lines.endsWith("\n") ? lines : lines + "\r\n";
    }

    private static String encode(ContentEncoder encoder, byte[] content, int... cuts) {
        ByteBuf out = Unpooled.buffer();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : content.length;
            encoder.encode(Unpooled.wrappedBuffer(content, from, to - from), out);
            from = to;
        }
        encoder.finish(out);
        return out.toString(ISO_8859_1);
    }

    private static ContentFacts scan(byte[] content, int... cuts) {
        ContentScanner scanner = new ContentScanner();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : content.length;
            scanner.scan(content, from, to - from);
            from = to;
        }
        return scanner.facts();
    }
}
