/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Base64;

/** Base64 as SASL dialogues want it (RFC 4954 section 4, RFC 4648 section 4): padded, on one line, nothing skipped. */
public final class SaslBase64 {
    private SaslBase64() {}

    /** ASCII octets in an array of its own, so that a secret can be wiped. */
    public static byte[] encode(byte[] octets) {
        return Base64.getEncoder().encode(octets);
    }

    /**
     * R-4954-06. The JDK's decoder takes missing padding and stray bits before the padding; only what encodes to the
     * same text again is canonical.
     */
    public static byte[] decode(String base64) {
        byte[] octets = decodeLeniently(base64);
        if (!Base64.getEncoder().encodeToString(octets).equals(base64)) {
            throw malformed();
        }
        return octets;
    }

    private static byte[] decodeLeniently(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    /** Without the JDK's message: S-21, challenges are not to be repeated. */
    private static SmtpSyntaxException malformed() {
        return new SmtpSyntaxException("Challenge is not base64 with padding (RFC 4648 section 4)", -1);
    }
}
