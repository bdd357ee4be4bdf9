/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.util.ArrayList;
import java.util.List;

/** Writes names: as atoms if possible, else quoted, else as encoded-words (R-5322-07). */
final class Phrase {
    /** What a line holds beside its leading space and a comma or colon behind the name. */
    private static final int MAX_PLAIN = 76;

    private Phrase() {}

    /** The words of {@code name}, to be separated by single spaces; {@code room} as in {@link EncodedWords#encode}. */
    static List<String> words(String name, int room, boolean utf8) {
        String text = HeaderText.normalize(name, utf8);
        if (HeaderText.isPlain(text, utf8) && text.indexOf('\t') < 0) {
            List<String> atoms = atoms(text);
            if (!atoms.isEmpty() && atoms.stream().allMatch(atom -> HeaderText.octets(atom) <= MAX_PLAIN)) {
                return atoms;
            }
            String quoted = HeaderText.quote(text);
            if (HeaderText.octets(quoted) <= MAX_PLAIN) {
                return List.of(quoted);
            }
        }
        return EncodedWords.encode(text, room);
    }

    /** The form that the address parser reads, of any length. */
    static String toString(String name) {
        return atoms(name).isEmpty() ? HeaderText.quote(name) : name;
    }

    /** The atoms that {@code text} consists of; none if it is anything else than atoms with single spaces between. */
    private static List<String> atoms(String text) {
        List<String> atoms = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == ' ') {
                if (i == start) {
                    return List.of();
                }
                atoms.add(text.substring(start, i));
                start = i + 1;
            } else if (text.charAt(i) < 0x80 && !HeaderText.isAtomText(text.charAt(i))) {
                return List.of();
            }
        }
        return atoms;
    }
}
