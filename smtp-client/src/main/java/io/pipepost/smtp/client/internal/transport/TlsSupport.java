/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.channel.Channel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.TlsEngine;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.mail.TlsFacts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS for one client: one context, so that sessions are never resumed across policies of trust (S-14). The chain and the
 * name are verified on every handshake with the server (RFC 7817); where a failure is to be tolerated, it is recorded.
 */
public final class TlsSupport implements TlsUpgrade {
    /**
     * Octets that every engine puts into one record: the JDK's takes the content type of TLS 1.3, and padding, off the 16,384
     * of RFC 8446 section 5.1. What takes two records could leave by half, and its write would fail all the same: content
     * that ends in the first half would be taken for content that never left.
     */
    private static final int ONE_RECORD = 16_384 - 256;

    private final SslContext context;

    /** Null if the chain is judged by a context of the caller's own. */
    private final @Nullable ServerTrust trust;

    private final ServerName name;
    private final int port;

    /**
     * Builds TLS; reads files, so not for an event loop.
     *
     * @param security the client's security
     * @param host the server's name, which certificates are checked against
     * @param port the server's port
     * @throws IllegalArgumentException if a file cannot be read or holds something else, or the engine is not available
     */
    public TlsSupport(Security security, String host, int port) {
        String required = security.serverName();
        this.name = new ServerName(required == null ? host : required);
        this.port = port;
        try {
            SslContext own = security.context();
            if (own == null) {
                boolean tolerant = security.trustsAnything() || security.mode(port) == TlsMode.IF_OFFERED;
                this.trust = new ServerTrust(trustManager(security), name, tolerant);
                this.context = newContext(security, trust);
            } else {
                this.trust = null;
                this.context = OwnContext.tried(own);
            }
        } catch (GeneralSecurityException | IOException | Border.Fault e) {
            throw new IllegalArgumentException("Cannot set up TLS: " + explain(e), e);
        }
    }

    private static SslContext newContext(Security security, ServerTrust trust)
            throws GeneralSecurityException, IOException {
        SslProvider provider = provider(security.engine());
        CipherChoice choice = CipherChoice.of(security, provider);
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(provider)
                .protocols(choice.protocols())
                .ciphers(choice.suites())
                .endpointIdentificationAlgorithm("HTTPS")
                .trustManager(trust);
        ClientKeys.addTo(builder, security, provider);
        return builder.build();
    }

    private static String explain(Exception e) {
        return e instanceof NoSuchFileException ? "no such file: " + e.getMessage() : String.valueOf(e.getMessage());
    }

    private static SslProvider provider(TlsEngine engine) {
        boolean available = engine != TlsEngine.JDK && OpenSsl.isAvailable();
        if (engine == TlsEngine.OPENSSL && !available) {
            throw new IllegalArgumentException("TLS engine OPENSSL is not available: "
                    + OpenSsl.unavailabilityCause().getMessage());
        }
        return available ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    private static X509ExtendedTrustManager trustManager(Security security)
            throws GeneralSecurityException, IOException {
        TrustManagerFactory factory = security.trustManager();
        if (factory == null) {
            Path caFile = security.caFile();
            factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(caFile == null ? null : keyStore(caFile));
        }
        for (TrustManager manager : Border.TRUST.get(factory::getTrustManagers, "trust managers")) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new IllegalArgumentException(
                "The trust manager factory has no X509ExtendedTrustManager, which is needed to" + " verify host names");
    }

    private static KeyStore keyStore(Path pem) throws GeneralSecurityException, IOException {
        Collection<? extends Certificate> certificates;
        try (InputStream in = Files.newInputStream(pem)) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (CertificateException e) {
            throw new IllegalArgumentException("Not a file of certificates in PEM: " + pem, e);
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("No certificate in " + pem);
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int i = 0;
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("ca" + i++, certificate);
        }
        return store;
    }

    @Override
    public SslHandler newHandler(Channel channel) {
        SslHandler handler = context.newHandler(channel.alloc(), name.host(), port);
        handler.setWrapDataSize(ONE_RECORD);
        SSLEngine engine = handler.engine();
        if (trust == null) {
            OwnContext.restrict(engine);
        }
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        SNIHostName indication = name.indication();
        if (indication != null) {
            parameters.setServerNames(List.of(indication));
        }
        engine.setSSLParameters(parameters);
        return handler;
    }

    @Override
    public void check(SslHandler handler) throws CertificateException {
        if (trust == null) {
            OwnContext.requireName(handler.engine(), name);
        }
    }

    @Override
    public TlsFacts facts(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        return new TlsFacts(session.getProtocol(), session.getCipherSuite(), trust == null || trust.verified(session));
    }
}
