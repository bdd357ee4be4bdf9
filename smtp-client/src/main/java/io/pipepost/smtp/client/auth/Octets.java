/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.util.Arrays;

/** Secrets as octets, with nothing left behind. */
final class Octets {
    /** R-4954-15: what separates the fields of PLAIN. */
    static final String NUL = "\0";

    /** R-OAUTH-01: what separates the fields of OAUTHBEARER and XOAUTH2, and the lines of HTTP. */
    static final String OAUTH_SEPARATORS = "\0\1\r\n";

    private Octets() {}

    /** Checks a field and encodes it. No message repeats the value or says where it went wrong: it may be a secret. */
    static byte[] ofField(String field, CharBuffer value, String forbidden) {
        if (!value.hasRemaining()) {
            throw new SmtpSyntaxException(field + " must not be empty", -1);
        }
        for (int i = 0; i < forbidden.length(); i++) {
            char c = forbidden.charAt(i);
            if (value.chars().anyMatch(found -> found == c)) {
                throw new SmtpSyntaxException("%s must not contain U+%04X".formatted(field, (int) c), -1);
            }
        }
        return utf8(field, value);
    }

    /** Not {@code String.getBytes}, which replaces half a surrogate pair by a question mark and needs a String. */
    private static byte[] utf8(String field, CharBuffer value) {
        ByteBuffer encoded = ByteBuffer.allocate(Math.multiplyExact(value.remaining(), 3));
        try {
            CoderResult result = UTF_8.newEncoder().encode(value, encoded, true);
            if (result.isError()) {
                throw new SmtpSyntaxException(field + " must be valid Unicode, found half a surrogate pair", -1);
            }
            return Arrays.copyOf(encoded.array(), encoded.position());
        } finally {
            Arrays.fill(encoded.array(), (byte) 0);
        }
    }

    /** One array for all parts, sized at once so that no smaller one is left behind. */
    static byte[] concat(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
