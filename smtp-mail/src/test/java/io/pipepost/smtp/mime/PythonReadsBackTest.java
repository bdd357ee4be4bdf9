/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pipepost.smtp.mail.OctetTaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R-2046-02: Python's email package finds what the messages were made of. Skipped where there is no python3. */
@Tag("exhaustive")
class PythonReadsBackTest {
    private static final String REQUIRE = "PIPEPOST_REQUIRE_SERVERS";
    private static final int MESSAGES = 100;
    private static final Pattern ADDRESS = Pattern.compile("^(From|Sender|Reply-To|To|Cc) ");

    @TempDir
    Path directory;

    private static void requirePython() throws Exception {
        try {
            Process process = new ProcessBuilder("python3", "--version")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            if (process.waitFor() == 0) {
                return;
            }
        } catch (IOException missing) {
            // As below.
        }
        String what = "there is no python3, run servers/install.sh python3";
        boolean required = Boolean.getBoolean(REQUIRE) || Boolean.parseBoolean(System.getenv(REQUIRE));
        assertThat(required).as("%s is true, but %s", REQUIRE, what).isFalse();
        System.err.println("SKIPPED: " + what);
        abort(what);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void readsBackInPython(long seed) throws Exception {
        requirePython();
        Path script = directory.resolve("describe.py");
        try (var in = getClass().getResourceAsStream("describe.py")) {
            Files.write(script, in.readAllBytes());
        }
        MailGenerator generator = new MailGenerator(seed, directory, true);
        List<String> command = new ArrayList<>(List.of("python3", "-X", "utf8", script.toString()));
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            MailGenerator.Mail mail = generator.next();
            Path file = directory.resolve("message" + i);
            Files.write(file, OctetTaker.all(mail.message().content()));
            command.add(file.toString());
            expected.add(mail.description());
        }
        String[] found = run(command).split("--\n", -1);
        for (int i = 0; i < MESSAGES; i++) {
            assertThat(withoutSpacesInNames(found[i]))
                    .as("seed %s, message %s", seed, i)
                    .isEqualTo(withoutSpacesInNames(expected.get(i)));
        }
    }

    /** Python, up to 3.13 at least, leaves the space between the encoded-words of a display name. */
    private static String withoutSpacesInNames(String description) {
        return description
                .lines()
                .map(line -> ADDRESS.matcher(line).find() ? line.replace(" ", "") : line)
                .collect(joining("\n"));
    }

    private String run(List<String> command) throws Exception {
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(out, UTF_8);
        assertThat(ended && process.exitValue() == 0).as(text).isTrue();
        return text;
    }
}
