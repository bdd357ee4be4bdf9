/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tests of all modules as text, for comparing documents with them. */
final class TestSources {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");

    /** By the name of the class, in lower case. */
    private final Map<String, String> sources = new TreeMap<>();

    private TestSources() {}

    static TestSources read() throws IOException {
        TestSources all = new TestSources();
        try (Stream<Path> files = Files.walk(ROOT)) {
            files.filter(file ->
                            file.toString().endsWith(".java") && file.toString().contains("src/test/java"))
                    .forEach(all::add);
        }
        return all;
    }

    private void add(Path file) {
        try {
            String name = file.getFileName().toString().replace(".java", "");
            sources.put(name, Files.readString(file).toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of a document. */
    static List<String> linesOf(String document) throws IOException {
        return Files.readAllLines(ROOT.resolve(document));
    }

    /** The classes that are named, each in backquotes. */
    static List<String> namesIn(String cell) {
        return NAME.matcher(cell).results().map(result -> result.group(1)).toList();
    }

    /** Whether there is such a class, and all of these are found in its source in lower case. */
    boolean mentions(String test, Pattern... all) {
        String source = sources.get(test);
        return source != null
                && Stream.of(all).allMatch(each -> each.matcher(source).find());
    }
}
