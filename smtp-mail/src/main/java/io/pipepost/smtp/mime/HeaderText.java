/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** What a header field may be made of. */
final class HeaderText {
    private HeaderText() {}

    /**
     * R-5322-02, R-2047-01: refuses what would end a line, and every other control of ASCII but TAB. Halves of surrogate
     * pairs, which no encoding has, become U+FFFD.
     */
    static String require(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 0x20 && c != '\t') || c == 0x7F) {
                throw new SmtpSyntaxException(
                        "%s must not contain control characters, found U+%04X".formatted(what, (int) c), i);
            }
        }
        return wellFormed(text);
    }

    private static String wellFormed(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (isLoneSurrogate(text.codePointAt(i))) {
                out = out == null ? new StringBuilder(text) : out;
                out.setCharAt(i, '\uFFFD');
            }
        }
        return out == null ? text : out.toString();
    }

    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    /** ASCII that may stand in a header field as it is. */
    static String requireAscii(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 0x20 && c != '\t') || c > 0x7E) {
                throw new SmtpSyntaxException("%s must be printable ASCII, found U+%04X".formatted(what, (int) c), i);
            }
        }
        return text;
    }

    /** Whether the character at {@code i} is neither a control, nor a line separator, nor half of a pair. */
    static boolean isText(String text, int i) {
        char c = text.charAt(i);
        if (Character.isLowSurrogate(c)) {
            return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
        }
        return isPrintable(text.codePointAt(i));
    }

    static boolean isPrintable(int c) {
        return c >= 0x20 && !(c >= 0x7F && c <= 0x9F) && c != 0x2028 && c != 0x2029 && !isLoneSurrogate(c);
    }

    /** Whether {@code text} may be written without an encoded-word: printable, and only ASCII unless {@code utf8}. */
    static boolean isPlain(String text, boolean utf8) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80 ? (c < 0x20 && c != '\t') || c == 0x7F : !utf8 || !isText(text, i)) {
                return false;
            }
        }
        return !text.contains("=?");
    }

    static boolean isAtomText(char c) {
        return isLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
    }

    static boolean isLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** RFC 2045 section 5.1. */
    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= 0x20 || c > 0x7E || "()<>@,;:\\\"/[]?=".indexOf(c) >= 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 4).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        return out.append('"').toString();
    }

    /** R-6532-01 recommends NFC for what is written in UTF-8. */
    static String normalize(String text, boolean utf8) {
        return utf8 ? Normalizer.normalize(text, Normalizer.Form.NFC) : text;
    }

    static int octets(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return text.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return text.length();
    }

    static int octets(int c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
}
