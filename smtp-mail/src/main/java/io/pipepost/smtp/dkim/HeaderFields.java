/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The fields of a header, in canonical forms of RFC 6376 section 3.4.1 and 3.4.2. */
final class HeaderFields {
    private final byte[] octets;

    /** By name in lower case, the topmost first. */
    private final Map<String, List<Field>> byName = new HashMap<>();

    /** Where a field is, its last CRLF included. */
    private record Field(int from, int to) {}

    /**
     * Finds the fields.
     *
     * @param octets lines with CRLF each, without the empty one behind them
     */
    HeaderFields(byte[] octets) {
        this.octets = octets;
        int line = 1;
        int at = 0;
        while (at < octets.length) {
            String name = nameAt(at, line);
            int from = at;
            do {
                at = endOfLine(at);
                line++;
            } while (at < octets.length && isBlank(octets[at]));
            byName.computeIfAbsent(name, absent -> new ArrayList<>()).add(new Field(from, at));
        }
    }

    private int endOfLine(int from) {
        int at = from;
        while (octets[at] != '\n') {
            at++;
        }
        return at + 1;
    }

    private String nameAt(int from, int line) {
        StringBuilder name = new StringBuilder();
        int at = from;
        while (octets[at] > ' ' && octets[at] < 0x7F && octets[at] != ':') {
            name.append(lower(octets[at]));
            at++;
        }
        while (isBlank(octets[at])) {
            at++;
        }
        if (name.isEmpty() || octets[at] != ':') {
            throw new IllegalArgumentException(
                    "Line " + line + " of the header is no field: expected a name and a colon");
        }
        return name.toString();
    }

    private static char lower(byte b) {
        return (char) (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** How many fields have a name, which is in lower case. */
    int count(String name) {
        return byName.getOrDefault(name, List.of()).size();
    }

    /**
     * Writes fields in canonical form (RFC 6376 section 5.4.2): of those with the same name the lowest first, and nothing
     * for those that are not there.
     *
     * @param names in lower case
     */
    void writeTo(ByteArrayOutputStream out, List<String> names, Canonicalization canonicalization) {
        Map<String, Deque<Field>> left = new HashMap<>();
        for (String name : names) {
            Field lowest = left.computeIfAbsent(name, key -> new ArrayDeque<>(byName.getOrDefault(key, List.of())))
                    .pollLast();
            if (lowest != null) {
                write(out, octets, lowest.from(), lowest.to(), canonicalization);
            }
        }
    }

    static void write(ByteArrayOutputStream out, byte[] in, int from, int to, Canonicalization canonicalization) {
        if (canonicalization == Canonicalization.SIMPLE) {
            out.write(in, from, to - from);
        } else {
            writeRelaxed(out, in, from, to);
        }
    }

    private static void writeRelaxed(ByteArrayOutputStream out, byte[] in, int from, int to) {
        int at = from;
        for (; in[at] != ':'; at++) {
            if (!isBlank(in[at])) {
                out.write(lower(in[at]));
            }
        }
        out.write(':');
        boolean blank = false;
        boolean any = false;
        for (at++; at < to; at++) {
            byte b = in[at];
            if (isBlank(b)) {
                blank = true;
            } else if (b != '\r' && b != '\n') {
                if (blank && any) {
                    out.write(' ');
                }
                blank = false;
                any = true;
                out.write(b);
            }
        }
        out.write('\r');
        out.write('\n');
    }
}
