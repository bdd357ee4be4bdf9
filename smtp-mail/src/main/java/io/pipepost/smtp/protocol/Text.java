/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** Checks for text that meets the wire. */
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

    /** Upper case for letters of ASCII alone: elsewhere long s becomes S and dotless i becomes I, in any locale. */
    static String upperAscii(String value) {
        StringBuilder out = new StringBuilder(value);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= 'a' && c <= 'z') {
                out.setCharAt(i, Character.toUpperCase(c));
            }
        }
        return out.toString();
    }
}
