/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * An enhanced mail system status code, {@code class.subject.detail} (RFC 3463, RFC 2034). The set of subjects and
 * details is open: never switch over it exhaustively.
 *
 * @param statusClass 2 (success), 4 (persistent transient failure) or 5 (permanent failure)
 * @param subject 0 to 999
 * @param detail 0 to 999
 */
public record EnhancedStatusCode(int statusClass, int subject, int detail) {

    /** Checks the ranges. */
    public EnhancedStatusCode {
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            throw new SmtpSyntaxException("Status class must be 2, 4 or 5, found " + statusClass, -1);
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new SmtpSyntaxException(
                    "Subject and detail must be 0 to 999, found " + subject + " and " + detail, -1);
        }
    }

    /**
     * Reads the code at the very start of a reply's text: it must be followed by a space or by the end of the text,
     * and its numbers have no leading zeros (RFC 3463 section 2).
     *
     * @param text text of a reply line, without the reply code
     * @return the code, or null if the text does not begin with one
     */
    public static @Nullable EnhancedStatusCode parse(String text) {
        if (text.length() < 5 || text.charAt(1) != '.' || "245".indexOf(text.charAt(0)) < 0) {
            return null;
        }
        int dot = endOfNumber(text, 2);
        if (dot < 0 || dot == text.length() || text.charAt(dot) != '.') {
            return null;
        }
        int end = endOfNumber(text, dot + 1);
        if (end < 0 || (end < text.length() && text.charAt(end) != ' ')) {
            return null;
        }
        return new EnhancedStatusCode(
                text.charAt(0) - '0', Integer.parseInt(text, 2, dot, 10), Integer.parseInt(text, dot + 1, end, 10));
    }

    /** Index behind 1 to 3 digits without a leading zero, or -1. */
    private static int endOfNumber(String text, int from) {
        int i = from;
        while (i < text.length() && i < from + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
            i++;
        }
        boolean leadingZero = i > from + 1 && text.charAt(from) == '0';
        return i == from || leadingZero ? -1 : i;
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
