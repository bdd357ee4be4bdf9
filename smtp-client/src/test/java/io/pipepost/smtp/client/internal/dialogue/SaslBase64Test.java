/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaslBase64Test {
    /** RFC 4648 section 10. */
    @ParameterizedTest
    @CsvSource({"'', ''", "f, Zg==", "fo, Zm8=", "foo, Zm9v", "foob, Zm9vYg==", "fooba, Zm9vYmE=", "foobar, Zm9vYmFy"})
    void R_4954_06_vectors(String text, String base64) {
        assertThat(SaslBase64.encode(text.getBytes(US_ASCII)))
                .asString(US_ASCII)
                .isEqualTo(base64);
        assertThat(SaslBase64.decode(base64)).asString(US_ASCII).isEqualTo(text);
    }

    @Test
    void R_4954_06_standardAlphabet() {
        byte[] octets = {(byte) 0xFB, (byte) 0xFF};
        assertThat(SaslBase64.encode(octets)).asString(US_ASCII).isEqualTo("+/8=");
        assertThat(SaslBase64.decode("+/8=")).isEqualTo(octets);
    }

    @Test
    void R_4954_06_oneLine() {
        assertThat(SaslBase64.encode(new byte[9216])).hasSize(12_288).containsOnly('A');
        assertThat(SaslBase64.decode("A".repeat(12_288))).isEqualTo(new byte[9216]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "YQ",
                "YQ=",
                "YQ===",
                "YWI",
                "YWJj=",
                "Y",
                "=",
                "====",
                "=AAA",
                "A=AA",
                "AA=A",
                "YQ==YQ==",
                "YQ==Zm9v",
                "Y!Q==",
                "Y Q=",
                "YQ==\r",
                "YQ\r\n==",
                " YQ==",
                "YQ== ",
                "-_8=",
                "*",
                "YWJ\u0100",
                "YWJ\uFF21"
            })
    void R_4954_06_refused(String malformed) {
        assertThatThrownBy(() -> SaslBase64.decode(malformed))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessage("Challenge is not base64 with padding (RFC 4648 section 4)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"YR==", "Zm9=", "Y/=="})
    void R_4954_06_strayBitsRefused(String malformed) {
        assertThatThrownBy(() -> SaslBase64.decode(malformed)).isInstanceOf(SmtpSyntaxException.class);
    }
}
