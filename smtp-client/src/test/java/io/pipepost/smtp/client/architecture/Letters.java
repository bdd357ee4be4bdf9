/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.util.ArrayList;
import java.util.List;

/** How much room text takes: what the widest of the usual fonts without serifs needs, as the reader's is not known. */
final class Letters {
    static final double SIZE = 11.5;

    private Letters() {}

    static double width(String text, double size) {
        return text.chars().mapToDouble(Letters::width).sum() * size;
    }

    private static double width(int letter) {
        if ("ijl.,:;'|!".indexOf(letter) >= 0) {
            return 0.33;
        }
        if (" ftr()-/".indexOf(letter) >= 0) {
            return 0.40;
        }
        if ("mwMW@".indexOf(letter) >= 0) {
            return 0.96;
        }
        return Character.isUpperCase(letter) ? 0.70 : 0.61;
    }

    /** Into lines that are no wider than that. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && width(line + " " + word, SIZE) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
