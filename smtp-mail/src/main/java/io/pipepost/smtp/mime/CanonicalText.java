/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Text as MIME wants it before it is encoded: in UTF-8, each line end a CRLF. */
final class CanonicalText {
    private CanonicalText() {}

    static byte[] octets(String what, String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                throw new SmtpSyntaxException(what + " must be valid Unicode, found half a surrogate pair", i);
            }
        }
        return withCrlf(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes each CR, LF and CRLF a CRLF. */
    static byte[] withCrlf(byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + text.length / 32 + 16);
        for (int i = 0; i < text.length; i++) {
            byte c = text[i];
            if (c != '\r' && c != '\n') {
                out.write(c);
                continue;
            }
            out.write('\r');
            out.write('\n');
            if (c == '\r' && i + 1 < text.length && text[i + 1] == '\n') {
                i++;
            }
        }
        return out.toByteArray();
    }
}
