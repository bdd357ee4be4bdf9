/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.activation.DataHandler;
import jakarta.mail.BodyPart;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.internet.MimePart;
import java.io.IOException;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * Looks through the header lines of a message and its parts, which Jakarta Mail writes as they were set: one that holds a line
 * end behind which no blank follows would go out as two (S-24). What is in octets already has lines only.
 */
final class HeaderLines {
    /** Nobody nests deeper who means well. */
    private static final int DEEPEST = 100;

    /** What a handler that was given an object has for a source; others have the source that they were given. */
    private static final Class<?> OF_OBJECT =
            new DataHandler("", "text/plain").getDataSource().getClass();

    private HeaderLines() {}

    /**
     * Refuses a field that would become two.
     *
     * @throws MessagingException that names it
     */
    static void requireSound(MimePart part) throws MessagingException {
        requireSound(part, 0);
    }

    private static void requireSound(MimePart part, int depth) throws MessagingException {
        for (String line : Collections.list(part.getAllHeaderLines())) {
            if (isBroken(line)) {
                throw new MessagingException("The header field " + nameOf(line) + (depth > 0 ? " of a part" : "")
                        + " holds a line end that no blank follows, so it would be two fields (RFC 5322 section 2.2)");
            }
        }
        Object content = objectOf(part);
        if (depth == DEEPEST && content != null) {
            throw new MessagingException("The message has parts in parts, more than " + DEEPEST + " deep");
        }
        if (content instanceof Multipart parts) {
            for (int i = 0; i < parts.getCount(); i++) {
                BodyPart each = parts.getBodyPart(i);
                if (each instanceof MimePart mime) {
                    requireSound(mime, depth + 1);
                }
            }
        } else if (content instanceof MimePart mime) {
            requireSound(mime, depth + 1);
        }
    }

    /** What the part was given to write; null if it has it in octets. */
    private static @Nullable Object objectOf(MimePart part) throws MessagingException {
        DataHandler handler = part.getDataHandler();
        if (handler == null || handler.getDataSource().getClass() != OF_OBJECT) {
            return null;
        }
        try {
            return handler.getContent();
        } catch (IOException e) {
            throw new MessagingException("Cannot read a part of the message: " + e.getMessage(), e);
        }
    }

    private static boolean isBroken(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\r' || c == '\n') {
                boolean crlf = c == '\r' && i + 1 < line.length() && line.charAt(i + 1) == '\n';
                int next = crlf ? i + 2 : i + 1;
                if (next >= line.length() || (line.charAt(next) != ' ' && line.charAt(next) != '\t')) {
                    return true;
                }
                i = next;
            }
        }
        return false;
    }

    /** Without what is not fit to be shown. */
    private static String nameOf(String line) {
        int colon = line.indexOf(':');
        StringBuilder name = new StringBuilder();
        for (char c : line.substring(0, Math.min(80, colon < 0 ? line.length() : colon))
                .toCharArray()) {
            name.append(c > ' ' && c < 0x7F ? c : '?');
        }
        return name.toString();
    }
}
