/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority made on the spot, and a server certificate issued by it. Immutable and thread-safe.
 *
 * <p>The keys are for tests alone: a client that trusts them on a real network trusts whoever holds this object.
 */
public final class TestCertificates {
    private static final String[] DEFAULT_NAMES = {"localhost", "*.test", "127.0.0.1", "::1"};

    private final X509Bundle authority;
    private final X509Bundle server;

    private static final class Shared {
        static final TestCertificates INSTANCE = create(DEFAULT_NAMES);
    }

    private TestCertificates(X509Bundle authority, X509Bundle server) {
        this.authority = authority;
        this.server = server;
    }

    /**
     * The certificates that the servers of this package use unless told otherwise, made once per process: for
     * {@code localhost}, {@code 127.0.0.1}, {@code ::1} and {@code *.test}.
     *
     * @return always the same object
     */
    public static TestCertificates shared() {
        return Shared.INSTANCE;
    }

    /**
     * Makes a new authority and a server certificate.
     *
     * @param names what the server's certificate is for: domain names, also {@code *.} ones, and IP addresses
     * @return the certificates, valid from yesterday on for some days
     */
    public static TestCertificates create(String... names) {
        try {
            X509Bundle authority = new CertificateBuilder()
                    .subject("CN=Test CA")
                    .ecp256()
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            X509Bundle server = new CertificateBuilder()
                    .subject("CN=Test server")
                    .ecp256()
                    .addExtendedKeyUsageServerAuth()
                    .addExtensionOctetString(SubjectAltName.OID, false, SubjectAltName.encode(names))
                    .buildIssuedBy(authority);
            return new TestCertificates(authority, server);
        } catch (Exception e) {
            throw new IllegalStateException("Cannot make certificates for a test", e);
        }
    }

    /**
     * The certificate authority, for the client to trust.
     *
     * @return its certificate
     */
    public X509Certificate authority() {
        return authority.getCertificate();
    }

    /**
     * The certificate authority as PEM.
     *
     * @return its certificate, as it goes into a file
     */
    public String authorityPem() {
        return authority.getCertificatePEM();
    }

    /**
     * The server's certificate.
     *
     * @return the certificate
     */
    public X509Certificate server() {
        return server.getCertificate();
    }

    /**
     * A context for a JDK client that trusts the authority and nobody else. It does not check the host's name: that is
     * switched on where the engine or socket is made.
     *
     * @return a new context
     */
    public SSLContext clientContext() {
        return context(null, authority.toTrustManagerFactory().getTrustManagers());
    }

    /**
     * A context for a JDK server with the server's certificate.
     *
     * @return a new context
     */
    public SSLContext serverContext() {
        try {
            return context(server.toKeyManagerFactory().getKeyManagers(), null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    SslContext nettyServerContext() {
        try {
            return SslContextBuilder.forServer(server.getKeyPair().getPrivate(), server.getCertificatePath())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }
}
