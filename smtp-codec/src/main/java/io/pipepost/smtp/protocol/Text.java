/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** Checks and escapes for text that meets the wire. */
final class Text {
    private Text() {}

    /** R-5321-27: no control character, no Unicode line separator and no half of a surrogate pair in any argument. */
    static String requirePrintable(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (isControl(c)) {
                throw new SmtpSyntaxException(
                        "%s must not contain control characters, found U+%04X".formatted(what, (int) c), i);
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == value.length()
                        || !Character.isLowSurrogate(value.charAt(i + 1))) {
                    throw new SmtpSyntaxException(what + " must be valid Unicode, found half a surrogate pair", i);
                }
                i++;
            }
        }
        return value;
    }

    static String requirePrintableAscii(String what, String value) {
        requirePrintable(what, value);
        int i = indexOfNonAscii(value);
        if (i >= 0) {
            throw new SmtpSyntaxException("%s must be ASCII, found U+%04X".formatted(what, value.codePointAt(i)), i);
        }
        return value;
    }

    static boolean isControl(char c) {
        return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == '\u2028' || c == '\u2029';
    }

    static int indexOfNonAscii(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) >= 0x80) {
                return i;
            }
        }
        return -1;
    }

    static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** R-5321-09, S-23: what a peer said, made harmless for a terminal or a log line and cut at {@code limit}. */
    static void appendEscaped(StringBuilder to, String text, int limit) {
        int end = Math.min(text.length(), limit);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isControl(c) || isFormat(c)) {
                to.append("\\u%04x".formatted((int) c));
            } else {
                to.append(c);
            }
        }
        if (end < text.length()) {
            to.append("...");
        }
    }

    /** Bidirectional controls and other invisible format characters. */
    private static boolean isFormat(char c) {
        return c >= 0x80 && Character.getType(c) == Character.FORMAT;
    }
}
