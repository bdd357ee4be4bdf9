/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.inClear;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.sendFailure;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.trust;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.session.Words;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the commonest mistakes are told with: what was found, what was expected, and what helps. */
class SentencesTest {
    private static final Credentials USER = Credentials.password("tim", "tanstaaftanstaaf");
    private static final X509Bundle AUTHORITY = authority();
    private static final String SILENT = "a silent server often wants TLS from the first octet: TlsMode.IMPLICIT";

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

    private static String said(SmtpException failure) {
        return String.valueOf(failure.getMessage());
    }

    private static SmtpClient.Builder hasty(SmtpClient.Builder builder) {
        return builder.timeouts(
                Timeouts.DEFAULT.with(Phase.GREETING, Duration.ofMillis(300)).with(Phase.TLS, Duration.ofMillis(300)));
    }

    private static String dialogue(SmtpClient.Builder builder) {
        return said(refusal(builder));
    }

    @Test
    void silentServer() {
        try (RawServer server = RawServer.silent()) {
            assertThat(dialogue(hasty(inClear(server.port()))))
                    .isEqualTo("No complete reply within 300 ms at greeting; " + SILENT);
            assertThat(said(refusal(hasty(to(server.port(), Security.of(TlsMode.IMPLICIT))))))
                    .isEqualTo(
                            "TLS handshake with localhost failed: no answer in time; a server that wants TLS later is"
                                    + " silent: TlsMode.STARTTLS");
        }
    }

    /** Whoever waits for a session gives up before the greeting does. */
    @Test
    void slowGreeting() {
        try (RawServer server = RawServer.silent()) {
            assertThat(said(sendFailure(inClear(server.port())
                            .pool(PoolOptions.DEFAULT.withAcquireTimeout(Duration.ofMillis(300))))))
                    .startsWith("No session was free within 300 ms, ")
                    .endsWith(": the newest connection is waiting at greeting of localhost:" + server.port() + "; "
                            + SILENT);
        }
    }

    @Test
    void refusedConnection() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        assertThat(said(refusal(inClear(port))))
                .startsWith("Cannot connect to localhost:" + port + ": ")
                .contains("refused");
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void certificates(TlsEngine engine) throws Exception {
        X509Bundle expired = server("localhost")
                .notBefore(Instant.parse("2024-01-01T00:00:00Z"))
                .notAfter(Instant.parse("2024-02-01T00:00:00Z"))
                .buildIssuedBy(AUTHORITY);
        X509Bundle foreign = server("other.test").buildIssuedBy(AUTHORITY);
        X509Bundle selfSigned =
                server("localhost").setIsCertificateAuthority(true).buildSelfSigned();
        assertThat(tls(expired, implicit(engine)))
                .contains("the server's is valid from 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z, now it is ");
        assertThat(tls(foreign, implicit(engine)))
                .isEqualTo("TLS handshake with localhost failed: The certificate is for other.test, expected localhost;"
                        + " Security.withServerName says which name to expect instead");
        assertThat(tls(selfSigned, implicit(engine)))
                .isEqualTo("TLS handshake with localhost failed: The certificate of CN=server was issued by CN=server,"
                        + " which is not trusted; Security.trust says whom to trust");
    }

    private static String tls(X509Bundle certificate, Security security) throws Exception {
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, certificate).start()) {
            return said(refusal(to(peer.port(), security)));
        }
    }

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
            assertThat(said(Names.refusal("smtp_relay", peer.port(), implicit(engine))))
                    .contains("No certificate can be for the host name smtp_relay")
                    .contains("Security.withServerName");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void wrongModes(TlsEngine engine) {
        try (ScriptedServer plain = ScriptedServer.play("S: 220 x\nDRAIN")) {
            assertThat(said(refusal(to(plain.port(), implicit(engine)))))
                    .isEqualTo(
                            "TLS handshake with localhost failed: the server does not begin with TLS; most servers of"
                                    + " this kind want TlsMode.STARTTLS");
        }
        try (ScriptedServer plain =
                ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250 x\nC: QUIT\nS: 221 x\nEOF")) {
            assertThat(said(refusal(to(plain.port(), Security.of(TlsMode.STARTTLS)))))
                    .isEqualTo("TLS is required and the server does not offer STARTTLS; on another port it may want"
                            + " TlsMode.IMPLICIT");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "250 x                                                    | Credentials are configured and the server does"
                        + " not offer AUTH",
                "250-x\\nS: 250 AUTH GSSAPI                                | The server offers AUTH GSSAPI, expected one of"
                        + " [PLAIN]",
                "250-x\\nS: 250 AUTH PLAIN\\nC~ AUTH PLAIN .*\\nS: 535 5.7.8 no | Authentication failed: the server refused:"
                        + " 535 5.7.8 no",
            })
    void logins(String replies, String sentence) {
        try (ScriptedServer server = ScriptedServer.play(
                "S: 220 x\nC: EHLO client.test\nS: " + replies.replace("\\n", "\n") + "\nC: QUIT\nS: 221 x\nEOF")) {
            assertThat(said(refusal(to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls())
                            .mechanisms(SaslMechanism.PLAIN)
                            .credentials(USER))))
                    .isEqualTo(sentence);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PT4S, 4 s",
        "PT0.15S, 150 ms",
        "PT5M, 5 min",
        "PT2H, 2 h",
        "PT90S, 90 s",
        "PT1.5S, 1500 ms",
        "PT0S, 0 s",
        "PT0.000000007S, 7 ns"
    })
    void timeSpansAreForPeople(Duration span, String text) {
        assertThat(Words.of(span)).isEqualTo(text);
    }
}
