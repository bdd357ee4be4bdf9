/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;

/**
 * Writes a header field and folds it: in front of white space, before column 78, or 76 in lines with an encoded-word
 * (R-5322-01, R-5322-03, R-2047-01). Takes pieces that begin with white space, so that taking the CRLFs out again gives
 * back what was put in.
 */
final class Folder {
    private static final int FOLD = 78;
    private static final int FOLD_ENCODED = 76;
    private static final int MAX_LINE = 998;

    private final String name;
    private final StringBuilder out;
    private int column;
    private boolean encoded;

    Folder(String name) {
        this.name = HeaderField.requireName(name);
        this.out = new StringBuilder(name).append(':');
        this.column = out.length();
    }

    HeaderField field() {
        return new HeaderField(name, out.toString());
    }

    /** How long an encoded-word may be to fit behind a space in the line that was begun. */
    int room() {
        return FOLD_ENCODED - column - 1;
    }

    /** Takes a piece whose length is no concern of its writer's. */
    Folder add(String piece) {
        return add(piece, HeaderText.octets(piece), false);
    }

    Folder addEncoded(char space, List<String> words) {
        char separator = space;
        for (String word : words) {
            add(separator + word, 1 + word.length(), true);
            separator = ' ';
        }
        return this;
    }

    /** Takes words, {@code suffix} behind the last, on one line if they fit on one. */
    Folder addTogether(List<String> words, String suffix) {
        int length = suffix.length();
        boolean anyEncoded = false;
        for (String word : words) {
            length += 1 + HeaderText.octets(word);
            anyEncoded |= isEncoded(word);
        }
        int limit = limit(anyEncoded);
        if (column + length > limit && length <= (anyEncoded ? FOLD_ENCODED : FOLD) && !atStart()) {
            fold();
        }
        for (int i = 0; i < words.size(); i++) {
            String piece = ' ' + words.get(i) + (i == words.size() - 1 ? suffix : "");
            add(piece, HeaderText.octets(piece), isEncoded(words.get(i)));
        }
        return this;
    }

    private static boolean isEncoded(String word) {
        return word.startsWith("=?");
    }

    private Folder add(String piece, int length, boolean isEncoded) {
        int limit = limit(isEncoded);
        if (column + length > limit && (!atStart() || length <= limit || column + length > MAX_LINE)) {
            fold();
        }
        out.append(piece);
        column += length;
        encoded |= isEncoded;
        if (column > MAX_LINE) {
            throw new SmtpSyntaxException(
                    "%s has %d octets without a place to fold, expected at most 997".formatted(name, length - 1), -1);
        }
        return this;
    }

    private int limit(boolean isEncoded) {
        return encoded || isEncoded ? FOLD_ENCODED : FOLD;
    }

    /** Whether nothing stands behind the name yet. */
    boolean atStart() {
        return out.length() == name.length() + 1;
    }

    private void fold() {
        out.append("\r\n");
        column = 0;
        encoded = false;
    }
}
