/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.trust;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who the server is (RFC 7817, RFC 8314), by both engines, on implicit TLS and behind STARTTLS. */
@ExtendWith(Leaks.class)
class TlsVerificationTest {
    /** At the end of the class only: a collection of garbage for each of so many tests takes too long. */
    private static final String SUBJECT_ALT_NAME = "2.5.29.17";

    private static final Credentials USER = Credentials.password("tim", "tanstaaftanstaaf");
    private static final X509Bundle AUTHORITY = authority();

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

    private static CertificateBuilder server() {
        return new CertificateBuilder().subject("CN=localhost").ecp256().addExtendedKeyUsageServerAuth();
    }

    private static X509Bundle selfSigned() throws Exception {
        return server().addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    /** Netty's builder refuses names with wildcards. */
    private static X509Bundle named(String... dnsNames) throws Exception {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        for (String name : dnsNames) {
            names.write(0x82);
            names.write(name.length());
            names.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        }
        ByteArrayOutputStream sequence = new ByteArrayOutputStream();
        sequence.write(0x30);
        sequence.write(names.size());
        names.writeTo(sequence);
        return server().addExtensionOctetString(SUBJECT_ALT_NAME, false, sequence.toByteArray())
                .buildIssuedBy(AUTHORITY);
    }

    private static Security trusting(TlsMode mode, TlsEngine engine) {
        return Security.of(mode).engine(engine).trust(trust(AUTHORITY.getCertificate()));
    }

    static Stream<Arguments> waysOfTls() {
        return Stream.of(TlsEngine.JDK, TlsEngine.OPENSSL)
                .flatMap(engine ->
                        Stream.of(TlsMode.IMPLICIT, TlsMode.STARTTLS).map(mode -> Arguments.of(mode, engine)));
    }

    private static void assertRefused(String host, X509Bundle certificate, TlsMode mode, TlsEngine engine)
            throws Exception {
        try (TlsPeer peer = new TlsPeer(mode, certificate).start()) {
            SmtpException failure = Names.refusal(host, peer.port(), trusting(mode, engine));
            assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
            assertThat(failure.isTransient()).isFalse();
            assertThat(failure).hasMessageContaining("TLS handshake with " + host + " failed");
            assertNothingUnderTls(peer);
        }
    }

    /** With TLS 1.3 the server's side of the handshake may be over when the client gives up. */
    private static void assertNothingUnderTls(TlsPeer peer) {
        List<String> commands = peer.commands();
        if (commands.contains("TLS")) {
            assertThat(commands).endsWith("TLS");
        }
    }

    private static void assertAccepted(String host, X509Bundle certificate, TlsMode mode, TlsEngine engine)
            throws Exception {
        try (TlsPeer peer = new TlsPeer(mode, certificate).start()) {
            SessionInfo info = Names.visit(host, peer.port(), trusting(mode, engine));
            assertThat(info.tls()).isNotNull();
            assertThat(info.tls().verified()).isTrue();
            assertThat(info.tls().protocol()).isEqualTo("TLSv1.3");
        }
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void r7817_01_goodNames(TlsMode mode, TlsEngine engine) throws Exception {
        assertAccepted("mx.test", named("mx.test"), mode, engine);
        assertAccepted("MX.Test", named("other.test", "mx.TEST"), mode, engine);
        assertAccepted("mx.test.", named("mx.test"), mode, engine);
        assertAccepted("mx.example.test", named("*.example.test"), mode, engine);
        assertAccepted("localhost", named("localhost"), mode, engine);
        assertAccepted("127.0.0.1", server().addSanIpAddress("127.0.0.1").buildIssuedBy(AUTHORITY), mode, engine);
    }

    /** Also S-13, R-7817-02. */
    @ParameterizedTest
    @MethodSource("waysOfTls")
    void r7817_01_wrongNames(TlsMode mode, TlsEngine engine) throws Exception {
        assertRefused("mx.test", named("other.test"), mode, engine);
        assertRefused("a.mx.example.test", named("*.example.test"), mode, engine);
        assertRefused("mx.example.test", named("m*.example.test"), mode, engine);
        assertRefused("mx.example.test", named("mx.*.test"), mode, engine);
        assertRefused("example.test", named("*.example.test"), mode, engine);
        assertRefused("mx.test", named("*"), mode, engine);
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void s13_nameInTheWrongPlace(TlsMode mode, TlsEngine engine) throws Exception {
        assertRefused("localhost", server().buildIssuedBy(AUTHORITY), mode, engine);
        assertRefused("localhost", server().addSanUriName("smtp://localhost").buildIssuedBy(AUTHORITY), mode, engine);
        assertRefused("127.0.0.1", named("127.0.0.1", "localhost"), mode, engine);
        assertRefused("localhost", server().addSanIpAddress("127.0.0.1").buildIssuedBy(AUTHORITY), mode, engine);
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void s13_badChains_r3207_05(TlsMode mode, TlsEngine engine) throws Exception {
        Instant now = Instant.now();
        X509Bundle expired = server().addSanDnsName("localhost")
                .notBefore(now.minus(Duration.ofDays(3)))
                .notAfter(now.minus(Duration.ofDays(1)))
                .buildIssuedBy(AUTHORITY);
        assertRefused("localhost", expired, mode, engine);
        X509Bundle future = server().addSanDnsName("localhost")
                .notBefore(now.plus(Duration.ofDays(1)))
                .notAfter(now.plus(Duration.ofDays(3)))
                .buildIssuedBy(AUTHORITY);
        assertRefused("localhost", future, mode, engine);
        assertRefused("localhost", selfSigned(), mode, engine);
        assertRefused("localhost", server().addSanDnsName("localhost").buildIssuedBy(authority()), mode, engine);
        X509Bundle forClients = new CertificateBuilder()
                .subject("CN=x")
                .ecp256()
                .addExtendedKeyUsageClientAuth()
                .addSanDnsName("localhost")
                .buildIssuedBy(AUTHORITY);
        assertRefused("localhost", forClients, mode, engine);
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void s13_platformTrustByDefault(TlsMode mode, TlsEngine engine) throws Exception {
        try (TlsPeer peer = new TlsPeer(mode, named("localhost")).start()) {
            SmtpException failure = refusal(to(peer.port(), Security.of(mode).engine(engine)));
            assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
        }
    }

    /** One context, and so one cache of sessions, for each policy of trust. */
    @ParameterizedTest
    @MethodSource("waysOfTls")
    void s14_sessionsAreNotSharedBetweenPolicies(TlsMode mode, TlsEngine engine) throws Exception {
        try (TlsPeer peer = new TlsPeer(mode, selfSigned()).start()) {
            Security insecure = trusting(mode, engine).trustAnythingInsecurely();
            for (int i = 0; i < 2; i++) {
                assertThat(visit(to(peer.port(), insecure)).tls()).isNotNull();
            }
            assertFailure(refusal(to(peer.port(), trusting(mode, engine))), FailureCause.TLS_FAILED, Phase.TLS);
        }
    }

    /** R-3207-08: RFC 8996. */
    @ParameterizedTest
    @MethodSource("waysOfTls")
    void s15_oldProtocols(TlsMode mode, TlsEngine engine) throws Exception {
        String clear = mode == TlsMode.IMPLICIT
                ? ""
                : "S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";
        String serverHello = "\\x16\\x03\\x02\\0\\x2a\\x02\\0\\0\\x26\\x03\\x02" + "A".repeat(32) + "\\0\\xc0\\x09\\0";
        String protocolVersionAlert = "\\x15\\x03\\x02\\0\\x02\\x02\\x46";
        for (String answer : List.of(serverHello, protocolVersionAlert)) {
            try (ScriptedServer server = ScriptedServer.play(clear + "C* 5\nS| " + answer + "\nDRAIN")) {
                assertFailure(refusal(to(server.port(), trusting(mode, engine))), FailureCause.TLS_FAILED, Phase.TLS);
            }
        }
        try (TlsPeer peer =
                new TlsPeer(mode, named("localhost")).protocols("TLSv1.2").start()) {
            TlsFacts facts = visit(to(peer.port(), trusting(mode, engine))).tls();
            assertThat(facts).isNotNull();
            assertThat(facts.protocol()).isEqualTo("TLSv1.2");
        }
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void r3207_08_serverNameIsIndicated(TlsMode mode, TlsEngine engine) throws Exception {
        X509Bundle certificate = server().addSanDnsName("mx.test")
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .buildIssuedBy(AUTHORITY);
        try (TlsPeer peer = new TlsPeer(mode, certificate).start()) {
            Names.visit("mx.test", peer.port(), trusting(mode, engine));
            assertThat(peer.serverNames()).containsExactly("mx.test");
            Names.visit("127.0.0.1", peer.port(), trusting(mode, engine));
            assertThat(peer.serverNames()).containsExactly("mx.test");
        }
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void r7817_03_serverAsksForACertificateThatIsNotThere(TlsMode mode, TlsEngine engine) throws Exception {
        try (TlsPeer peer =
                new TlsPeer(mode, named("localhost")).asksForCertificate().start()) {
            assertThat(visit(to(peer.port(), trusting(mode, engine))).tls()).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("waysOfTls")
    void insecureTrustIsVisible(TlsMode mode, TlsEngine engine) throws Exception {
        Security insecure = trusting(mode, engine).trustAnythingInsecurely();
        try (TlsPeer bad = new TlsPeer(mode, named("other.test")).start();
                TlsPeer good = new TlsPeer(mode, named("localhost")).start();
                SmtpClient badClient = to(bad.port(), insecure).build();
                SmtpClient goodClient = to(good.port(), insecure).build()) {
            for (int i = 0; i < 3; i++) {
                // From the second connection on sessions may be resumed, which shows no certificate.
                assertThat(verified(badClient)).isFalse();
                assertThat(verified(goodClient)).isTrue();
            }
        }
    }

    /** Also S-16: credentials are kept back on every connection, resumed ones included. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void r3207_09_unverifiedIfOfferedTakesNoCredentials(TlsEngine engine) throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (TlsPeer bad = new TlsPeer(TlsMode.STARTTLS, named("other.test"))
                            .protocols(protocol)
                            .start();
                    SmtpClient anonymous =
                            to(bad.port(), trusting(TlsMode.IF_OFFERED, engine)).build();
                    SmtpClient user = to(bad.port(), trusting(TlsMode.IF_OFFERED, engine))
                            .credentials(USER)
                            .build()) {
                for (int i = 0; i < 3; i++) {
                    assertThat(verified(anonymous)).isFalse();
                    assertFailure(failure(user.connect()), FailureCause.AUTH_UNAVAILABLE, Phase.AUTH);
                }
                assertThat(bad.commands()).noneMatch(command -> command.startsWith("AUTH"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void r3207_09_verifiedIfOfferedTakesCredentials(TlsEngine engine) throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (TlsPeer good = new TlsPeer(TlsMode.STARTTLS, named("localhost"))
                            .protocols(protocol)
                            .start();
                    SmtpClient user = to(good.port(), trusting(TlsMode.IF_OFFERED, engine))
                            .credentials(USER)
                            .build()) {
                for (int i = 0; i < 3; i++) {
                    assertThat(verified(user)).isTrue();
                }
                assertThat(good.commands()).anyMatch(command -> command.startsWith("AUTH PLAIN"));
            }
        }
    }

    private static boolean verified(SmtpClient client) throws Exception {
        SmtpSession session = await(client.connect());
        await(session.quit());
        TlsFacts facts = session.info().tls();
        assertThat(facts).isNotNull();
        return facts.verified();
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void r7817_02_enginesKnowTheirPeer(TlsEngine engine) {
        EmbeddedChannel channel = new EmbeddedChannel();
        try {
            SslHandler handler = new TlsSupport(trusting(TlsMode.IMPLICIT, engine), "mx.test", 465).newHandler(channel);
            SSLEngine made = handler.engine();
            assertThat(made.getSSLParameters().getEndpointIdentificationAlgorithm())
                    .isEqualTo("HTTPS");
            assertThat(made.getPeerHost()).isEqualTo("mx.test");
            assertThat(made.getPeerPort()).isEqualTo(465);
            assertThat(made.getSSLParameters().getServerNames()).containsExactly(new SNIHostName("mx.test"));
            assertThat(made.getEnabledProtocols())
                    .contains("TLSv1.3", "TLSv1.2")
                    .doesNotContain("TLSv1.1", "TLSv1");
            assertThat(made.getEnabledCipherSuites())
                    .noneMatch(suite -> suite.contains("_anon_") || suite.contains("NULL") || suite.contains("EXPORT"));
            ReferenceCountUtil.release(made);
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    /** A name that can be resolved but not indicated must not break the session's opening. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void oddNamesGetAnEngine(TlsEngine engine) {
        EmbeddedChannel channel = new EmbeddedChannel();
        try {
            for (String host : List.of("my_host.test", "mx.test.", "localhost", "::1", "a..b")) {
                SslHandler handler = new TlsSupport(trusting(TlsMode.IMPLICIT, engine), host, 465).newHandler(channel);
                assertThat(handler.engine().getPeerHost()).isNotEmpty();
                ReferenceCountUtil.release(handler.engine());
            }
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void trustFromAFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("ca.pem");
        Files.writeString(file, TestCertificates.shared().authorityPem());
        try (ScriptedServer server =
                ScriptedServer.play("TLS\nS: 220 x\nC: EHLO client.test\nS: 250 x\nC: QUIT\nS: 221 bye\nEOF")) {
            visit(to(server.port(), Security.of(TlsMode.IMPLICIT).trust(file)));
        }
    }
}
