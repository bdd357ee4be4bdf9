/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What whoever sits at the command line is told to do, in its words. */
class CliSentencesTest {
    private static final String PASSWORD = "--allow-plaintext-auth --user tim --password-env P";

    /** A class and something of it, in a string. */
    private static final Pattern JAVA_NAME = Pattern.compile("\\b[A-Z][A-Za-z]+(\\.[A-Z][A-Za-z]+)*\\.[A-Za-z]+");

    private static final Pattern STRING = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

    @TempDir
    private static Path directory;

    @BeforeAll
    static void makeFiles() throws IOException {
        Files.writeString(directory.resolve("junk.pem"), "junk\n");
    }

    private static CliRun send(int port, String... more) {
        return run("x\r\n", "127.0.0.1:" + port, List.of(more));
    }

    private static CliRun run(String content, String server, List<String> more) {
        List<String> args =
                List.of("send", "--server", server, "--from", "a@b.test", "--to", "c@d.test", "--data", "-");
        return CliRun.of(
                content.getBytes(StandardCharsets.UTF_8),
                Map.of("P", "secret"),
                CliRun.args(args, more.toArray(String[]::new)));
    }

    // ---- what a server does

    /** The server's part behind the greeting and EHLO, options, and what is said. */
    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        "250 x",
                        "--tls starttls",
                        "TLS is required (--tls starttls) and the server does not offer it; on another port it may want --tls"
                                + " implicit"),
                Arguments.of(
                        "250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 not now",
                        "--tls starttls",
                        "TLS is required (--tls starttls) and the server refused it: 454 4.7.0 not now"),
                Arguments.of(
                        "250-x\nS: 250 AUTH PLAIN\nC~ AUTH PLAIN .*\nS: 535 5.7.8 no",
                        "--tls none " + PASSWORD,
                        "Authentication failed: the server refused the user or the password (--user) by PLAIN: 535 5.7.8 no"),
                Arguments.of(
                        "250-x\nS: 250 AUTH PLAIN\nC~ AUTH PLAIN .*\nS: 538 5.7.11 no",
                        "--tls none " + PASSWORD,
                        "The server wants TLS in front of AUTH PLAIN: --tls starttls: 538 5.7.11 no"),
                Arguments.of(
                        "250 x",
                        "--tls none " + PASSWORD,
                        "Credentials are configured and the server does not offer AUTH, which many do behind TLS only: --tls"
                                + " starttls; without --user nobody logs in"),
                Arguments.of(
                        "250-x\nS: 250 AUTH XOAUTH2",
                        "--tls none " + PASSWORD,
                        "The server offers AUTH XOAUTH2, expected one of [CRAM-MD5, PLAIN, LOGIN]; XOAUTH2 would take"
                                + " --token-file"),
                Arguments.of(
                        "250-x\nS: 250 AUTH PLAIN",
                        "--tls none --auth CRAM-MD5 " + PASSWORD,
                        "The server offers AUTH PLAIN, expected one of [CRAM-MD5]; --auth leaves PLAIN out"),
                Arguments.of(
                        "250-x\nS: 250 AUTH PLAIN",
                        "--tls none --user tim --password-env P",
                        "Credentials are not sent without TLS (--tls starttls) unless --allow-plaintext-auth says so"));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("mistakes")
    void says(String ehlo, String options, String sentence) {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC~ EHLO .*\nS: " + ehlo + "\nC: QUIT\nS: 221 x\nEOF")) {
            assertThat(send(server.port(), options.split(" ")).err()).isEqualTo("pipepost send: " + sentence + "\n");
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "S: 554 5.7.1 no mail from you\\nC: QUIT\\nS: 221 x\\nEOF"
                        + " | The server refused the connection: 554 5.7.1 no mail from you",
                "S: 421 4.3.2 too busy\\nEOF | The server closes the connection at greeting: 421 4.3.2 too busy",
                "CLOSE | Connection lost at greeting: ended by the server",
                "S: 220 x\\nC~ EHLO .*\\nRESET | Connection lost at ehlo: reset by the server",
                "S: SSH-2.0-OpenSSH_9.6\\nEOF"
                        + " | Not an SMTP reply: expected three digits, found \"SSH-2.0-OpenSSH_9.6\"",
                "S: 220 \\x1b[2Jx\\nC~ EHLO .*\\nS: 550 \\x1b[2J\\nC~ HELO .*\\nS: 550 \\x07\\nC: QUIT\\nS: 221 x\\nEOF"
                        + " | The server refused EHLO and HELO: 550 \\x07",
            })
    void saysOfTheServer(String script, String sentence) {
        try (ScriptedServer server = ScriptedServer.play(script.replace("\\n", "\n"))) {
            assertThat(send(server.port(), "--tls", "none").err()).isEqualTo("pipepost send: " + sentence + "\n");
        }
    }

    @Test
    void wrongModes() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            assertThat(send(silent.getLocalPort(), "--timeout", "greeting=150ms")
                            .err())
                    .isEqualTo("pipepost send: No complete reply within 150 ms at greeting; a silent server often wants"
                            + " TLS from the first octet: --tls implicit\n");
            assertThat(send(silent.getLocalPort(), "--timeout", "total=150ms").err())
                    .isEqualTo(
                            "pipepost send: The message was not settled within 150 ms, its deadline (--timeout total)\n");
        }
        try (ScriptedServer plain = ScriptedServer.play("S: 220 x\nDRAIN")) {
            assertThat(send(plain.port(), "--tls", "implicit").err())
                    .isEqualTo(
                            "pipepost send: TLS handshake with 127.0.0.1 failed: the server does not begin with TLS; most"
                                    + " servers of this kind want --tls starttls\n");
        }
    }

    @Test
    void load() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start()) {
            CliRun run = CliRun.of(
                    "load",
                    "--tls",
                    "implicit",
                    "--server",
                    "127.0.0.1:" + sink.port(),
                    "--messages",
                    "2",
                    "--warmup",
                    "0",
                    "--connections",
                    "1");
            assertThat(run.err())
                    .contains("pipepost load: the first failure: TLS handshake", "; --ca says whom to trust\n");
        }
    }

    @Test
    void nobodyListens() {
        int port = ClosedPort.take();
        assertThat(send(port).err())
                .isEqualTo("pipepost send: Cannot connect to 127.0.0.1:" + port + ": 127.0.0.1: Connection refused\n");
    }

    @Test
    void nameOfTheCertificate() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start()) {
            String ca = authority(sink);
            assertThat(send(sink.port(), "--tls", "implicit", "--ca", ca, "--tls-name", "mail.test")
                            .status())
                    .isZero();
            assertThat(send(sink.port(), "--tls", "implicit", "--ca", ca, "--tls-name", "mail.example")
                            .err())
                    .contains("expected mail.example; --tls-name says which name to expect instead");
            assertThat(send(sink.port(), "--tls", "implicit").err())
                    .contains("is not trusted; --ca says whom to trust");
        }
    }

    /** A transcript's notes are the library's too; what the server says stands as it was said. */
    @Test
    void transcripts() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start()) {
            assertThat(send(sink.port(), "--tls", "implicit", "--transcript").err())
                    .contains("--- closed: TLS handshake", "; --ca says whom to trust ---")
                    .doesNotContain("Security.");
        }
        try (ScriptedServer server = ScriptedServer.play("S: 554 try Security.trust\nC: QUIT\nS: 221 x\nEOF")) {
            assertThat(send(server.port(), "--transcript").err()).contains("\nS: 554 try Security.trust\n");
        }
    }

    @Test
    void certificatesWithoutTls() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            CliRun run = send(sink.port(), "--tls", "none", "--ca", authority(sink));
            assertThat(run.status()).isZero();
            assertThat(run.err()).contains("warning: --ca is not used: with --tls none there are no certificates");
        }
    }

    private static String authority(SmtpSink sink) throws IOException {
        return Files.writeString(
                        directory.resolve("ca.pem"), sink.certificates().authorityPem())
                .toString();
    }

    /** Told as soon as the library knows: the timeout is for servers that are slow to greet. */
    @Test
    void silentServersAreToldAtOnce() {
        List<String> told = new ArrayList<>();
        LastSession session = new LastSession(new ServerAddress("mx.test", 25, false, null), told::add);
        new TeeObserver(session, session).silent(1, "mx.test:25 has said nothing for 10 s; TlsMode.IMPLICIT");
        assertThat(told).hasSize(2).containsOnly("mx.test:25 has said nothing for 10 s; --tls implicit");
    }

    // ---- before there is a connection

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--server     | mx.test:99999       | a port is a number from 1 to 65535",
                "--server     | 'mx test:25'        | expected the name or address of a host",
                "--timeout    | greeting=0s         | --timeout: A timeout is at least 1 ms, found 0 s for greeting",
                "--timeout    | total=0s            | --timeout: A deadline is more than zero, found 0 s",
                "--timeout    | idle=4s             | unknown phase 'idle', expected one of connect, tls, greeting, ehlo,",
                "--in-flight  | 0                   | --in-flight: In flight are 1 to 1000 transactions, found 0",
                "--tls-name   | 'a_b c'             | --tls-name: server name may hold letters, digits, hyphens and dots",
                "--ca         | DIR/junk.pem        | --ca: Not a file of certificates in PEM: DIR/junk.pem",
                "--ca         | DIR/none.pem        | --ca: cannot read the file DIR/none.pem: there is no such file",
                "--to         | bob                 | --to: address: expected @ behind the local-part (at index 3)",
                "--password-env | NONE              | --user is missing, which --auth, --password-file, --password-env and",
            })
    void saysOfOptions(String option, String value, String part) {
        String place = directory.toString();
        List<String> more = List.of(option, value.replace("DIR", place));
        CliRun run =
                option.equals("--server") ? run("x\r\n", more.get(1), List.of()) : run("x\r\n", "127.0.0.1:1", more);
        assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(run.err()).startsWith("pipepost send: ").contains(part.replace("DIR", place));
    }

    // ---- all of them

    /** Whatever name of Java's the library's messages hold has its counterpart, or is left out. */
    @Test
    void noNameOfJavaIsLeft() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            for (String message : messages(Files.readString(source))) {
                Matcher name = JAVA_NAME.matcher(message);
                if (name.find() && !message.startsWith("io.pipepost") && !message.startsWith("NullAway")) {
                    found.add(message);
                    assertThat(JAVA_NAME.matcher(OptionNames.in(message)).find())
                            .as("%s: %s", source.getFileName(), message)
                            .isFalse();
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(15);
    }

    /**
     * What a caller of Java gets who shares no word with the command line: sendAll, the queue of a session of one's own,
     * choices about TLS that the command line does not give.
     */
    private static final List<String> ELSEWHERE = List.of(
            "OutcomeSpliterator.java",
            "SmtpSession.java",
            "Security.java",
            "OwnContext.java",
            "ClientKeys.java",
            "CipherChoice.java");

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("../smtp-client/src/main/java/io/pipepost/smtp/client"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !ELSEWHERE.contains(file.getFileName().toString()))
                    .toList();
        }
    }

    /** String literals, those that are put together as one. */
    private static List<String> messages(String source) {
        List<String> messages = new ArrayList<>();
        Matcher literal =
                STRING.matcher(source.replaceAll("\"\\s*\\+\\s*\"", "").replaceAll("(?m)^\\s*(/?\\*|//).*", ""));
        while (literal.find()) {
            messages.add(literal.group(1));
        }
        return messages;
    }
}
