/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** Octets as they are written in scripts and in messages: {@code \r \n \t \0 \\ \xNN}, other text as UTF-8. */
final class Octets {
    private Octets() {}

    static byte[] unescape(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        int i = 0;
        while (i < text.length()) {
            int backslash = text.indexOf('\\', i);
            int end = backslash < 0 ? text.length() : backslash;
            out.writeBytes(text.substring(i, end).getBytes(UTF_8));
            i = backslash < 0 ? end : unescape(text, backslash + 1, out);
        }
        return out.toByteArray();
    }

    /** Reads what stands behind a backslash; returns the index behind it. */
    private static int unescape(String text, int i, ByteArrayOutputStream out) {
        char c = i < text.length() ? text.charAt(i) : ' ';
        if (c == 'x' && i + 2 < text.length()) {
            out.write(Integer.parseInt(text, i + 1, i + 3, 16));
            return i + 3;
        }
        int index = "rnt0\\".indexOf(c);
        if (index < 0) {
            throw new IllegalArgumentException("Expected one of \\r \\n \\t \\0 \\\\ \\xNN in: " + text);
        }
        out.write("\r\n\t\0\\".charAt(index));
        return i + 1;
    }

    static String escape(byte[] octets) {
        StringBuilder out = new StringBuilder(octets.length + 16).append('"');
        for (byte octet : octets) {
            int index = "\r\n\t\0\\".indexOf(octet);
            if (index >= 0) {
                out.append('\\').append("rnt0\\".charAt(index));
            } else if (octet >= ' ' && octet < 0x7F) {
                out.append((char) octet);
            } else {
                out.append("\\x%02x".formatted(octet & 0xFF));
            }
        }
        return out.append('"').toString();
    }
}
