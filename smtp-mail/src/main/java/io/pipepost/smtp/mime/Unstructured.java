/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.util.ArrayList;
import java.util.List;

/** Writes unstructured text such as a subject; encodes the words that need it (R-2047-01). */
final class Unstructured {
    /** A word and the white space before it that fit in a line of 998 octets. */
    private static final int MAX_PLAIN = 997;

    private Unstructured() {}

    static void write(Folder folder, String text, boolean utf8) {
        List<String> words = words(text);
        for (int i = 0; i < words.size(); ) {
            int end = i;
            while (end < words.size() && mustBeEncoded(words, end, utf8)) {
                end++;
            }
            if (end == i) {
                folder.add(i == 0 ? ' ' + words.get(i) : words.get(i));
                i++;
            } else {
                writeEncoded(folder, String.join("", words.subList(i, end)), i == 0);
                i = end;
            }
        }
    }

    /** The first white space goes between the words, and what else there is of it into them. */
    private static void writeEncoded(Folder folder, String text, boolean first) {
        char space = first ? ' ' : text.charAt(0);
        folder.addEncoded(space, EncodedWords.encode(first ? text : text.substring(1), folder.room()));
    }

    /** At the ends white space gets lost, and some readers take a backslash before a fold for an escaped line end. */
    private static boolean mustBeEncoded(List<String> words, int i, boolean utf8) {
        String word = words.get(i);
        return !HeaderText.isPlain(word, utf8)
                || HeaderText.octets(word) > MAX_PLAIN
                || word.endsWith("\\")
                || (i == 0 && isSpace(word.charAt(0)))
                || (i == words.size() - 1 && isSpace(word.charAt(word.length() - 1)));
    }

    /** Words, each with the white space before it; the last also with what is behind it. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int i = 1; i < text.length(); i++) {
            if (isSpace(text.charAt(i)) && !isSpace(text.charAt(i - 1))) {
                words.add(text.substring(start, i));
                start = i;
            }
        }
        if (start < text.length()) {
            words.add(text.substring(start));
        }
        int last = words.size() - 1;
        if (last > 0 && words.get(last).isBlank()) {
            words.set(last - 1, words.get(last - 1) + words.remove(last));
        }
        return words;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }
}
