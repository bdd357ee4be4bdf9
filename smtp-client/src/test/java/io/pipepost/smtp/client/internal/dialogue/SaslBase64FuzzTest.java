/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

/** R-4954-06: a challenge is base64 of RFC 4648 section 4, or refused without being repeated. */
@Tag("exhaustive")
class SaslBase64FuzzTest {
    /** What stands before padding has no bits that mean nothing. */
    private static final Pattern CANONICAL =
            Pattern.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?");

    @FuzzTest
    @DictionaryEntries({"==", "=", "QQ==", "QUE="})
    void canonicalOrRefused(byte[] octets) {
        String text = new String(octets, ISO_8859_1);
        try {
            byte[] decoded = SaslBase64.decode(text);
            assertThat(text).matches(CANONICAL);
            assertThat(new String(SaslBase64.encode(decoded), ISO_8859_1)).isEqualTo(text);
        } catch (SmtpSyntaxException refusal) {
            assertThat(text).doesNotMatch(CANONICAL);
            assertThat(refusal).hasMessage("Challenge is not base64 with padding (RFC 4648 section 4)");
        }
    }
}
