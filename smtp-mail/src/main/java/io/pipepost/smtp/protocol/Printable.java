/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/**
 * Text from elsewhere, made harmless for people's eyes: what a server says, names in certificates, messages of foreign
 * exceptions. Whatever a terminal, a log or a reader's eye would act upon instead of showing it is written as
 * <code>&#92;u001b</code> in its place: control characters (C0, DEL and C1), line and paragraph separators, marks that
 * change the direction of text, characters of no width, and halves of surrogate pairs. All else stays as it is.
 *
 * <p>This library passes everything through here that it puts into messages of exceptions, {@code toString()}, logs and
 * transcripts. The text of {@link Reply#lines()} and the like is as the peer sent it; whoever shows it does the same.
 */
public final class Printable {
    /** As much as of one text is shown unless more is asked for. */
    public static final int LIMIT = 512;

    private static final String CUT = "...";

    private Printable() {}

    /**
     * The text on one line, cut at {@link #LIMIT} characters.
     *
     * @param text any text
     * @return the same text if all of it may be shown; what was cut ends in {@code ...}
     */
    public static String of(String text) {
        return of(text, LIMIT);
    }

    /**
     * The text on one line, cut at a length of the caller's choice.
     *
     * @param text any text
     * @param limit characters at most, {@code ...} included; 3 or more
     * @return the same text if all of it may be shown; what was cut ends in {@code ...}
     */
    public static String of(String text, int limit) {
        if (text.length() <= limit && isPrintable(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(Math.min(text.length() + 16, limit));
        append(out, text, limit);
        return out.toString();
    }

    /**
     * Whether a character is shown as it is.
     *
     * @param codePoint a code point; half a surrogate pair is one of its own
     * @return false if it is escaped
     */
    public static boolean isPrintable(int codePoint) {
        if (codePoint < 0x7F) {
            return codePoint >= ' ';
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (!isPrintable(c)) {
                return false;
            }
            i += Character.charCount(c);
        }
        return true;
    }

    /** {@code to} does not grow beyond {@code limit}. */
    static void append(StringBuilder to, String text, int limit) {
        int fits = to.length();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (isPrintable(c)) {
                to.appendCodePoint(c);
            } else {
                to.append("\\u%04x".formatted(c));
            }
            if (to.length() > limit) {
                to.setLength(fits);
                to.append(CUT);
                return;
            }
            if (to.length() <= limit - CUT.length()) {
                fits = to.length();
            }
            i += Character.charCount(c);
        }
    }
}
