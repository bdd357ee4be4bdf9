/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments: status 64 and one line that names the option, before any connection. */
class UsageTest {
    @TempDir
    private Path directory;

    private String file;

    @BeforeEach
    void writeFiles() throws IOException {
        file = Files.writeString(directory.resolve("m.eml"), "Subject: x\n\nx\n")
                .toString();
        Files.writeString(directory.resolve("empty"), "\n");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("--bogus", List.of("--bogus")),
                Arguments.of("--server", List.of("--server", "mx.test")),
                Arguments.of("--server", List.of("--server", "smtp://u@mx.test", "--server", "smtp://v@mx.test")),
                Arguments.of("--to", List.of("--to", "a@b.test\r\nRCPT TO:<x@y.test>")),
                Arguments.of("--cc", List.of("--cc", "no address")),
                Arguments.of("--bcc", List.of("--bcc", "")),
                Arguments.of("--data", List.of("--data", "m2.eml")),
                Arguments.of("--tls", List.of("--tls", "maybe")),
                Arguments.of("--ca", List.of("--ca", "missing.pem")),
                Arguments.of("--ca", List.of("--ca", "FILE")),
                Arguments.of("--ca", List.of("--ca", "DIR")),
                Arguments.of("--cert", List.of("--cert", "FILE")),
                Arguments.of("--cert", List.of("--cert", "FILE", "--key", "FILE")),
                Arguments.of("--user", List.of("--user", "alice")),
                Arguments.of("--user", List.of("--password-file", "FILE")),
                Arguments.of("--user", List.of("--auth", "PLAIN")),
                Arguments.of("--password-file", List.of("--user", "alice", "--password-file", "missing")),
                Arguments.of("--password-file", List.of("--user", "alice", "--password-file", "DIR/empty")),
                Arguments.of("--password-env", List.of("--user", "alice", "--password-env", "UNSET")),
                Arguments.of(
                        "--token-file", List.of("--user", "alice", "--password-file", "FILE", "--token-file", "FILE")),
                Arguments.of("--auth", List.of("--auth", "DIGEST-MD5")),
                Arguments.of("--ehlo", List.of("--ehlo", "not a name")),
                Arguments.of("--local-address", List.of("--local-address", "localhost")),
                Arguments.of("--pipelining", List.of("--pipelining", "on")),
                Arguments.of("--chunking", List.of("--chunking", "maybe")),
                Arguments.of("--connections", List.of("--connections", "0")),
                Arguments.of("--in-flight", List.of("--in-flight", "0")),
                Arguments.of("--in-flight", List.of("--in-flight", "1000000")),
                Arguments.of("--max-recipients", List.of("--max-recipients", "-1")),
                Arguments.of("--timeout", List.of("--timeout", "greeting=soon")),
                Arguments.of("--timeout", List.of("--timeout", "lunch=1h")),
                Arguments.of("--timeout", List.of("--timeout", "total=0s")),
                Arguments.of("--timeout", List.of("--timeout", "queue=1h")),
                Arguments.of("--timeout", List.of("--timeout", "mail=0s")),
                Arguments.of("--bare-newlines", List.of("--bare-newlines", "keep")),
                Arguments.of("--repeat", List.of("--repeat", "0")),
                Arguments.of("--transcript", List.of("--transcript=loud")));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void namesTheOption(String option, List<String> more) {
        List<String> args = valid();
        if (more.contains("--data")) {
            args.remove("--data");
            args.remove(file);
        }
        more.forEach(arg -> args.add(arg.replace("FILE", file).replace("DIR", directory.toString())));
        assertUsageError(CliRun.of(args), option);
    }

    @Test
    void namesWhatIsMissing() {
        assertUsageError(CliRun.of("send", "--from", "a@b.test", "--to", "c@d.test", "--data", file), "--server");
        assertUsageError(CliRun.of("send", "--server", "h:1", "--to", "c@d.test", "--data", file), "--from");
        assertUsageError(CliRun.of("send", "--server", "h:1", "--from", "a@b.test", "--data", file), "--to");
        assertUsageError(CliRun.of("send", "--server", "h:1", "--from", "a@b.test", "--to", "c@d.test"), "--data");
        assertUsageError(CliRun.of(), "command");
        assertUsageError(CliRun.of("bulk", "in"), "--ledger");
        assertUsageError(CliRun.of("explode"), "explode");
    }

