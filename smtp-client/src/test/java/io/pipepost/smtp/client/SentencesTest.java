/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.failure;
import static io.pipepost.smtp.client.Sessions.inClear;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.sendFailure;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.trust;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.testing.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the commonest mistakes are told with: what was found, what was expected, and what helps. */
class SentencesTest {
    private static final Credentials USER = Credentials.password("tim", "tanstaaftanstaaf");
    private static final X509Bundle AUTHORITY = authority();
    private static final String SILENT = "a silent server often wants TLS from the first octet: TlsMode.IMPLICIT";
    private static final Duration SHORT = Duration.ofMillis(150);

    @TempDir
    private static Path directory;

    /** Makes a mistake, and returns what is said of it. */
    interface Mistake {
        String made() throws Exception;
    }

    /** The mistakes, each with its sentence, in which ... stands for whatever is there. */
    static Stream<Arguments> mistakes() {
        return Stream.of(
                // The wrong port, or the wrong mode
                row(
                        "in the clear to a port that wants TLS first",
                        () -> silent(server -> opened(hasty(inClear(server)))),
                        "No complete reply within 150 ms at greeting; " + SILENT),
                row(
                        "the same, by somebody who waits for a session",
                        () -> silent(
                                server -> sent(inClear(server).pool(PoolOptions.DEFAULT.withAcquireTimeout(SHORT)))),
                        "No session was free within 150 ms (PoolOptions.withAcquireTimeout): connections being opened 1,"
                                + " idle 0, busy 0, messages queued 0; the newest connection is waiting at greeting of"
                                + " localhost:...; " + SILENT),
                row(
                        "TLS first, to a port that says nothing",
                        () -> silent(server -> opened(hasty(to(server, Security.of(TlsMode.IMPLICIT))))),
                        "TLS handshake with localhost failed: no answer in time; a server that wants TLS later is"
                                + " silent: TlsMode.STARTTLS"),
                row(
                        "no STARTTLS there",
                        () -> played(TlsMode.STARTTLS, "250 x", UnaryOperator.identity()),
                        "TLS is required (TlsMode.STARTTLS) and the server does not offer it; on another port it may want"
                                + " TlsMode.IMPLICIT"),
                row(
                        "STARTTLS is refused",
                        () -> played(
                                TlsMode.STARTTLS,
                                "250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 not now",
                                UnaryOperator.identity()),
                        "TLS is required (TlsMode.STARTTLS) and the server refused it: 454 4.7.0 not now"),
                row(
                        "a web server",
                        () -> said(raw(connection -> connection.send("HTTP/1.1 400 Bad Request", "Server: x"))),
                        "Not an SMTP reply: expected three digits, found \"HTTP/1.1 400 Bad Request\""),
                row(
                        "an SSH server",
                        () -> said(raw(connection -> connection.send("SSH-2.0-OpenSSH_9.6"))),
                        "Not an SMTP reply: expected three digits, found \"SSH-2.0-OpenSSH_9.6\""),

                // Nobody there, or nobody for long
                row(
                        "no such host",
                        () -> said(
                                failure(Names.connect("mx.test", new LocalNames(new UnknownHostException("mx.test"))))),
                        "Cannot resolve mx.test: mx.test"),
                row(
                        "no such host, by DNS",
                        () -> said(failure(Names.connect(
                                "mx.test",
                                new LocalNames(
                                        new UnknownHostException("Failed to resolve: Query failed with NXDOMAIN"))))),
                        "Cannot resolve mx.test: there is no such host name"),
                row(
                        "nobody listens",
                        () -> opened(inClear(ClosedPort.take())),
                        "Cannot connect to localhost:...: 127.0.0.1: Connection refused"),
                row(
                        "closed at once",
                        () -> said(raw(connection -> {})),
                        "Connection lost at greeting: ended by the server"),
                row(
                        "reset amid the dialogue",
                        () -> lost(connection -> {
                            connection.open();
                            connection.readLine();
                            connection.reset();
                        }),
                        "Connection lost at mail: reset by the server"),
                row(
                        "not welcome",
                        () -> greeted("554 5.7.1 no mail from you\nC: QUIT\nS: 221 x\nEOF"),
                        "The server refused the connection: 554 5.7.1 no mail from you"),
                row(
                        "too busy",
                        () -> greeted("421 4.3.2 too busy\nEOF"),
                        "The server closes the connection at greeting: 421 4.3.2 too busy"),
                row(
                        "neither EHLO nor HELO",
                        () -> greeted(
                                "220 x\nC: EHLO client.test\nS: 550 no\nC: HELO client.test\nS: 550 never\nC: QUIT\nS:"
                                        + " 221 x\nEOF"),
                        "The server refused EHLO and HELO: 550 never"),
                row(
                        "a reply without end",
                        () -> said(raw(connection -> connection.send("220 " + "x".repeat(20_000)))),
                        "Reply line longer than 16384 octets"),

                // Logging in
                row(
                        "wrong password",
                        () -> loggedIn("250-x\nS: 250 AUTH PLAIN\nC~ AUTH PLAIN .*\nS: 535 5.7.8 no"),
                        "Authentication failed: the server refused the user or the password"
                                + " (SmtpClient.Builder.credentials) by PLAIN: 535 5.7.8 no"),
                row(
                        "logins fail for now",
                        () -> loggedIn("250-x\nS: 250 AUTH PLAIN\nC~ AUTH PLAIN .*\nS: 454 4.7.0 later"),
                        "Authentication failed: the server refused AUTH PLAIN: 454 4.7.0 later"),
                row(
                        "TLS first, says the server",
                        () -> loggedIn("250-x\nS: 250 AUTH PLAIN\nC~ AUTH PLAIN .*\nS: 538 5.7.11 no"),
                        "The server wants TLS in front of AUTH PLAIN: TlsMode.STARTTLS: 538 5.7.11 no"),
                row(
                        "no AUTH there",
                        () -> loggedIn("250 x"),
                        "Credentials are configured and the server does not offer AUTH, which many do behind TLS only:"
                                + " TlsMode.STARTTLS; without SmtpClient.Builder.credentials nobody logs in"),
                row(
                        "no common mechanism",
                        () -> loggedIn("250-x\nS: 250 AUTH GSSAPI"),
                        "The server offers AUTH GSSAPI, expected one of [CRAM-MD5, PLAIN, LOGIN]"),
                row(
                        "a password where a token is wanted",
                        () -> loggedIn("250-x\nS: 250 AUTH XOAUTH2"),
                        "The server offers AUTH XOAUTH2, expected one of [CRAM-MD5, PLAIN, LOGIN]; XOAUTH2 would take"
                                + " Credentials.token"),
                row(
                        "mechanisms that leave out the only one",
                        () -> played(
                                TlsMode.NONE,
                                "250-x\nS: 250 AUTH PLAIN",
                                builder -> builder.credentials(USER).mechanisms(SaslMechanism.CRAM_MD5)),
                        "The server offers AUTH PLAIN, expected one of [CRAM-MD5]; SmtpClient.Builder.mechanisms leaves"
                                + " PLAIN out"),
                row(
                        "credentials in the clear",
                        () -> {
                            try (ScriptedServer server = script("250-x\nS: 250 AUTH PLAIN")) {
                                return opened(inClear(server.port()).credentials(USER));
                            }
                        },
                        "Credentials are not sent without TLS (TlsMode.STARTTLS) unless Security.allowAuthWithoutTls says"
                                + " so"),

                // The pool and the client
                row(
                        "more than the queue holds",
                        SentencesTest::queueIsFull,
                        "The queue is full, which holds 1 messages and one for each connection being opened"
                                + " (PoolOptions.withQueue): connections being opened 1, idle 0, busy 0, messages queued 2"),
                row(
                        "later than its deadline",
                        () -> silent(server -> sent(inClear(server).messageDeadline(SHORT))),
                        "The message was not settled within 150 ms, its deadline (SmtpClient.Builder.messageDeadline)"),
                row("a client that is closed", SentencesTest::clientClosed, "The client is closed"),

                // The message
                row(
                        "nobody is taken",
                        () -> sentTo(
                                "250 x\nC: MAIL FROM:<a@b.test>\nS: 250 x\nC: RCPT TO:<c@d.test>\nS: 550 5.1.1 unknown\n"
                                        + "C: RSET\nS: 250 x",
                                "c@d.test",
                                "x"),
                        "The server rejected c@d.test at rcpt: 550 5.1.1 unknown"),
                row(
                        "too large",
                        () -> sentTo("250-x\nS: 250 SIZE 10", "c@d.test", "more than ten octets"),
                        "The content has 22 octets, the server takes at most 10 (SIZE)"),
                row(
                        "an address beyond ASCII",
                        () -> sentTo("250 x", "\u00fc@d.test", "x"),
                        "The server does not offer SMTPUTF8, but the forward-path needs it"),
                row(
                        "a header beyond ASCII",
                        () -> sentTo("250-x\nS: 250 8BITMIME", "c@d.test", "Subject: \u00fc"),
                        "The server does not offer SMTPUTF8, but the content's header holds octets beyond ASCII"),
                row(
                        "a body beyond ASCII",
                        () -> sentTo("250 x", "c@d.test", "Subject: x\r\n\r\n\u00fc"),
                        "The server does not offer 8BITMIME, but the content holds octets beyond ASCII"),
                row(
                        "a line that is too long",
                        () -> sent(inClear(1), Content.of("x".repeat(999) + "\r\n")),
                        "Content has a line of 999 octets, expected at most 998 (RFC 5322 section 2.1.1);"
                                + " ContentOptions.withLongLines permits more"),
                row(
                        "a lone LF",
                        () -> sent(
                                inClear(1)
                                        .content(ContentOptions.DEFAULT.withBareNewlines(
                                                ContentOptions.BareNewlines.REJECT)),
                                Content.of("x\ny\r\n")),
                        "Content holds a CR or LF that is not part of a CRLF at position 1;"
                                + " ContentOptions.withBareNewlines says that such become CRLF"),
                row(
                        "a file that is not there",
                        () -> sent(inClear(1), Content.ofFile(directory.resolve("none.eml"))),
                        "Cannot read .../none.eml: no such file"),
                row(
                        "a file that was changed",
                        SentencesTest::fileChanged,
                        "The content's source failed: The file .../changed.eml has changed since it was looked at first: it had"
                                + " 160000 octets, and has 7"),
                row(
                        "no address",
                        () -> thrown(() -> ForwardPath.of("bob")),
                        "address: expected @ behind the local-part (at index 3)"),

                // Options
                row("a port", () -> thrown(() -> Relay.of("mx.test", 99_999)), "A port is 1 to 65535, found 99999"),
                row(
                        "a host",
                        () -> thrown(() -> Relay.of("mx test", 25)),
                        "A host is a name or an IP address without blanks or controls, found \"mx test\""),
                row(
                        "a time limit",
                        () -> thrown(() -> Timeouts.DEFAULT.with(Phase.GREETING, Duration.ZERO)),
                        "A timeout is at least 1 ms, found 0 s for greeting"),
                row(
                        "a deadline",
                        () -> thrown(() -> inClear(1).messageDeadline(Duration.ofSeconds(-4))),
                        "A deadline is more than zero, found -4 s"),
                row(
                        "a time of the pool's",
                        () -> thrown(() -> PoolOptions.DEFAULT.withIdleTime(Duration.ZERO)),
                        "Pool times are at least 1 ms, found 1 min to wait for a session, 0 s idle, 30 min of age"));
    }

