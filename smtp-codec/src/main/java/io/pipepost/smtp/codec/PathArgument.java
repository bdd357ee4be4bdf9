/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The argument of MAIL or RCPT as a server reads it (RFC 5321 section 4.1.2):
 *
 * <pre>{@code
 * ("FROM:" / "TO:") "<" path ">" *( SP keyword [ "=" value ] )
 * }</pre>
 *
 * @param path what stands between the angle brackets; only its quoting is understood, it need not be a valid mailbox
 * @param parameters the parameters as they came, in their order
 */
public record PathArgument(String path, List<String> parameters) {
    /**
     * Copies the parameters.
     *
     * @param path the path
     * @param parameters the parameters
     */
    public PathArgument {
        parameters = List.copyOf(parameters);
    }

    /**
     * Reads an argument.
     *
     * @param prefix {@code FROM:} or {@code TO:}, matched in any case
     * @param argument the argument
     * @return its parts
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static PathArgument parse(String prefix, String argument) {
        int start = prefix.length();
        if (!argument.regionMatches(true, 0, prefix, 0, start)) {
            throw new SmtpSyntaxException("expected " + prefix, 0);
        }
        if (start == argument.length() || argument.charAt(start) != '<') {
            throw new SmtpSyntaxException("expected < right behind " + prefix, start);
        }
        int close = close(argument, start + 1);
        String path = argument.substring(start + 1, close);
        if (close + 1 == argument.length()) {
            return new PathArgument(path, List.of());
        }
        if (argument.charAt(close + 1) != ' ') {
            throw new SmtpSyntaxException("expected a space behind >", close + 1);
        }
        return new PathArgument(path, words(argument.substring(close + 2)));
    }

    private static List<String> words(String text) {
        return Stream.of(text.split(" ")).filter(word -> !word.isEmpty()).toList();
    }

    /** Index of the angle bracket that ends the path: not one inside a quoted string. */
    private static int close(String argument, int from) {
        boolean quoted = false;
        for (int i = from; i < argument.length(); i++) {
            char c = argument.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted) {
                i += c == '\\' ? 1 : 0;
            } else if (c == '>') {
                return i;
            } else if (c <= ' ' || c == '<') {
                throw new SmtpSyntaxException("the path holds a character that it must not hold", i);
            }
        }
        throw new SmtpSyntaxException("expected > at the end of the path", argument.length());
    }

    /**
     * The value of a parameter.
     *
     * @param keyword its keyword, matched in any case
     * @return the value, empty if the parameter has none, or null if it is not there
     */
    public @Nullable String parameter(String keyword) {
        for (String parameter : parameters) {
            int length = keyword.length();
            if (parameter.regionMatches(true, 0, keyword, 0, length)) {
                if (parameter.length() == length) {
                    return "";
                }
                if (parameter.charAt(length) == '=') {
                    return parameter.substring(length + 1);
                }
            }
        }
        return null;
    }
}
