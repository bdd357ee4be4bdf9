/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Any octets from a client, in any segments, to a server that reads content, chunks and SASL responses. */
@Tag("exhaustive")
class CommandDecoderFuzzTest {
    private static final int LINE = 512;
    private static final int AUTH_LINE = 600;

    @FuzzTest
    @DictionaryEntries({
        "DATA\\x0d\\x0a",
        "BDAT 5\\x0d\\x0a",
        "AUTH ",
        "\\x0d\\x0a.\\x0d\\x0a",
        "STARTTLS\\x0d\\x0a",
        "MAIL FROM:<>\\x0d\\x0a"
    })
    void anySegmentsGiveTheSame(byte[] octets) {
        String sent = new String(octets, ISO_8859_1);
        List<String> whole = record(sent);
        for (int[] cuts : Cuts.of(octets)) {
            assertThat(record(sent, cuts)).isEqualTo(whole);
        }
    }

    private static List<String> record(String sent, int... cuts) {
        return ServerRecorder.record(new CommandDecoder(LINE, AUTH_LINE), sent, cuts);
    }
}
