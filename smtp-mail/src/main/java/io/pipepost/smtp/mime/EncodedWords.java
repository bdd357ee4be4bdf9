/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Encoded-words (RFC 2047) in UTF-8. The literals of Q are those that a phrase allows, so that its words may stand
 * anywhere.
 */
final class EncodedWords {
    static final int MAX_WORD = 75;
    private static final int FRAME = "=?UTF-8?Q?".length() + "?=".length();
    /** Less room than this is not worth a word. */
    private static final int MIN_WORD = 32;

    private EncodedWords() {}

    /**
     * The words for {@code text}, each of whole characters; they are to be separated by white space, which vanishes when
     * they are decoded.
     *
     * @param room how long the first may be, if that is long enough for a word at all
     */
    static List<String> encode(String text, int room) {
        boolean q = isReadable(text);
        List<String> words = new ArrayList<>();
        int most = (room < MIN_WORD ? MAX_WORD : Math.min(room, MAX_WORD)) - FRAME;
        int start = 0;
        int size = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int more = q ? qLength(c) : HeaderText.octets(c);
            if (size > 0 && length(q, size + more) > most) {
                words.add(word(q, text.substring(start, i)));
                start = i;
                size = 0;
                most = MAX_WORD - FRAME;
            }
            size += more;
            i += Character.charCount(c);
        }
        words.add(word(q, text.substring(start)));
        return words;
    }

    /** Q unless B is shorter by more than a quarter: people do read sources, and search them. */
    private static boolean isReadable(String text) {
        long q = 0;
        long octets = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            q += qLength(text.codePointAt(i));
            octets += HeaderText.octets(text.codePointAt(i));
        }
        return q * 3 <= (octets + 2) / 3 * 4 * 4;
    }

    private static int length(boolean q, int size) {
        return q ? size : (size + 2) / 3 * 4;
    }

    private static int qLength(int c) {
        return c == ' ' || isQLiteral(c) ? 1 : 3 * HeaderText.octets(c);
    }

    private static boolean isQLiteral(int c) {
        return HeaderText.isLetterOrDigit(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
    }

    private static String word(boolean q, String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        if (!q) {
            return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(octets) + "?=";
        }
        StringBuilder out = new StringBuilder("=?UTF-8?Q?");
        for (byte octet : octets) {
            if (octet == ' ') {
                out.append('_');
            } else if (isQLiteral(octet)) {
                out.append((char) octet);
            } else {
                appendHex(out, '=', octet);
            }
        }
        return out.append("?=").toString();
    }

    static void appendHex(StringBuilder out, char sign, byte octet) {
        out.append(sign).append(hex(octet >> 4)).append(hex(octet));
    }

    private static char hex(int value) {
        return "0123456789ABCDEF".charAt(value & 0xF);
    }
}
