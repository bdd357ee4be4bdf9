/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a server announced in its reply to EHLO (RFC 5321 section 4.1.1.1). Valid for one connection, and only until the
 * next EHLO on it.
 *
 * <p>The first line of the reply is the server's name, never a keyword. Keywords are compared without regard to case;
 * unknown ones are kept; lines that are no keyword are ignored. Of a repeated keyword the first counts, but the lists of
 * AUTH, and of the old form {@code AUTH=}, are united.
 */
public final class Extensions {
    /** No extension, as after HELO. */
    public static final Extensions NONE = new Extensions(List.of(), Map.of(), Set.of());

    private static final int MAX_MECHANISM = 20;

    private final List<String> lines;
    private final Map<String, List<String>> parameters;
    private final Set<String> authMechanisms;
    private final OptionalLong sizeLimit;
    private final ServerLimits limits;

    private Extensions(List<String> lines, Map<String, List<String>> parameters, Set<String> authMechanisms) {
        this.lines = lines;
        this.parameters = parameters;
        this.authMechanisms = authMechanisms;
        this.sizeLimit = parseSize(parameters.get("SIZE"));
        this.limits = ServerLimits.parse(parameters.getOrDefault("LIMITS", List.of()));
    }

    /**
     * Reads a positive reply to EHLO.
     *
     * @param reply the reply
     * @return what it announces
     */
    public static Extensions parse(Reply reply) {
        List<String> lines = reply.lines().subList(1, reply.lines().size());
        return lines.isEmpty() ? NONE : parse(lines, Set.of());
    }

    /**
     * These extensions without some, for callers that switch keywords off.
     *
     * @param disabled EHLO keywords in any case
     * @return what is left
     */
    public Extensions without(Collection<String> disabled) {
        if (disabled.isEmpty() || lines.isEmpty()) {
            return this;
        }
        Set<String> out = new LinkedHashSet<>();
        disabled.forEach(keyword -> out.add(Text.upperAscii(keyword)));
        return parse(lines, out);
    }

    private static Extensions parse(List<String> lines, Set<String> disabled) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        Set<String> mechanisms = new LinkedHashSet<>();
        for (String line : lines) {
            List<String> words = words(line);
            if (words.isEmpty()) {
                continue;
            }
            String keyword = Text.upperAscii(words.get(0));
            List<String> arguments = words.subList(1, words.size());
            if (keyword.startsWith("AUTH=")) {
                arguments = new ArrayList<>(arguments);
                if (keyword.length() > 5) {
                    arguments.add(0, words.get(0).substring(5));
                }
                keyword = "AUTH";
            }
            if (!isKeyword(keyword) || disabled.contains(keyword)) {
                continue;
            }
            if (keyword.equals("AUTH")) {
                arguments.stream()
                        .map(Text::upperAscii)
                        .filter(Extensions::isMechanism)
                        .forEach(mechanisms::add);
            }
            parameters.putIfAbsent(keyword, List.copyOf(arguments));
        }
        return new Extensions(List.copyOf(lines), parameters, mechanisms);
    }

    /** Splits at runs of spaces and tabs. */
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>(4);
        int start = -1;
        for (int i = 0; i <= line.length(); i++) {
            boolean blank = i == line.length() || line.charAt(i) == ' ' || line.charAt(i) == '\t';
            if (blank && start >= 0) {
                words.add(line.substring(start, i));
                start = -1;
            } else if (!blank && start < 0) {
                start = i;
            }
        }
        return words;
    }

    private static boolean isKeyword(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!Text.isLetterOrDigit(text.charAt(i)) && (i == 0 || text.charAt(i) != '-')) {
                return false;
            }
        }
        return true;
    }

    /** S-49, RFC 4422 section 3.1; in upper case. */
    private static boolean isMechanism(String name) {
        return name.length() <= MAX_MECHANISM
                && name.chars().allMatch(c -> Text.isLetterOrDigit((char) c) || c == '-' || c == '_');
    }

    /** R-1870-01: no value, 0, and what is not 1 to 20 digits all mean "no fixed limit". */
    private static OptionalLong parseSize(@Nullable List<String> parameters) {
        String value = parameters == null || parameters.isEmpty() ? "" : parameters.get(0);
        if (value.isEmpty() || value.length() > 20 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return OptionalLong.empty();
        }
        try {
            long limit = Long.parseLong(value);
            return limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit);
        } catch (NumberFormatException tooLarge) {
            return OptionalLong.empty();
        }
    }

    /**
     * Tells whether an extension was announced.
     *
     * @param extension the extension
     * @return true if so
     */
    public boolean has(Extension extension) {
        return parameters.containsKey(extension.keyword());
    }

    /**
     * Tells whether a keyword was announced.
     *
     * @param keyword an EHLO keyword in any case
     * @return true if so
     */
    public boolean has(String keyword) {
        return parameters.containsKey(Text.upperAscii(keyword));
    }

    /**
     * The parameters behind a keyword.
     *
     * @param keyword an EHLO keyword in any case
     * @return the words behind it, as the server wrote them; empty if there are none or the keyword is absent
     */
    public List<String> parameters(String keyword) {
        return parameters.getOrDefault(Text.upperAscii(keyword), List.of());
    }

    /**
     * The largest message that the server takes (RFC 1870 section 4).
     *
     * @return octets; empty if there is no fixed limit
     */
    public OptionalLong sizeLimit() {
        return sizeLimit;
    }

    /**
     * What the server allows in one session (RFC 9422).
     *
     * @return the limits; {@link ServerLimits#NONE} if there are none, or the list of them is malformed
     */
    public ServerLimits limits() {
        return limits;
    }

    /**
     * The SASL mechanisms of all AUTH lines, the old form {@code AUTH=} included. What can be no mechanism's name (RFC 4422
     * section 3.1) is left out.
     *
     * @return names of 1 to 20 of A to Z, 0 to 9, {@code -} and {@code _}, in the server's order
     */
    public Set<String> authMechanisms() {
        return java.util.Collections.unmodifiableSet(authMechanisms);
    }

    /**
     * Every line behind the first, as it came, known or not; show it by {@link Printable#of(String)}.
     *
     * @return the lines without code and separator
     */
    public List<String> lines() {
        return lines;
    }

    /**
     * The lines on one, safe for logs and terminals as {@link Printable} makes them.
     *
     * @return for example {@code PIPELINING | SIZE 1000}
     */
    @Override
    public String toString() {
        return Printable.of(String.join(" | ", lines));
    }
}
