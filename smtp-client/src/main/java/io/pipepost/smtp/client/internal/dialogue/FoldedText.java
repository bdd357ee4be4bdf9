/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.protocol.EnhancedStatusCode;
import java.util.Arrays;

/**
 * Text as octets without what changes when it is repeated: letters of ASCII are small, blanks, line ends and other control
 * characters are left out, {@code %41} and {@code \x41} stand for what they encode, however often they do, and {@code -} and
 * {@code _} are the {@code +} and {@code /} of the other base64. Knows where in the text each octet comes from.
 */
final class FoldedText {
    private static final int DROPPED = -1;
    private static final byte[] FOLDS = folds();

    private final byte[] octets;
    private final int[] first;
    private final int[] last;
    private int size;

    private FoldedText(int capacity) {
        octets = new byte[capacity];
        first = new int[capacity];
        last = new int[capacity];
    }

    /** Of octets that are compared with others; {@link #wipe} clears the copy. */
    static FoldedText of(byte[] text, int from, int to) {
        FoldedText folded = new FoldedText(to - from);
        for (int i = from; i < to; i++) {
            folded.append(text[i] & 0xFF, i, i);
        }
        return folded;
    }

    /** Of lines joined by LF. The status code that servers put in front of each line is no part of what they repeat. */
    static FoldedText of(String lines) {
        FoldedText folded = new FoldedText(lines.length() * 3);
        int next;
        for (int i = 0; i < lines.length(); i = next) {
            int c = lines.codePointAt(i);
            next = i + Character.charCount(c);
            if (c == '\n') {
                next += statusLength(lines, next);
            } else if (c < 0x80) {
                folded.append(c, i, i);
            } else {
                for (byte octet : Character.toString(c).getBytes(UTF_8)) {
                    folded.append(octet & 0xFF, i, next - 1);
                }
            }
        }
        return folded;
    }

    /** Characters of the status code at the start of a line. */
    static int statusLength(String lines, int start) {
        EnhancedStatusCode status = EnhancedStatusCode.parse(
                lines.substring(start, Math.min(lines.length(), start + "5.999.999 ".length())));
        return status == null ? 0 : status.toString().length();
    }

    private static byte[] folds() {
        byte[] folds = new byte[0x80];
        for (int octet = 0; octet < folds.length; octet++) {
            boolean capital = octet >= 'A' && octet <= 'Z';
            boolean dropped = octet <= ' ' || octet == 0x7F;
            folds[octet] = (byte) (dropped ? DROPPED : capital ? octet + ('a' - 'A') : octet);
        }
        folds['-'] = '+';
        folds['_'] = '/';
        return folds;
    }

    /** The octet as it is compared, or one that {@link #isDropped}. */
    static int fold(int octet) {
        return octet < 0x80 ? FOLDS[octet] : octet;
    }

    /** Whether a character stands for the octet that it is, whatever is around it. */
    static boolean isPlain(char c) {
        return c < 0x80 && c != '%' && c != '\\' && c != '\n';
    }

    static boolean isDropped(int folded) {
        return folded == DROPPED;
    }

    /** What is decoded may complete another escape: hence the loop, which is no recursion, since servers choose its depth. */
    private void append(int octet, int from, int to) {
        int next = fold(octet);
        int start = from;
        while (!isDropped(next)) {
            octets[size] = (byte) next;
            first[size] = start;
            last[size] = to;
            size++;
            int escape = escapeAtEnd();
            if (escape == 0) {
                return;
            }
            next = fold(hex(size - 2) * 16 + hex(size - 1));
            size -= escape;
            start = first[size];
        }
    }

    /** Octets of the escape that the last octet has completed, or 0. */
    private int escapeAtEnd() {
        if (size < 3 || hex(size - 1) < 0 || hex(size - 2) < 0) {
            return 0;
        }
        if (octets[size - 3] == '%') {
            return 3;
        }
        return size > 3 && octets[size - 3] == 'x' && octets[size - 4] == '\\' ? 4 : 0;
    }

    private int hex(int at) {
        return Character.digit(octets[at], 16);
    }

    int size() {
        return size;
    }

    int octet(int at) {
        return octets[at] & 0xFF;
    }

    /** The index of the first character that gave this octet. */
    int first(int at) {
        return first[at];
    }

    /** The index of the last character that gave this octet. */
    int last(int at) {
        return last[at];
    }

    void wipe() {
        Arrays.fill(octets, (byte) 0);
    }
}
