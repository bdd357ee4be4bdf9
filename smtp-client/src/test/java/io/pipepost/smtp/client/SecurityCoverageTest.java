/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keeps the list of attacks honest: none is left out, and where one is said to be tested, a test speaks of it. */
class SecurityCoverageTest {
    private static final Pattern ROW = Pattern.compile(
            "\\| S-(\\d\\d) \\| .+ \\| (\\*\\*tested\\*\\*|\\*\\*partly\\*\\*.*|\\*not applicable\\*.*) \\| (.*) \\|");

    private static final List<String> ALL =
            IntStream.rangeClosed(1, 49).mapToObj("%02d"::formatted).toList();

    @Test
    void everyAttackHasTestsThatNameItOrAReason() throws IOException {
        TestSources tests = TestSources.read();
        List<String> found = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (String line : TestSources.linesOf("docs/security.md")) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                found.add(row.group(1));
                check(row.group(1), row.group(2), TestSources.namesIn(row.group(3)), tests, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(found).containsExactlyInAnyOrderElementsOf(ALL);
    }

    private static void check(String number, String state, List<String> names, TestSources tests, List<String> wrong) {
        Pattern id = Pattern.compile("(?<![a-z0-9])s[-_]?" + number + "(?![0-9])");
        for (String name : names) {
            if (!tests.mentions(name, id)) {
                wrong.add("S-" + number + " is not named by " + name);
            }
        }
        if (names.isEmpty() && state.startsWith("**")) {
            wrong.add("S-" + number + " has no test");
        }
        if (!state.equals("**tested**") && !state.contains(": ")) {
            wrong.add("S-" + number + " lacks a reason");
        }
    }
}
