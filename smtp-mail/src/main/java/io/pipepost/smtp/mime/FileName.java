/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.text.Normalizer;

/** The name that an attachment is offered under: one step of a path, which shows as what it is (R-2231-01, S-28). */
final class FileName {
    private static final int MAX_FALLBACK = 60;
    private static final int MAX_SUFFIX = 10;

    private FileName() {}

    static String require(String name) {
        if (name.isBlank() || name.equals(".") || name.equals("..")) {
            throw new SmtpSyntaxException("file name: expected a name, found none", 0);
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' || c == '\\' || !HeaderText.isText(name, i) || isDirectional(c)) {
                throw new SmtpSyntaxException(
                        "file name: expected no path, controls or marks of direction, found U+%04X".formatted((int) c),
                        i);
            }
        }
        return name;
    }

    private static boolean isDirectional(char c) {
        return c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }

    /** Something like {@code name} in short and plain ASCII, with its suffix. */
    static String fallback(String name) {
        String decomposed = Normalizer.normalize(name, Normalizer.Form.NFD);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < decomposed.length(); i += Character.charCount(decomposed.codePointAt(i))) {
            int c = decomposed.codePointAt(i);
            if (Character.getType(c) != Character.NON_SPACING_MARK) {
                out.append(c < 0x20 || c > 0x7E || "\"\\%'*?".indexOf(c) >= 0 ? '_' : (char) c);
            }
        }
        return shorten(out.toString());
    }

    private static String shorten(String name) {
        if (name.length() <= MAX_FALLBACK) {
            return name;
        }
        int dot = name.lastIndexOf('.');
        String suffix = dot < name.length() - MAX_SUFFIX ? "" : name.substring(dot);
        return name.substring(0, MAX_FALLBACK - suffix.length()) + suffix;
    }
}
