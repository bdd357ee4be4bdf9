/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.trust;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.pipepost.smtp.testing.TestCertificates;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said of choices about TLS that cannot hold, before anything is sent. */
class SecurityTest {
    private static final Path FILE = Path.of("none.pem");
    private static final char[] PASSWORD = "irrelevant".toCharArray();

    private static SslContext netty(SslProvider provider, String... protocols) throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forClient().sslProvider(provider).trustManager(InsecureTrustManagerFactory.INSTANCE);
        return (protocols.length == 0 ? builder : builder.protocols(protocols)).build();
    }

    private static SSLContext jdk() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        return context;
    }

    private static void build(Security security) {
        SmtpClient.builder("localhost", 1).security(security).build().close();
    }

    /** What of TLS a context says itself; all else goes with it. */
    static Stream<Arguments> besideAContext() {
        return Stream.of(
                beside("Security.trust", security -> security.trust(FILE)),
                beside("Security.trust", security -> security.trust(InsecureTrustManagerFactory.INSTANCE)),
                beside("Security.trustAnythingInsecurely", Security::trustAnythingInsecurely),
                beside("Security.clientCertificate", security -> security.clientCertificate(FILE, FILE)),
                beside("Security.clientCertificate", security -> security.clientCertificate(store(), PASSWORD)),
                beside("Security.engine", security -> security.engine(TlsEngine.JDK)),
                beside("Security.protocols", security -> security.protocols("TLSv1.3")),
                beside("Security.ciphers", security -> security.ciphers("TLS_AES_256_GCM_SHA384")));
    }

    private static Arguments beside(String option, UnaryOperator<Security> said) {
        return Arguments.of(option, said);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void besideAContext(String option, UnaryOperator<Security> said) throws Exception {
        String sentence = option + " has no place beside Security.context: a context of one's own says itself whom to"
                + " trust, who to be, and by which protocols, ciphers and engine";
        SslContext netty = netty(SslProvider.JDK);
        SSLContext jdk = jdk();
        Stream.<UnaryOperator<Security>>of(security -> security.context(netty), security -> security.context(jdk))
                .forEach(context -> Stream.<ThrowingCallable>of(
                                () -> said.apply(context.apply(Security.DEFAULT)),
                                () -> context.apply(said.apply(Security.of(TlsMode.IMPLICIT))))
                        .forEach(call -> assertThatThrownBy(call)
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessage(sentence)));
    }

    @Test
    void whatGoesWithAContext() throws Exception {
        Security security = Security.of(TlsMode.STARTTLS)
                .engine(TlsEngine.AUTO)
                .protocols("TLSv1.2", "TLSv1.3")
                .context(netty(SslProvider.JDK))
                .context(jdk())
                .withServerName("mx.test")
                .allowAuthWithoutTls();
        assertThat(security.context()).isNotNull();
        build(security);
    }

    /** R-3207-09: nobody could say whether the server was verified. */
    @Test
    void ifOfferedBesideAContext() throws Exception {
        SSLContext context = jdk();
        assertThatThrownBy(() -> Security.of(TlsMode.IF_OFFERED).context(context))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("TlsMode.IF_OFFERED has no place beside Security.context: it goes on with");
    }

    @Test
    void contextsThatCannotBeUsed() throws Exception {
        SslContext forServers =
                SslContextBuilder.forServer(tim().toKeyManagerFactory()).build();
        assertThatThrownBy(() -> Security.DEFAULT.context(forServers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The SslContext for Security.context is for servers, expected one of"
                        + " SslContextBuilder.forClient");
        SSLContext raw = SSLContext.getInstance("TLS");
        assertThatThrownBy(() -> Security.DEFAULT.context(raw))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The SSLContext for Security.context cannot be used: ")
                .hasMessageContaining("initialized");
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void contextsThatMakeNoEngine(SslProvider provider) throws Exception {
        SslContext throwing = new DelegatingSslContext(netty(provider)) {
            @Override
            protected void initEngine(SSLEngine engine) {
                ReferenceCountUtil.release(engine);
                throw new IllegalStateException("no luck");
            }
        };
        assertThatThrownBy(() -> build(Security.DEFAULT.context(throwing)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Cannot set up TLS: The TLS engine threw java.lang.IllegalStateException: no luck");
    }

    /** R-3207-08, S-15. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void contextsOfOldVersionsOnly(SslProvider provider) throws Exception {
        Security old = Security.DEFAULT.context(netty(provider, "TLSv1.1", "TLSv1"));
        assertThatThrownBy(() -> build(old))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "The context of Security\\.context enables \\[.*TLSv1\\.1.*\\], expected TLSv1\\.3 or"
                                + " TLSv1\\.2: what is older is not safe \\(RFC 8996\\)");
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.1", "TLSv1", "SSLv3", "TLSv1.4", "'TLSv1.2 '", "''"})
    void s15_otherVersionsAreRefused(String version) {
        assertThatThrownBy(() -> Security.DEFAULT.protocols("TLSv1.3", version))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Security.protocols takes TLSv1.3 and TLSv1.2, found [TLSv1.3, " + version
                        + "]; what is older is not safe (RFC 8996)");
    }

    @Test
    void nothingIsNoChoice() {
        assertThatThrownBy(() -> Security.DEFAULT.protocols(new String[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found []");
        assertThatThrownBy(() -> Security.DEFAULT.ciphers(new String[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Security.ciphers takes at least one cipher suite");
    }

    @ParameterizedTest
    @CsvSource({
        "JDK, TLS_GOOD_LUCK",
        "OPENSSL, TLS_GOOD_LUCK",
        "JDK, TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
        "OPENSSL, TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
        "JDK, TLS_RSA_WITH_NULL_SHA256",
        "OPENSSL, TLS_RSA_WITH_NULL_SHA256",
        "JDK, TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
    })
    void s15_cipherSuitesThatTheEngineHasNot(TlsEngine engine, String suite) {
        Security security = Security.DEFAULT.engine(engine).ciphers("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", suite);
        assertThatThrownBy(() -> build(security))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "The TLS engine " + engine + " has no cipher suite \"" + suite + "\", expected some of [TLS_")
                .hasMessageContaining("TLS_AES_128_GCM_SHA256")
                .message()
                .satisfies(said -> assertThat(said.substring(said.indexOf("some of")))
                        .doesNotContain("_anon_", "_NULL_", "_PSK_", "_SCSV", "SSL_"));
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s15_versionsWithoutCipherSuites(TlsEngine engine) {
        Security security =
                Security.DEFAULT.engine(engine).protocols("TLSv1.3").ciphers("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assertThatThrownBy(() -> build(security))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Security.ciphers names none for the versions of Security.protocols, [TLSv1.3], found"
                        + " [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]");
    }

    /** It would use all three, whatever it is told. */
    @ParameterizedTest
    @EnumSource(names = {"AUTO", "OPENSSL"})
    void s15_boringSslGivesNoChoice(TlsEngine engine) {
        Security security = Security.DEFAULT.engine(engine).ciphers("TLS_AES_256_GCM_SHA384");
        assertThatThrownBy(() -> build(security))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "BoringSSL gives no choice among the cipher suites of TLS 1.3: Security.ciphers names all of"
                                + " [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256], or none, or"
                                + " Security.engine is TlsEngine.JDK");
        build(security.engine(TlsEngine.JDK));
    }

    @Test
    void storesThatCannotBeUsed() throws Exception {
        KeyStore empty = KeyStore.getInstance("PKCS12");
        assertThatThrownBy(() -> Security.DEFAULT.clientCertificate(empty, PASSWORD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The KeyStore for Security.clientCertificate cannot be used: ");
        empty.load(null, null);
        empty.setCertificateEntry("ca", TestCertificates.shared().authority());
        assertThatThrownBy(() -> Security.DEFAULT.clientCertificate(empty, PASSWORD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The KeyStore for Security.clientCertificate holds no private key with its certificate");
        for (char[] wrong : new char[][] {"wrong".toCharArray(), new char[0], null}) {
            assertThatThrownBy(() -> Security.DEFAULT.clientCertificate(store(), wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The password for Security.clientCertificate is not that of the keys in the KeyStore");
        }
    }

    /** S-22. */
    @Test
    void securitiesShowNoSecret() {
        assertThat(Security.DEFAULT.clientCertificate(store(), PASSWORD).toString())
                .startsWith("Security[mode=null, engine=AUTO, ")
                .doesNotContain("irrelevant");
    }

    @Test
    void whatWasSaidLastCounts() {
        Security file = Security.DEFAULT
                .trust(trust(TestCertificates.shared().authority()))
                .trust(FILE);
        assertThat(file.trustManager()).isNull();
        assertThat(file).isEqualTo(Security.DEFAULT.trust(FILE)).isNotEqualTo(Security.DEFAULT);
        Security keys = Security.DEFAULT.clientCertificate(store(), PASSWORD).clientCertificate(FILE, FILE);
        assertThat(keys.keyManager()).isNull();
        assertThat(keys).isEqualTo(Security.DEFAULT.clientCertificate(FILE, FILE));
    }

    private static X509Bundle tim() throws Exception {
        return new CertificateBuilder()
                .subject("CN=tim")
                .ecp256()
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private static KeyStore store() {
        try {
            return tim().toKeyStore(PASSWORD);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
