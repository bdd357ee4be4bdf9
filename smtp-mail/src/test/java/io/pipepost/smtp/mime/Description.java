/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What a message is to its reader, in lines of ASCII that can be compared, whoever has read it. */
final class Description {
    private final StringBuilder lines = new StringBuilder();

    Description text(String field, String value) {
        return line(field + ' ' + escape(value));
    }

    Description address(String field, @Nullable String name, String address) {
        return line(field + ' ' + (name == null ? "" : escape(name)) + " <" + escape(address) + '>');
    }

    /** Nested with two spaces for each level. */
    Description multipart(int depth, String type) {
        return line("  ".repeat(depth) + type);
    }

    Description part(int depth, Part part) {
        return line("  ".repeat(depth) + part.type() + ' ' + hash(part.octets()) + " name=" + orNone(part.fileName())
                + " id=" + orNone(part.contentId()) + " " + orNone(part.disposition()));
    }

    /** One part that is no multipart. */
    record Part(
            String type,
            byte[] octets,
            @Nullable String fileName,
            @Nullable String contentId,
            @Nullable String disposition) {}

    private static String orNone(@Nullable String text) {
        return text == null ? "-" : escape(text);
    }

    private static String hash(byte[] octets) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(octets);
            return octets.length + ":" + HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private Description line(String line) {
        lines.append(line).append('\n');
        return this;
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c >= 0x20 && c < 0x7F) {
                out.append(c);
            } else {
                out.append("\\u%04x".formatted((int) c));
            }
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
