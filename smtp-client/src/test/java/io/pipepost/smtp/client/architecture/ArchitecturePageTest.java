/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code docs/architecture.md} names what there is. */
class ArchitecturePageTest {
    /** Not ours. */
    private static final Set<String> FOREIGN = Set.of("MimeMessage", "Throwable", "ByteBuffer", "GuardedBy");

    private final Sources sources = Sources.ofAllModules();
    private final ArchitecturePage page = ArchitecturePage.read();

    ArchitecturePageTest() throws IOException {}

    /** Write them anew with {@code -Dpipepost.docs=write}. */
    @Test
    void linksLeadToTheFiles() throws IOException {
        String linked = page.linked(sources);
        if ("write".equals(System.getProperty("pipepost.docs"))) {
            Files.writeString(ArchitecturePage.FILE, linked);
        }
        assertThat(Files.readString(ArchitecturePage.FILE)).isEqualTo(linked);
    }

    @Test
    void whatIsToBeChangedHasItsClassesAndItsTests() {
        List<List<String>> rows = page.rows("Where to change what");
        assertThat(rows).hasSizeGreaterThanOrEqualTo(20);
        for (List<String> row : rows) {
            assertThat(row).hasSize(3);
            assertThat(ArchitecturePage.labels(row.get(1)))
                    .as(row.get(0))
                    .isNotEmpty()
                    .allMatch(sources::isMain);
            assertThat(ArchitecturePage.labels(row.get(2)))
                    .as(row.get(0))
                    .isNotEmpty()
                    .allMatch(sources::isTest);
        }
    }

    @Test
    void everyWordLivesSomewhere() {
        List<List<String>> rows = page.rows("Our words");
        assertThat(rows).hasSizeGreaterThanOrEqualTo(20);
        assertThat(rows.stream().map(row -> row.get(0))).isSorted().doesNotHaveDuplicates();
        for (List<String> row : rows) {
            assertThat(row).hasSize(3);
            assertThat(ArchitecturePage.labels(row.get(2))).as(row.get(0)).isNotEmpty();
        }
    }

    /** What is in italics is explained as well. */
    @Test
    void wordsThatExplainWordsAreExplained() {
        List<String> words =
                page.rows("Our words").stream().map(row -> row.get(0)).toList();
        for (List<String> row : page.rows("Our words")) {
            for (String part : row.get(1).split("(?<= )(?=\\*)")) {
                if (part.startsWith("*")) {
                    assertThat(words).contains(part.substring(1, part.indexOf('*', 1)));
                }
            }
        }
    }

    @Test
    void classesThatAreNamedExist() {
        assertThat(page.classes().stream()
                        .filter(name -> !FOREIGN.contains(name))
                        .filter(name -> sources.named(name).isEmpty()))
                .isEmpty();
        assertThat(page.classes()).hasSizeGreaterThan(50);
    }
}
