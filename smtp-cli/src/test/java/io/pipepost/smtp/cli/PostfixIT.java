/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code pipepost send} delivers to a real Postfix, and what it says of each recipient is true. */
@ExtendWith(Leaks.class)
class PostfixIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<List<String>> SHAPES =
            List.of(List.of(), List.of("--chunking", "off"), List.of("--pipelining", "off"));

    private static PostfixServer postfix;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws IOException {
        postfix = PostfixServer.startOrSkip();
    }

    @AfterAll
    static void stop() throws IOException {
        if (postfix != null) {
            postfix.close();
        }
    }

    /** A way to Postfix: a port, its TLS, and how to log in there. */
    private enum Way {
        PLAIN_TEXT,
        STARTTLS,
        STARTTLS_PLAIN,
        STARTTLS_LOGIN,
        STARTTLS_CRAM_MD5,
        IMPLICIT_PLAIN,
        IMPLICIT_LOGIN,
        IMPLICIT_CRAM_MD5;

        List<String> options() {
            return switch (this) {
                case PLAIN_TEXT -> options(postfix.plainPort(), "none", null);
                case STARTTLS -> options(postfix.plainPort(), "starttls", null);
                case STARTTLS_PLAIN -> options(postfix.startTlsPort(), "starttls", "PLAIN");
                case STARTTLS_LOGIN -> options(postfix.startTlsPort(), "starttls", "LOGIN");
                case STARTTLS_CRAM_MD5 -> options(postfix.startTlsPort(), "starttls", "CRAM-MD5");
                case IMPLICIT_PLAIN -> options(postfix.implicitTlsPort(), "implicit", "PLAIN");
                case IMPLICIT_LOGIN -> options(postfix.implicitTlsPort(), "implicit", "LOGIN");
                case IMPLICIT_CRAM_MD5 -> options(postfix.implicitTlsPort(), "implicit", "CRAM-MD5");
            };
        }

        private static List<String> options(int port, String tls, String mechanism) {
            List<String> options = new ArrayList<>(List.of(
                    "--server",
                    "localhost:" + port,
                    "--tls",
                    tls,
                    "--ca",
                    postfix.caPem().toString()));
            if (mechanism != null) {
                options.addAll(List.of("--user", postfix.user(), "--password-env", "PW", "--auth", mechanism));
            }
            return options;
        }
    }

    static Stream<Arguments> everyWayInEveryShape() {
        return Stream.of(Way.values()).flatMap(way -> SHAPES.stream().map(shape -> Arguments.of(way, shape)));
    }

    @ParameterizedTest
    @MethodSource("everyWayInEveryShape")
    void deliversByteForByte(Way way, List<String> shape) throws IOException {
        String marker = marker();
        String content = "Subject: " + marker + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\n.\r\n..\r\n.dot\r\nZażółć gęślą jaźń ✉\r\n\r\n.\r\n  \r\nno end";

        CliRun run =
                send(way, shape, bytes(content), List.of("--trust", "flight", "--transcript", "--to", address("a")));

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.dispositions()).containsOnly(Map.entry(address("a"), "accepted at end-of-data"));
        assertThat(run.err().contains("C: BDAT ")).isEqualTo(!shape.contains("--chunking"));
        assertThat(run.err().contains("--- TLS ")).isEqualTo(way != Way.PLAIN_TEXT);
        assertThat(run.out().contains("\"tls\":null")).isEqualTo(way == Way.PLAIN_TEXT);
        assertStored(marker, bytes(content + "\r\n"), List.of(address("a")));
    }

    static Stream<Arguments> largeRuns() {
        return Stream.of(
                Arguments.of(Way.PLAIN_TEXT, SHAPES.get(1)),
                Arguments.of(Way.STARTTLS_PLAIN, SHAPES.get(2)),
                Arguments.of(Way.IMPLICIT_CRAM_MD5, SHAPES.get(0)));
    }

    @ParameterizedTest
    @MethodSource("largeRuns")
    void delivers20MiB(Way way, List<String> shape) throws IOException {
        String marker = marker();
        byte[] content = large(marker);

        CliRun run = send(way, shape, content, List.of("--to", address("a")));

        assertThat(run.status()).as(run.err()).isZero();
        assertStored(marker, content, List.of(address("a")));
    }

    static Stream<List<String>> shapes() {
        return SHAPES.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void tellsTheTruthAboutEachOf100Recipients(List<String> shape) throws IOException {
        String marker = marker();
        byte[] content = bytes("Subject: " + marker + "\r\n\r\nfor most\r\n");
        Map<String, String> expected = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            switch (i % 10) {
                case 3 -> expected.put(address("refused-" + i), "rejected-permanent at rcpt");
                case 7 -> expected.put(address("later-" + i), "rejected-temporary at rcpt");
                default -> expected.put(address("r" + i), "accepted at end-of-data");
            }
        }
        List<String> to = new ArrayList<>();
        expected.keySet().forEach(address -> to.addAll(List.of("--to", address)));

        CliRun run = send(Way.STARTTLS_PLAIN, shape, content, to);

        assertThat(run.status()).as(run.err()).isEqualTo(1);
        assertThat(run.out()).contains("\"outcome\":\"partial\"").contains("\"code\":550,\"enhanced\":\"5.1.1\"");
        assertThat(run.out()).contains("\"code\":450,\"enhanced\":\"4.2.1\"");
        assertThat(run.dispositions()).containsExactlyEntriesOf(expected);
        assertStored(
                marker,
                content,
                expected.keySet().stream()
                        .filter(address -> address.startsWith("r") && !address.startsWith("ref"))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void deliversToNobodyUnlessToAll(List<String> shape) throws IOException {
        String marker = marker();

        CliRun run = send(
                Way.STARTTLS,
                shape,
                bytes("Subject: " + marker + "\r\n\r\nfor none\r\n"),
                List.of("--all-or-nothing", "--to", address("a"), "--to", address("refused-b")));

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.dispositions())
                .containsEntry(address("a"), "not-sent at rcpt")
                .containsEntry(address("refused-b"), "rejected-permanent at rcpt");
        assertThat(postfix.storedMessages(marker)).isEmpty();
    }

    @Test
    void sendsNothingWithAWrongPassword() throws IOException {
        List<String> args = new ArrayList<>(List.of("send"));
        args.addAll(Way.STARTTLS_PLAIN.options());
        args.addAll(List.of("--from", "bob@example.org", "--to", address("a"), "--data", "-", "--json"));

        CliRun run = CliRun.of(bytes("Subject: x\r\n\r\nx\r\n"), Map.of("PW", "wrong-4711"), args);

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out())
                .contains("\"outcome\":\"not-sent\"")
                .contains("\"cause\":\"auth-failed\"")
                .contains("535");
        assertThat(run.out() + run.err()).doesNotContain("4711");
    }

    private CliRun send(Way way, List<String> shape, byte[] content, List<String> more) throws IOException {
        Path file = directory.resolve("message.eml");
        Files.write(file, content);
        List<String> args = new ArrayList<>(List.of("send", "--json", "--from", "bob@example.org"));
        args.addAll(List.of("--data", file.toString()));
        args.addAll(way.options());
        args.addAll(shape);
        args.addAll(more);
        return CliRun.of(new byte[0], Map.of("PW", postfix.password()), args);
    }

    private static void assertStored(String marker, byte[] content, List<String> recipients) throws IOException {
        List<byte[]> stored = postfix.awaitMessage(marker, PATIENCE);
        assertThat(stored).extracting(PostfixServer::recipientOf).containsExactlyInAnyOrderElementsOf(recipients);
        for (byte[] message : stored) {
            // Not by AssertJ, which would print 20 MiB.
            assertThat(Arrays.equals(PostfixServer.contentOf(message), content))
                    .as("equal, byte for byte")
                    .isTrue();
        }
    }

    private static String marker() {
        return "marker-" + UUID.randomUUID();
    }

    private static String address(String localPart) {
        return localPart + "@" + postfix.domain();
    }

    /** Lines of all lengths up to the limit, many with a dot in front. */
    private static byte[] large(String marker) {
        Random random = new Random(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream(21 << 20);
        out.writeBytes(bytes("Subject: " + marker + "\r\n\r\n"));
        String dots = ".".repeat(10);
        String text = "x".repeat(988);
        while (out.size() < 20 << 20) {
            out.writeBytes(bytes(dots.substring(random.nextInt(11)) + text.substring(random.nextInt(989)) + "\r\n"));
        }
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
