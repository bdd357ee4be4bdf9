/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a {@link ScriptedServer} does on one connection. Its arrays are never changed. */
@SuppressWarnings("ArrayRecordComponent")
record Script(List<Step> steps) {

    /** One thing to do or to await, with the number of its line in the script. */
    sealed interface Step {
        int line();
    }

    record Send(int line, byte[] octets) implements Step {}

    record Expect(int line, byte[] octets) implements Step {}

    record ExpectLine(int line, Pattern pattern) implements Step {}

    record Skip(int line, int octets) implements Step {}

    record Silence(int line, int millis) implements Step {}

    record Action(int line, Kind kind) implements Step {
        enum Kind {
            TLS,
            CLOSE,
            RESET,
            EOF,
            DRAIN
        }
    }

    static Script parse(String text) {
        List<Step> steps = new ArrayList<>();
        StringBuilder segment = new StringBuilder();
        int number = 0;
        for (String raw : text.split("\n", -1)) {
            number++;
            String line = raw.strip();
            if (line.startsWith("S:")) {
                segment.append(argument(line)).append("\r\n");
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                endSegment(steps, segment, number - 1);
                steps.add(step(number, line));
            }
        }
        endSegment(steps, segment, number);
        return new Script(List.copyOf(steps));
    }

    private static void endSegment(List<Step> steps, StringBuilder segment, int line) {
        if (segment.length() > 0) {
            steps.add(new Send(line, segment.toString().getBytes(UTF_8)));
            segment.setLength(0);
        }
    }

    private static Step step(int number, String line) {
        String head = line.length() < 2 ? line : line.substring(0, 2);
        try {
            return switch (head) {
                case "S|" -> new Send(number, Octets.unescape(argument(line)));
                case "C:" -> new Expect(number, (argument(line) + "\r\n").getBytes(UTF_8));
                case "C|" -> new Expect(number, Octets.unescape(argument(line)));
                case "C~" -> new ExpectLine(number, Pattern.compile(argument(line)));
                case "C*" -> new Skip(number, Integer.parseInt(argument(line)));
                default ->
                    line.startsWith("SILENCE ")
                            ? new Silence(number, Integer.parseInt(line.substring(8)))
                            : new Action(number, Action.Kind.valueOf(line));
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Script line " + number + " makes no sense: " + line, e);
        }
    }

    private static String argument(String line) {
        return line.startsWith(" ", 2) ? line.substring(3) : line.substring(2);
    }
}
