/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A run of the program in this process, and what came of it. */
record CliRun(int status, String out, String err) {
    private static final Pattern DISPOSITION =
            Pattern.compile("\\{\"address\":\"([^\"]*)\",\"disposition\":\"([^\"]*)\",\"phase\":\"([^\"]*)\"");

    static CliRun of(List<String> args) {
        return of(new byte[0], Map.of(), args);
    }

    static CliRun of(String... args) {
        return of(List.of(args));
    }

    static CliRun of(byte[] in, Map<String, String> environment, List<String> args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(stream(out), stream(err), new ByteArrayInputStream(in), environment::get, null);
        int status = Pipepost.run(terminal, args.toArray(String[]::new));
        return new CliRun(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    static List<String> args(List<String> first, String... more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all;
    }

    List<String> lines() {
        return out.lines().toList();
    }

    /** From JSON: what became of each recipient, as {@code disposition at phase}. */
    Map<String, String> dispositions() {
        Map<String, String> found = new LinkedHashMap<>();
        Matcher matcher = DISPOSITION.matcher(out);
        while (matcher.find()) {
            found.put(matcher.group(1), matcher.group(2) + " at " + matcher.group(3));
        }
        return found;
    }
}
