/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments of a message that is composed or signed: one line that says what is wrong and where. */
class ComposeUsageTest {
    private static final List<String> START = List.of("send", "--server", "127.0.0.1:1");

    @TempDir
    private Path directory;

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(directory.resolve("file"), "x\n");
        Files.writeString(directory.resolve("key"), "-----BEGIN PRIVATE KEY-----\nMIIBVg\n-----END PRIVATE KEY-----\n");
    }

    private static Arguments wrong(String message, String... args) {
        return Arguments.of(message, List.of(args));
    }

    /** Each beside {@code --from a@b.test --to c@d.test}. */
    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong("--data is missing, or what to compose"),
                wrong("--text cannot be added", "--data", "DIR/file", "--text", "x"),
                wrong("--header cannot be added", "--data", "DIR/file", "--header", "X: y"),
                wrong("--attach cannot be added", "--data", "DIR/file", "--attach", "DIR/file"),
                wrong("--attach: cannot read DIR/none: there is no such file", "--attach", "DIR/none"),
                wrong("--attach: DIR is not a regular file", "--attach", "DIR"),
                wrong("--inline: cannot read DIR/none", "--html", "x", "--inline", "a@b.test=DIR/none"),
                wrong("--inline: expected CID=FILE", "--html", "x", "--inline", "DIR/file"),
                wrong("--inline: expected CID=FILE", "--html", "x", "--inline", "=DIR/file"),
                wrong("--inline: Content-ID: expected atoms", "--html", "x", "--inline", "lo go=DIR/file"),
                wrong("--inline: --html is missing", "--text", "x", "--inline", "a@b.test=DIR/file"),
                wrong("--inline: two", "--html", "x", "--inline", "a@b.test=DIR/file", "--inline", "a@b.test=DIR/file"),
                wrong("--text and --html cannot both", "--text", "-", "--html", "-"),
                wrong("--to: address: < is not closed (at index 3)", "--text", "x", "--to", "Jo <jo"),
                wrong(
                        "--cc: address: expected the end of the address, found U+002C (at index 6)",
                        "--text",
                        "x",
                        "--cc",
                        "a@b.cc, d@e.test"),
                wrong("--bcc: address: expected an address, found the end (at index 0)", "--text", "x", "--bcc", ""),
                wrong("--header: expected 'Name: value'", "--header", "no colon"),
                wrong("--header: expected 'Name: value'", "--header", ": no name"),
                wrong("--header: field name: expected printable ASCII", "--header", "X Y: z"),
                wrong("--header: the field Subject is given by --subject", "--header", "Subject: x"),
                wrong("--header: the field bcc is given by --bcc", "--header", "bcc: v@v.test"),
                wrong("--header: header field Content-Type is written", "--header", "Content-Type: text/html"),
                wrong("--header: header field DKIM-Signature does not", "--header", "DKIM-Signature: x"),
                wrong(
                        "--header: header field Date may stand only once",
                        "--header",
                        "Date: Tue, 3 Jun 2025 11:05:30 GMT",
                        "--header",
                        "Date: Tue, 3 Jun 2025 11:05:30 GMT"),
                wrong(
                        "--header: header field X-Priority may stand only once",
                        "--header",
                        "X-Priority: 1",
                        "--header",
                        "X-Priority: 1"),
                wrong(
                        "--header: Date: expected one such as 'Tue, 3 Jun 2025 11:05:30 +0200' (at index 6)",
                        "--header",
                        "Date: today"),
                wrong(
                        "--header: Reply-To: address: expected @ or <address>, found the end (at index 12)",
                        "--header",
                        "Reply-To: jo"),
                wrong(
                        "--header: References: expected <left@right> in ASCII, found U+003C (at index 25)",
                        "--header",
                        "References: <1@b.test> <2<@b.test>"),
                wrong(
                        "--header: List-Unsubscribe: expected <URI>, and more of them behind commas (at index 18)",
                        "--header",
                        "List-Unsubscribe: https://b.test"),
                wrong(
                        "--header: List-Unsubscribe: expected https://... or mailto:... (at index 39)",
                        "--header",
                        "List-Unsubscribe: <https://b.test/u>, <http://b.test>"),
                wrong(
                        "--header: List-Unsubscribe-Post needs",
                        "--header",
                        "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
                wrong("--header: List-Unsubscribe-Post: expected", "--header", "List-Unsubscribe-Post: One-Click"),
                wrong("--dkim-key is missing", "--text", "x", "--dkim-domain", "b.test"),
                wrong("--dkim-selector is missing", "--text", "x", "--dkim-domain", "b.test", "--dkim-key", "DIR/key"),
                wrong("--dkim-domain is missing", "--text", "x", "--dkim-selector", "s", "--dkim-key", "DIR/key"));
    }

    private String inDirectory(String text) {
        return text.replace("DIR", directory.toString());
    }

    private CliRun run(List<String> more) {
        List<String> args = CliRun.args(START, "--from", "a@b.test", "--to", "c@d.test");
        more.forEach(arg -> args.add(inDirectory(arg)));
        return CliRun.of(args);
    }

    private static void assertUsageError(CliRun run, String message) {
        assertThat(run.err()).contains(message).contains("--help").doesNotContain("Exception");
        assertThat(run.err().lines()).as("one line").hasSize(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(64);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void saysWhatIsWrong(String message, List<String> more) {
        assertUsageError(run(more), inDirectory(message));
    }

    @Test
    void saysWhatIsWrongWithTheSender() {
        List<String> rest = List.of("--to", "c@d.test", "--text", "x", "--from");
        assertUsageError(
                CliRun.of(CliRun.args(CliRun.args(START, rest.toArray(String[]::new)), "jo")),
                "--from: address: expected @ or <address>, found the end (at index 2)");
        assertUsageError(
                CliRun.of(CliRun.args(CliRun.args(START, rest.toArray(String[]::new)), "")),
                "--from: nobody can read the null reverse-path");
        assertUsageError(CliRun.of(CliRun.args(START, "--from", "a@b.test", "--text", "x")), "--to");
    }

    @Test
    void r5322_02_s24_takesNoLineEndsIntoTheHeader() {
        for (String end : List.of("\r\n", "\n", "\r")) {
            String injected = end + "Bcc: v@v.test";
            for (List<String> args : List.of(
                    List.of("--subject", "x" + injected),
                    List.of("--header", "X-Note: x" + injected),
                    List.of("--header", "X-Note" + injected),
                    List.of("--header", "From: Jo" + injected + " <jo@d.test>"),
                    List.of("--header", "Reply-To: jo@d.test" + injected),
                    List.of("--header", "Message-ID: <1@b.test>" + injected),
                    List.of("--header", "In-Reply-To: <1@b.test" + injected + ">"),
                    List.of("--header", "References: <1@b.test>" + end + " <2@b.test>"),
                    List.of("--header", "Date: Tue, 3 Jun 2025 11:05:30 +0200" + injected),
                    List.of("--header", "List-Unsubscribe: <https://b.test/" + injected + ">"),
                    List.of("--header", "List-Unsubscribe: <https://b.test/>," + end + " <mailto:u@b.test>"),
                    List.of("--to", "\"Jo" + injected + "\" <jo@d.test>"),
                    List.of("--cc", "jo@d.test" + injected),
                    List.of("--html", "x", "--inline", "a@b.test" + injected + "=DIR/file"),
                    List.of("--attach", "DIR/file" + injected))) {
                CliRun run = run(CliRun.args(args, "--text", "x"));
                assertUsageError(run, args.get(args.size() - 2) + ":");
            }
        }
    }

    @Test
    void printsNothingOfAKey() throws IOException {
        Path encrypted = Files.writeString(
                directory.resolve("encrypted"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBVg\n-----END ENCRYPTED PRIVATE KEY-----\n");
        List<String> who = List.of("--text", "x", "--dkim-selector", "s", "--dkim-domain", "b.test", "--dkim-key");
        for (Map.Entry<String, String> each : Map.of(
                        directory.resolve("none").toString(),
                        "cannot read the file: there is no such file",
                        directory.toString(),
                        "cannot read the file",
                        directory.resolve("file").toString(),
                        "BEGIN PRIVATE KEY",
                        directory.resolve("key").toString(),
                        "no private key for RSA or Ed25519",
                        encrypted.toString(),
                        "is encrypted",
                        "-----BEGIN PRIVATE KEY-----\nMIIBVg",
                        "expected the name of a file, found a key")
                .entrySet()) {
            CliRun run = run(CliRun.args(who, each.getKey()));
            assertUsageError(run, "--dkim-key: ");
            assertThat(run.err()).contains(each.getValue()).doesNotContain("MIIBVg");
        }
    }

    @Test
    void saysWhatIsWrongWithTheNamesOfAKey() {
        String key = directory.resolve("key").toString();
        assertUsageError(
                run(List.of("--text", "x", "--dkim-key", key, "--dkim-selector", "s 1", "--dkim-domain", "b.test")),
                "--dkim-selector");
        assertUsageError(
                run(List.of(
                        "--text", "x", "--dkim-key", key, "--dkim-selector", "s", "--dkim-domain", "b.test\r\nX: y")),
                "--dkim-domain");
    }

    @Test
    void takesOnlyUtf8FromStandardInput() {
        byte[] latin1 = "gr\u00FC\u00DFe".getBytes(StandardCharsets.ISO_8859_1);
        List<String> args = CliRun.args(START, "--from", "a@b.test", "--to", "c@d.test");
        assertUsageError(
                CliRun.of(latin1, Map.of(), CliRun.args(args, "--text", "-")),
                "--text: standard input is not in UTF-8");
        byte[] large = new byte[(16 << 20) + 1];
        assertUsageError(
                CliRun.of(large, Map.of(), CliRun.args(args, "--html", "-")),
                "--html: standard input is larger than 16 MiB");
    }

    @Test
    void leavesWhatBeginsLikeAnOptionAlone() {
        List<String> parsed =
                new ArrayList<>(List.of("--text", "- one", "--subject", "--- x ---", "--attach", "DIR/none"));
        assertUsageError(run(parsed), "--attach: cannot read");
    }
}
