/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.trust;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.TlsFacts;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a caller may choose about TLS, over real connections: contexts, client certificates, versions, cipher suites. */
@ExtendWith(Leaks.class)
class TlsChoicesTest {
    private static final char[] PASSWORD = "irrelevant".toCharArray();
    private static final String ALL_TLS_1_3 =
            "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256";
    private static final String TLS_1_2 = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    private static final X509Bundle AUTHORITY = authority();

    /** How a context of one's own is made, trusting somebody. */
    private enum Own {
        JDK {
            @Override
            Security with(Security security, TrustManager trust) throws Exception {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, new TrustManager[] {trust}, null);
                return security.context(context);
            }
        },
        NETTY_JDK {
            @Override
            Security with(Security security, TrustManager trust) throws Exception {
                return security.context(netty(SslProvider.JDK, trust).build());
            }
        },
        NETTY_OPENSSL {
            @Override
            Security with(Security security, TrustManager trust) throws Exception {
                return security.context(netty(SslProvider.OPENSSL, trust).build());
            }
        };

        abstract Security with(Security security, TrustManager trust) throws Exception;

        private static SslContextBuilder netty(SslProvider provider, TrustManager trust) {
            return SslContextBuilder.forClient().sslProvider(provider).trustManager(trust);
        }
    }

    /** Takes any chain, and looks at no name: what people write when they are in a hurry. */
    private static final class TakesAnything extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

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

    private static X509Bundle server(String... names) throws Exception {
        CertificateBuilder builder =
                new CertificateBuilder().subject("CN=server").ecp256().addExtendedKeyUsageServerAuth();
        for (String name : names) {
            builder.addSanDnsName(name);
        }
        return builder.buildIssuedBy(AUTHORITY);
    }

    private static X509Bundle client(String name) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .ecp256()
                .addExtendedKeyUsageClientAuth()
                .buildIssuedBy(AUTHORITY);
    }

    private static TrustManager authorityOnly() {
        return trust(AUTHORITY.getCertificate()).getTrustManagers()[0];
    }

    private static Security trusting(TlsMode mode, TlsEngine engine) {
        return Security.of(mode).engine(engine).trust(trust(AUTHORITY.getCertificate()));
    }

    private static Security implicit(TlsEngine engine) {
        return trusting(TlsMode.IMPLICIT, engine);
    }

    static Stream<Arguments> ownContexts() {
        return Stream.of(Own.values())
                .flatMap(own -> Stream.of(TlsMode.IMPLICIT, TlsMode.STARTTLS).map(mode -> Arguments.of(own, mode)));
    }

    private static void assertRefused(TlsPeer peer, Security security, String sentence) {
        SmtpException failure = refusal(to(peer.port(), security));
        assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
        assertThat(failure)
                .hasMessageContaining("TLS handshake with localhost failed: ")
                .hasMessageContaining(sentence);
        // With TLS 1.3 the server's side of the handshake may be over; nothing goes through it.
        if (peer.commands().contains("TLS")) {
            assertThat(peer.commands()).endsWith("TLS");
        }
    }

    private static TlsFacts facts(TlsPeer peer, Security security) throws Exception {
        TlsFacts facts = visit(to(peer.port(), security)).tls();
        assertThat(facts).isNotNull();
        return facts;
    }

    // ---- contexts of one's own

    @ParameterizedTest
    @MethodSource("ownContexts")
    void r3207_08_ownContextsAndTheirServers(Own own, TlsMode mode) throws Exception {
        Security security = own.with(Security.of(mode), authorityOnly());
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (TlsPeer peer = new TlsPeer(mode, server("mx.test", "localhost"))
                            .protocols(protocol)
                            .start();
                    SmtpClient client = to(peer.port(), security).build()) {
                for (int i = 0; i < 3; i++) {
                    // From the second connection on sessions may be resumed.
                    SmtpSession session = await(client.connect());
                    await(session.quit());
                    TlsFacts facts = session.info().tls();
                    assertThat(facts).isNotNull();
                    assertThat(facts.verified()).isTrue();
                    assertThat(facts.protocol()).isEqualTo(protocol);
                }
                facts(peer, security.withServerName("mx.test"));
                assertThat(peer.serverNames()).startsWith("localhost").endsWith("mx.test");
            }
        }
    }

    /** Also S-13: the context's trust manager has no word in it. */
    @ParameterizedTest
    @MethodSource("ownContexts")
    void r7817_01_anotherNameIsRefusedThoughTheContextIsOnesOwn(Own own, TlsMode mode) throws Exception {
        String expected = "Security.withServerName says which name to expect instead";
        try (TlsPeer peer = new TlsPeer(mode, server("other.test")).start()) {
            assertRefused(peer, own.with(Security.of(mode), authorityOnly()), expected);
            Security takesAnything = own.with(Security.of(mode), new TakesAnything());
            assertRefused(peer, takesAnything, "The certificate is for other.test, expected localhost; " + expected);
            // The good name does not open the way for the bad one, by a session that is resumed.
            assertThat(facts(peer, takesAnything.withServerName("other.test")).verified())
                    .isTrue();
            assertThat(peer.commands()).endsWith("QUIT");
            assertFailure(refusal(to(peer.port(), takesAnything)), FailureCause.TLS_FAILED, Phase.TLS);
        }
    }

    /** Also S-13. */
    @ParameterizedTest
    @MethodSource("ownContexts")
    void r7817_01_chainsAreTheContextsToJudge(Own own, TlsMode mode) throws Exception {
        X509Bundle selfSigned = new CertificateBuilder()
                .subject("CN=self")
                .ecp256()
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        try (TlsPeer peer = new TlsPeer(mode, selfSigned).start()) {
            assertRefused(peer, own.with(Security.of(mode), authorityOnly()), "");
            assertThat(facts(peer, own.with(Security.of(mode), new TakesAnything()))
                            .verified())
                    .isTrue();
        }
    }

    /** R-3207-08: RFC 8996, also where a context allows for more. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s15_ownContextsAndTheirVersions(SslProvider provider) throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forClient().sslProvider(provider).trustManager(authorityOnly());
        Security lax = Security.of(TlsMode.IMPLICIT)
                .context(builder.protocols("TLSv1.2", "TLSv1.1", "TLSv1").build());
        assertThat(enabled(lax)).contains("TLSv1.2").doesNotContain("TLSv1.3", "TLSv1.1", "TLSv1");
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost")).start()) {
            assertThat(facts(peer, lax).protocol()).isEqualTo("TLSv1.2");
        }
    }

    private static String[] enabled(Security security) {
        EmbeddedChannel channel = new EmbeddedChannel();
        SSLEngine engine =
                new TlsSupport(security, "localhost", 465).newHandler(channel).engine();
        try {
            return engine.getEnabledProtocols();
        } finally {
            ReferenceCountUtil.release(engine);
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IMPLICIT", "STARTTLS"})
    void anSslContextKeepsItsOwnDefaults(TlsMode mode) throws Exception {
        SSLContext only12 = SSLContext.getInstance("TLSv1.2");
        only12.init(null, new TrustManager[] {authorityOnly()}, null);
        try (TlsPeer peer = new TlsPeer(mode, server("localhost")).start()) {
            assertThat(facts(peer, Security.of(mode).context(only12)).protocol())
                    .isEqualTo("TLSv1.2");
        }
    }

    // ---- client certificates

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void r7817_03_clientCertificates(TlsEngine engine, @TempDir Path directory) throws Exception {
        X509Bundle tim = client("tim");
        KeyStore store = tim.toKeyStore(PASSWORD);
        Path certificate = Files.writeString(directory.resolve("tim.pem"), tim.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("tim.key"), tim.getPrivateKeyPEM());
        for (TlsMode mode : List.of(TlsMode.IMPLICIT, TlsMode.STARTTLS)) {
            try (TlsPeer peer = new TlsPeer(mode, server("localhost"), AUTHORITY.getCertificate()).start()) {
                facts(peer, trusting(mode, engine).clientCertificate(store, PASSWORD));
                facts(peer, trusting(mode, engine).clientCertificate(certificate, key));
                assertThat(peer.clients()).containsExactly("CN=tim", "CN=tim");
                assertThat(refusal(to(peer.port(), trusting(mode, engine))).mayHaveBeenDelivered())
                        .isFalse();
                assertThat(peer.clients()).hasSize(2);
            }
        }
    }

    /** What was said last counts, and the store is read when it is given. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void aStoreReplacesFiles(TlsEngine engine, @TempDir Path directory) throws Exception {
        KeyStore store = client("tim").toKeyStore(PASSWORD);
        Path none = directory.resolve("none");
        Security security = implicit(engine).clientCertificate(none, none).clientCertificate(store, PASSWORD.clone());
        store.deleteEntry(store.aliases().nextElement());
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost"), AUTHORITY.getCertificate()).start()) {
            facts(peer, security);
            assertThat(peer.clients()).containsExactly("CN=tim");
        }
    }

    @Test
    void r7817_03_keysThatCannotLeaveTheirStore() throws Exception {
        KeyStore locked = LockedStore.of(client("tim"));
        Security security = implicit(TlsEngine.JDK).clientCertificate(locked, null);
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost"), AUTHORITY.getCertificate()).start()) {
            facts(peer, security);
            assertThat(peer.clients()).containsExactly("CN=tim");
            for (TlsEngine engine : List.of(TlsEngine.AUTO, TlsEngine.OPENSSL)) {
                assertThatThrownBy(
                                () -> to(peer.port(), security.engine(engine)).build())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("A key in the KeyStore for Security.clientCertificate cannot leave it, as with PKCS"
                                + " #11: only TlsEngine.JDK can use it, by Security.engine");
            }
        }
    }

    /** An SSLContext brings its own. */
    @Test
    void r7817_03_clientCertificateOfAContext() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(TlsPeer.keyManagers(client("tim")), new TrustManager[] {authorityOnly()}, null);
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost"), AUTHORITY.getCertificate()).start()) {
            facts(peer, Security.of(TlsMode.IMPLICIT).context(context));
            assertThat(peer.clients()).containsExactly("CN=tim");
        }
    }

    // ---- versions and cipher suites

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s15_versions(TlsEngine engine) throws Exception {
        try (TlsPeer both = new TlsPeer(TlsMode.IMPLICIT, server("localhost")).start();
                TlsPeer old = new TlsPeer(TlsMode.IMPLICIT, server("localhost"))
                        .protocols("TLSv1.2")
                        .start()) {
            assertThat(facts(both, implicit(engine).protocols("TLSv1.2")).protocol())
                    .isEqualTo("TLSv1.2");
            assertThat(facts(both, implicit(engine).protocols("TLSv1.2", "TLSv1.3"))
                            .protocol())
                    .isEqualTo("TLSv1.3");
            assertRefused(
                    old,
                    implicit(engine).protocols("TLSv1.3"),
                    "the server does not speak TLSv1.3, which is all that Security.protocols permits");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s15_cipherSuites(TlsEngine engine) throws Exception {
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost")).start()) {
            TlsFacts old = facts(peer, implicit(engine).ciphers(TLS_1_2));
            assertThat(old.cipherSuite()).isEqualTo(TLS_1_2);
            assertThat(old.protocol()).isEqualTo("TLSv1.2");
            assertThat(facts(peer, implicit(engine).ciphers(ALL_TLS_1_3.split(" ")))
                            .protocol())
                    .isEqualTo("TLSv1.3");
        }
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost")).start()) {
            assertRefused(
                    peer,
                    implicit(engine).ciphers("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
                    "the server has no cipher suite");
        }
        try (TlsPeer old = new TlsPeer(TlsMode.IMPLICIT, server("localhost"))
                .protocols("TLSv1.2")
                .start()) {
            assertFailure(
                    refusal(to(old.port(), implicit(engine).ciphers(ALL_TLS_1_3.split(" ")))),
                    FailureCause.TLS_FAILED,
                    Phase.TLS);
        }
    }

    @Test
    void s15_oneCipherSuiteOfTls13() throws Exception {
        try (TlsPeer peer = new TlsPeer(TlsMode.IMPLICIT, server("localhost")).start()) {
            for (String suite : ALL_TLS_1_3.split(" ")) {
                assertThat(facts(peer, implicit(TlsEngine.JDK).ciphers(suite, TLS_1_2))
                                .cipherSuite())
                        .isEqualTo(suite);
            }
        }
    }

    // ---- the mode that follows the port

    /** R-8314-01: with nothing said but whom to trust. */
    @ParameterizedTest
    @EnumSource(names = {"IMPLICIT", "STARTTLS"})
    void r8314_01_theDefaultFollowsThePort(TlsMode mode) throws Exception {
        int port = mode == TlsMode.IMPLICIT ? 465 : 587;
        Security security = Security.DEFAULT.trust(trust(AUTHORITY.getCertificate()));
        try (TlsPeer peer = new TlsPeer(mode, server("mx.test")).start()) {
            SessionConnector connector = new SessionConnector(
                    Names.config("mx.test", port, security, Timeouts.DEFAULT),
                    new TlsSupport(security, "mx.test", port),
                    new SessionConnector.Sockets(NettyTransport.NIO, new Always(peer.port()), null));
            SmtpSession session = await(Names.open(connector));
            await(session.quit());
            assertThat(session.info().tls()).isNotNull();
            assertThat(peer.commands())
                    .startsWith(mode == TlsMode.IMPLICIT ? "TLS" : "EHLO client.test")
                    .contains("TLS");
        }
    }

    /** Whatever name and port are looked up: where nobody may listen on the real one. */
    private static final class Always extends AddressResolverGroup<InetSocketAddress> {
        private final int port;

        Always(int port) {
            this.port = port;
        }

        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
            return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {
                @Override
                protected boolean doIsResolved(InetSocketAddress address) {
                    return false;
                }

                @Override
                protected void doResolve(InetSocketAddress name, Promise<InetSocketAddress> promise) {
                    promise.setSuccess(new InetSocketAddress(Names.loopback(1), port));
                }

                @Override
                protected void doResolveAll(InetSocketAddress name, Promise<List<InetSocketAddress>> promise) {
                    promise.setSuccess(List.of(new InetSocketAddress(Names.loopback(1), port)));
                }
            };
        }
    }
}
