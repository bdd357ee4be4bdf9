/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files of Java of all modules, by the names of their classes: {@code Verdict}, or {@code transaction.Verdict}. */
record Sources(List<Path> files) {
    private static final Path MAIN = Path.of("src", "main", "java");

    static Sources ofAllModules() throws IOException {
        List<Path> roots = Stream.of(Module.values())
                .map(module -> Path.of("..", module.artifact(), "src"))
                .toList();
        List<Path> found = new ArrayList<>();
        for (Path root : roots) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        return new Sources(found);
    }

    List<Path> named(String name) {
        Path end = Path.of(name.replace('.', '/') + ".java");
        return files.stream().filter(file -> file.endsWith(end)).toList();
    }

    boolean isMain(String name) {
        return named(name).stream().anyMatch(file -> file.toString().contains(MAIN.toString()));
    }

    boolean isTest(String name) {
        return !named(name).isEmpty() && !isMain(name);
    }
}
