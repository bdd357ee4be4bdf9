/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Keeps the list of requirements honest: what it calls built has tests, and those speak of the requirement. */
class RfcCoverageTest {
    private static final Pattern ROW =
            Pattern.compile("\\| (R-\\S+) \\| .* \\| \\*\\*(?:built|partly)\\*\\* \\| (.*) \\|");

    @Test
    void everythingBuiltHasTestsThatNameIt() throws IOException {
        TestSources tests = TestSources.read();
        List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (String line : TestSources.linesOf("docs/rfc-coverage.md")) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows++;
                check(row.group(1), TestSources.namesIn(row.group(2)), tests, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThan(100);
    }

    private static void check(String id, List<String> names, TestSources tests, List<String> wrong) {
        String[] parts = id.toLowerCase(Locale.ROOT).split("-");
        Pattern subject = Pattern.compile(parts[1], Pattern.LITERAL);
        Pattern number = Pattern.compile("(?<![0-9])" + parts[2] + "(?![0-9])");
        for (String name : names) {
            if (!tests.mentions(name, subject, number)) {
                wrong.add(id + " is not named by " + name);
            }
        }
        if (names.isEmpty()) {
            wrong.add(id + " has no test");
        }
    }
}
