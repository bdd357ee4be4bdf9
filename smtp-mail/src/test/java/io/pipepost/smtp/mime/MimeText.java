/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;

/** Texts for bodies, with all that is hard about them. */
final class MimeText {
    private static final List<String> PIECES = List.of(
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\n\n",
            " \n",
            ".",
            "\n.",
            "\n..\n",
            "\nFrom ",
            "=",
            "=_",
            "--",
            "\n--",
            "a",
            "words ",
            "and a sentence. ",
            "x".repeat(80),
            "ä",
            "é",
            "ß",
            "привет ",
            "中文",
            "日本語",
            "한국어",
            "שלום ",
            "नमस्ते",
            "😀",
            "👩\u200d💻",
            "\u00a0",
            "\u0085",
            "\u2028",
            "\0",
            "\u001b[0m");

    private static final List<String> WORDS =
            List.of("plain ", "text ", "of ", "words, ", "dots. ", "\n", ".\n", "and more ");

    private MimeText() {}

    /** Any text; by its seed in ASCII, mostly in ASCII, or in whatever script. */
    static String random(Random random, int pieces) {
        List<String> others = random.nextInt(3) == 0 ? WORDS : PIECES;
        int share = random.nextInt(100);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            List<String> from = random.nextInt(100) < share ? others : WORDS;
            text.append(from.get(random.nextInt(from.size())));
        }
        return text.toString();
    }

    static byte[] unhex(String quoted) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i + 2 < quoted.length(); i += 3) {
            out.write(Integer.parseInt(quoted.substring(i + 1, i + 3), 16));
        }
        return out.toByteArray();
    }
}
