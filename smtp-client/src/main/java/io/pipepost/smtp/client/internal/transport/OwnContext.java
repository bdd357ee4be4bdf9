/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.internal.border.Border;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What holds for a context of the caller's own: safe versions of TLS only (RFC 8996), and the server's name (RFC 7817). */
public final class OwnContext {
    private OwnContext() {}

    /**
     * The JDK's context as Netty's, with its own protocols and cipher suites, not Netty's.
     *
     * @param context a caller's
     * @return a context for clients
     * @throws IllegalArgumentException if it is not initialised
     */
    public static SslContext of(SSLContext context) {
        try {
            SSLParameters defaults = context.getDefaultSSLParameters();
            return new JdkSslContext(
                    context,
                    true,
                    List.of(defaults.getCipherSuites()),
                    IdentityCipherSuiteFilter.INSTANCE,
                    null,
                    ClientAuth.NONE,
                    defaults.getProtocols(),
                    false);
        } catch (IllegalStateException | UnsupportedOperationException e) {
            throw new IllegalArgumentException(
                    "The SSLContext for Security.context cannot be used: " + e.getMessage(), e);
        }
    }

    /** Makes an engine once, so that what cannot work is told before there is a connection. */
    static SslContext tried(SslContext own) {
        SSLEngine engine = Border.TLS.get(() -> own.newEngine(UnpooledByteBufAllocator.DEFAULT), "an engine");
        try {
            restrict(engine);
        } finally {
            ReferenceCountUtil.release(engine);
        }
        return own;
    }

    /** R-3207-08. */
    static void restrict(SSLEngine engine) {
        String[] enabled = engine.getEnabledProtocols();
        String[] safe = Stream.of(enabled)
                .filter(Security.DEFAULT.protocols()::contains)
                .toArray(String[]::new);
        if (safe.length == 0) {
            throw new IllegalArgumentException("The context of Security.context enables " + List.of(enabled)
                    + ", expected TLSv1.3 or TLSv1.2: what is older is not safe (RFC 8996)");
        }
        engine.setEnabledProtocols(safe);
    }

    /** Its trust manager may not look at names, or in other ways than {@link ServerName}. */
    static void requireName(SSLEngine engine, ServerName name) throws CertificateException {
        List<Certificate> chain = Border.TLS.get(() -> shown(engine), "certificates");
        if (chain.isEmpty() || !(chain.get(0) instanceof X509Certificate certificate)) {
            throw new CertificateException("The server showed no certificate");
        }
        name.require(certificate);
    }

    private static List<Certificate> shown(SSLEngine engine) {
        try {
            return List.of(engine.getSession().getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }
}
