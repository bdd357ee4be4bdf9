/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code docs/architecture.md}. */
record ArchitecturePage(String text) {
    static final Path FILE = Path.of("../docs/architecture.md");
    static final String LINKS = "<!-- Where the classes are; written by ArchitecturePageTest. -->\n";

    private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`]*`");
    /** {@code [label]} or {@code [text][label]}, but no {@code [text](address)}. */
    private static final Pattern LINK = Pattern.compile("(?:\\[[^]]*])?\\[([\\w.]+)](?![\\[(:])");

    private static final Pattern CLASS = Pattern.compile("`@?([A-Z]\\w*[a-z]\\w*)[`.(]");

    static ArchitecturePage read() throws IOException {
        return new ArchitecturePage(Files.readString(FILE));
    }

    private String body() {
        int links = text.indexOf(LINKS);
        return links < 0 ? text : text.substring(0, links);
    }

    /** Labels of links to classes, which stand without an address. */
    Set<String> labels() {
        return labels(body());
    }

    static Set<String> labels(String text) {
        Set<String> labels = new TreeSet<>();
        Matcher link = LINK.matcher(CODE.matcher(text).replaceAll("code"));
        while (link.find()) {
            labels.add(link.group(1));
        }
        return labels;
    }

    /** Classes that are named in running text. */
    Set<String> classes() {
        Set<String> names = new TreeSet<>();
        Matcher name = CLASS.matcher(body().replaceAll("(?s)```.*?```", ""));
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }

    /** The cells of each row of the table below a heading. */
    List<List<String>> rows(String heading) {
        String section = body().split("(?m)^## " + heading + "$", 2)[1].split("(?m)^## ", 2)[0];
        return section.lines()
                .filter(line -> line.startsWith("| "))
                .skip(1)
                .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ")))
                .toList();
    }

    /** The page as it is with all links in place. */
    String linked(Sources sources) {
        return body()
                + LINKS
                + labels().stream()
                        .map(label -> "[" + label + "]: " + address(sources, label) + "\n")
                        .collect(Collectors.joining());
    }

    private static String address(Sources sources, String label) {
        List<Path> files = sources.named(label);
        if (files.size() != 1) {
            throw new AssertionError(
                    "[" + label + "] of " + FILE + " is " + files + ", expected one file: Name or package.Name");
        }
        return files.get(0).toString().replace('\\', '/');
    }
}