    /** The mistakes about TLS, which no engine of TLS must tell in its own words. */
    static Stream<Arguments> mistakesAboutTls() {
        return Stream.of(TlsEngine.JDK, TlsEngine.OPENSSL).flatMap(SentencesTest::mistakesAboutTls);
    }

    private static Stream<Arguments> mistakesAboutTls(TlsEngine engine) {
        return Stream.of(
                row(
                        "TLS first to a port that wants STARTTLS, " + engine,
                        () -> {
                            try (ScriptedServer plain = ScriptedServer.play("S: 220 x\nDRAIN")) {
                                return opened(to(plain.port(), implicit(engine)));
                            }
                        },
                        "TLS handshake with localhost failed: the server does not begin with TLS; most servers of this kind"
                                + " want TlsMode.STARTTLS"),
                row(
                        "TLS 1.1 only, " + engine,
                        () -> handshake(
                                engine,
                                "\\x16\\x03\\x02\\0\\x2a\\x02\\0\\0\\x26\\x03\\x02" + "A".repeat(32)
                                        + "\\0\\xc0\\x13\\0"),
                        "TLS handshake with localhost failed: the server speaks no version of TLS that is still safe,"
                                + " expected 1.2 or 1.3"),
                row(
                        "TLS 1.1 only, in an alert, " + engine,
                        () -> handshake(engine, "\\x15\\x03\\x02\\0\\x02\\x02\\x46"),
                        "TLS handshake with localhost failed: the server speaks no version of TLS that is still safe,"
                                + " expected 1.2 or 1.3"),
                row(
                        "an expired certificate, " + engine,
                        () -> certified(
                                engine,
                                server("localhost")
                                        .notBefore(Instant.parse("2024-01-01T00:00:00Z"))
                                        .notAfter(Instant.parse("2024-02-01T00:00:00Z"))
                                        .buildIssuedBy(AUTHORITY)),
                        "TLS handshake with localhost failed: A certificate is out of date (...); the server's is valid"
                                + " from 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z, now it is ...Z"),
                row(
                        "somebody else's certificate, " + engine,
                        () -> certified(engine, server("other.test").buildIssuedBy(AUTHORITY)),
                        "TLS handshake with localhost failed: The certificate is for other.test, expected localhost;"
                                + " Security.withServerName says which name to expect instead"),
                row(
                        "an unknown authority, " + engine,
                        () -> certified(
                                engine,
                                server("localhost")
                                        .setIsCertificateAuthority(true)
                                        .buildSelfSigned()),
                        "TLS handshake with localhost failed: The certificate of CN=server was issued by CN=server, which"
                                + " is not trusted; Security.trust says whom to trust"),
                row(
                        "a host that no certificate can name, " + engine,
                        () -> {
                            try (TlsPeer peer = new TlsPeer(
                                            TlsMode.IMPLICIT, server("x.test").buildIssuedBy(AUTHORITY))
                                    .start()) {
                                return said(Names.refusal("smtp_relay", peer.port(), implicit(engine)));
                            }
                        },
                        "TLS handshake with smtp_relay failed: No certificate can be for the host name smtp_relay, in which"
                                + " only letters, digits and hyphens may stand between dots: Security.withServerName says"
                                + " which name to expect instead"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"mistakes", "mistakesAboutTls"})
    void says(String name, Mistake mistake, String sentence) throws Exception {
        String pattern = Stream.of(sentence.split("\\.\\.\\.", -1))
                .map(Pattern::quote)
                .reduce((a, b) -> a + ".+" + b)
                .orElseThrow();
        String said = mistake.made();
        assertThat(Pattern.matches(pattern, said))
                .as("expected: %s%nfound:    %s", sentence, said)
                .isTrue();
    }

    // ---- mistakes

    private static Arguments row(String name, Mistake mistake, String sentence) {
        return Arguments.of(name, mistake, sentence);
    }

    private interface WithPort {
        String apply(int port) throws Exception;
    }

    private static String silent(WithPort visit) throws Exception {
        try (RawServer server = RawServer.silent()) {
            return visit.apply(server.port());
        }
    }

    private static SmtpException raw(RawServer.Behaviour behaviour) {
        try (RawServer server = new RawServer(behaviour)) {
            return refusal(inClear(server.port()));
        }
    }

    private static String lost(RawServer.Behaviour behaviour) {
        try (RawServer server = new RawServer(behaviour)) {
            return sent(inClear(server.port()));
        }
    }

    private static String greeted(String script) {
        try (ScriptedServer server = ScriptedServer.play("S: " + script)) {
            return opened(inClear(server.port()));
        }
    }

    private static ScriptedServer script(String ehlo) {
        return ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: " + ehlo + "\nC: QUIT\nS: 221 x\nEOF");
    }

    private static String played(TlsMode mode, String ehlo, UnaryOperator<SmtpClient.Builder> options) {
        Security security = Security.of(mode);
        try (ScriptedServer server = script(ehlo)) {
            return opened(
                    options.apply(to(server.port(), mode == TlsMode.NONE ? security.allowAuthWithoutTls() : security)));
        }
    }

    private static String loggedIn(String ehlo) {
        return played(TlsMode.NONE, ehlo, builder -> builder.credentials(USER));
    }

    private static String sentTo(String ehlo, String recipient, String content) {
        try (ScriptedServer server = script(ehlo);
                SmtpClient client = inClear(server.port()).build()) {
            return said(failure(client.send(Message.of("a@b.test", List.of(recipient), Content.of(content + "\r\n")))));
        }
    }

    private static String queueIsFull() throws Exception {
        PoolOptions one = PoolOptions.DEFAULT.withMaxConnections(1).withQueue(1, PoolOptions.WhenFull.REJECT);
        return silent(port -> {
            try (SmtpClient client = inClear(port).pool(one).build()) {
                List<CompletableFuture<SendResult>> waiting = Mails.sendAll(client, 2);
                String said = said(failure(client.send(Mails.message(3))));
                waiting.forEach(each -> each.cancel(false));
                return said;
            }
        });
    }

    private static String clientClosed() {
        SmtpClient client = inClear(1).build();
        client.close();
        return said(failure(client.send(Mails.message(1))));
    }

    private static String fileChanged() throws IOException {
        Path file = Files.writeString(directory.resolve("changed.eml"), "a line\r\n".repeat(20_000));
        SmtpObserver changer = new SmtpObserver() {
            @Override
            public void commandSent(long session, Command command) {
                if (command instanceof Command.Mail) {
                    write(file, "another");
                }
            }
        };
        try (ScriptedServer server = ScriptedServer.play(
                "S: 220 x\nC: EHLO client.test\nS: 250 x\nC~ MAIL .*\nS: 250 x\nC~ RCPT .*\nS: 250 x\nC: DATA\nS: 354 x\nDRAIN")) {
            return sent(inClear(server.port()).observer(changer), Content.ofFile(file));
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- TLS

    private static X509Bundle authority() {
        try {
            return new CertificateBuilder()
                    .subject("CN=Authority")
                    .ecp256()
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static CertificateBuilder server(String name) {
        return new CertificateBuilder()
                .subject("CN=server")
                .ecp256()
                .addSanDnsName(name)
                .addExtendedKeyUsageServerAuth();
    }

    private static Security implicit(TlsEngine engine) {
        return Security.of(TlsMode.IMPLICIT).engine(engine).trust(trust(AUTHORITY.getCertificate()));
    }

    private static String certified(TlsEngine engine, X509Bundle certificate) throws Exception {
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, certificate).start()) {
            return opened(to(peer.port(), implicit(engine)));
        }
    }

    private static String handshake(TlsEngine engine, String answer) {
        try (ScriptedServer server = ScriptedServer.play("C* 5\nS| " + answer + "\nDRAIN")) {
            return opened(to(server.port(), implicit(engine)));
        }
    }

    // ---- what is said

    private static SmtpClient.Builder hasty(SmtpClient.Builder builder) {
        return builder.timeouts(Timeouts.DEFAULT.with(Phase.GREETING, SHORT).with(Phase.TLS, SHORT));
    }

    private static String opened(SmtpClient.Builder builder) {
        return said(refusal(builder));
    }

    private static String sent(SmtpClient.Builder builder) {
        return said(sendFailure(builder));
    }

    private static String sent(SmtpClient.Builder builder, Content content) {
        try (SmtpClient client = builder.build()) {
            return said(failure(client.send(Message.of("a@b.test", List.of("c@d.test"), content))));
        }
    }

    private static String said(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }

    private static String thrown(ThrowingCallable call) {
        return said(catchThrowable(call));
    }

    // ---- beside the table

    /** R-3207-08: the name that the caller says, for SNI and for the check; one-label names too. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void r3207_08_serverNames(TlsEngine engine) throws Exception {
        X509Bundle certificate =
                server("mail.example.test").addSanDnsName("smtp-relay").buildIssuedBy(AUTHORITY);
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, certificate).start()) {
            Names.visit("127.0.0.1", peer.port(), implicit(engine).withServerName("mail.example.test"));
            Names.visit("a_b.test", peer.port(), implicit(engine).withServerName("Mail.Example.test"));
            Names.visit("smtp-relay", peer.port(), implicit(engine));
            assertThat(peer.serverNames())
                    .extracting(name -> name.toLowerCase(java.util.Locale.ROOT))
                    .containsExactly("mail.example.test", "mail.example.test", "smtp-relay");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PT4S, 4 s",
        "PT-4S, -4 s",
        "PT0.15S, 150 ms",
        "PT5M, 5 min",
        "PT2H, 2 h",
        "PT90S, 90 s",
        "PT1.5S, 1500 ms",
        "PT0S, 0 s",
        "PT0.000000007S, 7 ns",
        "PT2562047788015215H30M7.999999999S, 9223372036854775807 s"
    })
    void timeSpansAreForPeople(Duration span, String text) {
        assertThat(Words.of(span)).isEqualTo(text);
    }
}
