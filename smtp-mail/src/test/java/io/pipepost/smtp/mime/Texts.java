/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** Text in many scripts, and a strict reader of what is written of it. */
final class Texts {
    private static final List<String> PIECES = List.of(
            "a",
            "Z",
            "0",
            "word",
            "the",
            "(",
            ")",
            "<",
            ">",
            "@",
            ",",
            ";",
            ":",
            "\\",
            "\"",
            "'",
            ".",
            "[",
            "]",
            "=",
            "?",
            "_",
            "%",
            "*",
            "=?",
            "?=",
            "=?utf-8?q?x?=",
            "ü",
            "é",
            "e\u0301",
            "ß",
            "привет",
            "中文",
            "日本語",
            "한국어",
            "שלום",
            "سلام",
            "ไทย",
            "नमस्ते",
            "\uD83D\uDE00",
            "\uD83D\uDC69\u200D\uD83D\uDCBB",
            "€",
            "\u00a0",
            "\u0085",
            "\u2028",
            "x".repeat(90));

    private Texts() {}

    /** Words of random pieces with single spaces between, none at the ends; empty now and then if {@code most} allows. */
    static String random(Random random, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(most); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
            if (i > 1 && random.nextInt(3) == 0) {
                text.append(' ');
            }
        }
        return text.toString();
    }

    /** A file name: no path and nothing unseen. */
    static String fileName(Random random) {
        String name = random(random, 12).replace("\\", "").replace("\u0085", "").replace("\u2028", "");
        return (name.isBlank() ? "f" : name) + ".txt";
    }

    /** Tells linear from quadratic work on a megabyte, on a busy machine too. */
    static void assertQuick(Executable work) {
        Assertions.assertTimeout(Duration.ofSeconds(10), work);
    }

    static List<String> lines(String field) {
        return List.of(field.split("\r\n", -1));
    }

    /** RFC 2047 to the letter: fails on a word that is too long or does not decode to whole characters. */
    static String decode(String value) throws CharacterCodingException {
        StringBuilder out = new StringBuilder();
        boolean encoded = false;
        int i = 0;
        while (i < value.length()) {
            int start = i;
            while (i < value.length() && isSpace(value.charAt(i))) {
                i++;
            }
            String space = value.substring(start, i);
            int word = i;
            while (i < value.length() && !isSpace(value.charAt(i))) {
                i++;
            }
            String text = value.substring(word, i);
            boolean isWord = text.startsWith("=?") && text.endsWith("?=");
            out.append(isWord && encoded ? "" : space).append(isWord ? decodeWord(text) : text);
            encoded = isWord;
        }
        return out.toString();
    }

    static List<String> encodedWords(String field) {
        List<String> words = new ArrayList<>();
        for (String word : field.split("[ \t\r\n]+")) {
            if (word.startsWith("=?")) {
                words.add(word);
            }
        }
        return words;
    }

    static String decodeWord(String word) throws CharacterCodingException {
        if (word.length() > 75 || !word.startsWith("=?UTF-8?") || !word.endsWith("?=")) {
            throw new AssertionError("not an encoded-word: " + word);
        }
        String inside = word.substring(10, word.length() - 2);
        byte[] octets = word.charAt(8) == 'B' ? Base64.getDecoder().decode(inside) : decodeQ(inside);
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(octets))
                .toString();
    }

    private static byte[] decodeQ(String text) {
        byte[] out = new byte[text.length()];
        int size = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '=') {
                out[size++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
                i += 2;
            } else {
                out[size++] = (byte) (c == '_' ? ' ' : c);
            }
        }
        return java.util.Arrays.copyOf(out, size);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }
}