    @Test
    void refusesSecretsInArgumentsWithoutRepeatingThem() {
        for (List<String> secret : List.of(
                List.of("--password", "hunter2"),
                List.of("--password=hunter2"),
                List.of("--token", "hunter2"),
                List.of("--password"))) {
            CliRun run = CliRun.of(CliRun.args(CliRun.args(valid(), "--user", "alice"), secret.toArray(String[]::new)));
            assertUsageError(run, "--password-file");
            assertThat(run.err()).doesNotContain("hunter2");
        }
        assertUsageError(CliRun.of("sink", "--user", "alice", "--password", "hunter2"), "--password-file");
        CliRun unknown = CliRun.of(CliRun.args(valid(), "--pass=hunter2", "hunter2"));
        assertUsageError(unknown, "--pass");
        assertThat(unknown.err()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @MethodSource("wrongForSink")
    void namesTheSinksOption(String option, List<String> args) {
        List<String> all = new ArrayList<>(List.of("sink", "--port", "0"));
        args.forEach(arg -> all.add(arg.replace("FILE", file)));
        assertUsageError(CliRun.of(all), option);
    }

    static Stream<Arguments> wrongForSink() {
        return Stream.of(
                Arguments.of("--tls", List.of("--tls", "maybe")),
                Arguments.of("--user", List.of("--user", "alice")),
                Arguments.of("--user", List.of("--password-file", "FILE")),
                Arguments.of("--save", List.of("--save", "FILE")),
                Arguments.of("--latency", List.of("--latency", "20")),
                Arguments.of("--reply", List.of("--reply", "rcpt")),
                Arguments.of("--reply", List.of("--reply", "rcpt=no")),
                Arguments.of("--reply", List.of("--reply", "lunch=451 later")),
                Arguments.of("--drop-after", List.of("--drop-after", "lunch")),
                Arguments.of("--write-ca", List.of("--write-ca", "FILE/ca.pem")),
                Arguments.of("--port", List.of("--port", "65536")));
    }

    @Test
    void helpAndVersionAreNoErrors() {
        assertThat(CliRun.of("--help").out()).contains("send", "bulk", "load", "sink", "demo");
        assertThat(CliRun.of("send", "--help").status()).isZero();
        assertThat(CliRun.of("send", "--help").out())
                .contains("--all-or-nothing", "--timeout")
                .doesNotContain("--token,");
        assertThat(CliRun.of("--version").out()).startsWith("pipepost ");
    }

    /** U+FFFD is what Java makes of an argument in a locale that lacks its characters. */
    @Test
    void takesNoArgumentThatWasNotDecoded() {
        assertNotDecoded("--from: found", "--from", "gr\uFFFD\uFFFDe4711@b.test");
        assertNotDecoded("--from: found", "--from=gr\uFFFD\uFFFDe4711@b.test");
        assertNotDecoded("argument 10: found", "--\uFFFD=4711");
        assertNotDecoded("argument 10: found", "4711\uFFFD");
    }

    private void assertNotDecoded(String message, String... more) {
        CliRun run = CliRun.of(CliRun.args(valid(), more));
        assertThat(run.err()).contains(message).doesNotContain("4711").doesNotContain("\uFFFD");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(64);
    }

    private List<String> valid() {
        return new ArrayList<>(
                List.of("send", "--server", "127.0.0.1:1", "--from", "a@b.test", "--to", "c@d.test", "--data", file));
    }

    private static void assertUsageError(CliRun run, String option) {
        assertThat(run.err().lines()).as("one line").hasSize(1);
        assertThat(run.err()).contains(option).contains("--help").doesNotContain("Exception");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(64);
    }
}
