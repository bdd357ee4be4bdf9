/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the list of requirements honest: what it calls built has tests, and those speak of the requirement. */
class RfcCoverageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW =
            Pattern.compile("\\| (R-\\S+) \\| .* \\| \\*\\*(?:built|partly)\\*\\* \\| (.*) \\|");
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");

    @Test
    void everythingBuiltHasTestsThatNameIt() throws IOException {
        Map<String, String> tests = tests();
        List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (String line : Files.readAllLines(ROOT.resolve("docs/rfc-coverage.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows++;
                check(row.group(1), row.group(2), tests, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThan(100);
    }

    private static void check(String id, String names, Map<String, String> tests, List<String> wrong) {
        String[] parts = id.toLowerCase(Locale.ROOT).split("-");
        Pattern number = Pattern.compile("(?<![0-9])" + parts[2] + "(?![0-9])");
        Matcher name = NAME.matcher(names);
        int found = 0;
        while (name.find()) {
            String source = tests.getOrDefault(name.group(1), "");
            if (!source.contains(parts[1]) || !number.matcher(source).find()) {
                wrong.add(id + " is not named by " + name.group(1));
            }
            found++;
        }
        if (found == 0) {
            wrong.add(id + " has no test");
        }
    }

    private static Map<String, String> tests() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            files.filter(file ->
                            file.toString().endsWith(".java") && file.toString().contains("src/test/java"))
                    .forEach(file -> sources.put(
                            file.getFileName().toString().replace(".java", ""),
                            read(file).toLowerCase(Locale.ROOT)));
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
