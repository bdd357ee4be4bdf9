/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles. */
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Pattern JAVA = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);

    @TempDir
    Path directory;

    @Test
    void whatBeginsWithImportsCompiles() throws IOException {
        assertThat(README).as("the project's README").isRegularFile();
        Matcher blocks = JAVA.matcher(Files.readString(README));
        int found = 0;
        while (blocks.find()) {
            if (blocks.group(1).startsWith("import ")) {
                assertCompiles(blocks.group(1));
                found++;
            }
        }
        assertThat(found).as("```java blocks with imports in the README").isGreaterThanOrEqualTo(2);
    }

    private void assertCompiles(String snippet) throws IOException {
        StringBuilder imports = new StringBuilder();
        StringBuilder statements = new StringBuilder();
        snippet.lines()
                .forEach(line -> (line.startsWith("import ") ? imports : statements)
                        .append(line)
                        .append('\n'));
        String source = """
                %s

                class QuickStart {
                    void run() throws Exception {
                %s
                    }
                }
                """.formatted(imports, statements);
        Path file = Files.writeString(directory.resolve("QuickStart.java"), source);
        StringWriter messages = new StringWriter();
        int status = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        new PrintWriter(messages),
                        new PrintWriter(messages),
                        "-proc:none",
                        "-classpath",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "-d",
                        directory.toString(),
                        file.toString());
        assertThat(status).as("%s\n%s", source, messages).isZero();
    }
}
