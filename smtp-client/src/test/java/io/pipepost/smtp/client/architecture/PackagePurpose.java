/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a package is for, by its {@code package-info}: as far as its first full stop or semicolon. */
final class PackagePurpose {
    private PackagePurpose() {}

    static Path file(String module, String packageName) {
        return sources(module).resolve(packageName.replace('.', '/')).resolve("package-info.java");
    }

    static Path sources(String module) {
        return Path.of("..", module, "src", "main", "java");
    }

    static String of(String module, String packageName) {
        try {
            return of(Files.readString(file(module, packageName)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String of(String source) {
        String comment = source.substring(source.indexOf("/**") + 3);
        String text = comment.substring(0, comment.indexOf("*/"))
                .replaceAll("\\n \\* ?", " ")
                .replaceAll("\\{@code ([^}]*)}", "$1")
                .replaceAll("\\{@link\\s+[\\w.]*\\.(\\w+)}", "$1")
                .replaceAll(" \\([^)]*\\)", "")
                .trim();
        return text.split("[.;:]?\\s*<p>|[.;](?= |$)", 2)[0].replaceAll("\\s+", " ");
    }
}
