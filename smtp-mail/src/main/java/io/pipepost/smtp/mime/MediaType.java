/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A media type with its parameters (RFC 2045 section 5.1).
 *
 * @param name type and subtype, in lower case
 * @param parameters by name, in lower case, in order
 */
record MediaType(String name, Map<String, String> parameters) {
    static MediaType of(String name) {
        return new MediaType(name, Map.of());
    }

    /** Reads a type such as {@code text/csv; charset=utf-8; header="present"}. */
    static MediaType parse(String text) {
        int end = endOfToken(text, 0);
        if (end == 0 || end == text.length() || text.charAt(end) != '/') {
            throw new SmtpSyntaxException("media type: expected type/subtype", end);
        }
        int start = end + 1;
        end = endOfToken(text, start);
        if (end == start) {
            throw new SmtpSyntaxException("media type: expected a subtype", start);
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = skipSpace(text, end); i < text.length(); ) {
            i = parseParameter(text, i, parameters);
        }
        return new MediaType(text.substring(0, end).toLowerCase(Locale.ROOT), parameters);
    }

    private static int parseParameter(String text, int semicolon, Map<String, String> to) {
        requireAt(text, semicolon, ';');
        int start = skipSpace(text, semicolon + 1);
        int end = endOfToken(text, start);
        requireAt(text, end, '=');
        String name = text.substring(start, end).toLowerCase(Locale.ROOT);
        StringBuilder value = new StringBuilder();
        int next = parseValue(text, end + 1, value);
        if (name.isEmpty() || to.put(name, value.toString()) != null) {
            throw new SmtpSyntaxException("media type: expected a parameter that was not named before", start);
        }
        return skipSpace(text, next);
    }

    private static int parseValue(String text, int start, StringBuilder to) {
        if (start == text.length() || text.charAt(start) != '"') {
            int end = endOfToken(text, start);
            if (end == start) {
                throw new SmtpSyntaxException("media type: expected a token or a quoted string", start);
            }
            to.append(text, start, end);
            return end;
        }
        int i = start + 1;
        while (i < text.length() && text.charAt(i) != '"') {
            i += text.charAt(i) == '\\' ? 1 : 0;
            if (i < text.length()) {
                to.append(text.charAt(i++));
            }
        }
        requireAt(text, i, '"');
        return i + 1;
    }

    private static void requireAt(String text, int i, char expected) {
        if (i >= text.length() || text.charAt(i) != expected) {
            throw new SmtpSyntaxException("media type: expected " + expected, Math.min(i, text.length()));
        }
    }

    private static int skipSpace(String text, int start) {
        int i = start;
        while (i < text.length() && text.charAt(i) == ' ') {
            i++;
        }
        return i;
    }

    private static int endOfToken(String text, int start) {
        int i = start;
        while (i < text.length() && HeaderText.isToken(text.substring(i, i + 1))) {
            i++;
        }
        return i;
    }

    /** The same with another parameter, or another value of it. */
    MediaType with(String parameter, String value) {
        Map<String, String> more = new LinkedHashMap<>(parameters);
        more.put(parameter, value);
        return new MediaType(name, more);
    }

    boolean isMessage() {
        return name.startsWith("message/");
    }

    HeaderField field() {
        return HeaderField.parameterised("Content-Type", name, parameters);
    }
}
