/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EscapedException;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges server certificates: the chain by another trust manager, the name by {@link ServerName}. Where any certificate
 * is to be accepted, remembers the good ones. A resumed session brings no certificate to judge, so what is remembered is
 * the certificate, not the connection; and the good ones, so that whatever was overlooked counts as bad. Thread-safe.
 */
final class ServerTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager judge;
    private final ServerName name;
    private final boolean acceptsAnything;
    private final Set<Certificate> good = ConcurrentHashMap.newKeySet();

    ServerTrust(X509ExtendedTrustManager judge, ServerName name, boolean acceptsAnything) {
        this.judge = judge;
        this.name = name;
        this.acceptsAnything = acceptsAnything;
    }

    boolean verified(SSLSession session) {
        try {
            return !acceptsAnything || good.contains(session.getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException e) {
            return false;
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        if (!acceptsAnything) {
            judge(chain, authType, engine);
            return;
        }
        try {
            judge(chain, authType, engine);
            good.add(chain[0]);
        } catch (CertificateException e) {
            good.remove(chain[0]);
        }
    }

    /** The name first: its message tells what was found. */
    private void judge(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        try {
            name.require(chain[0]);
            judge.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            throw harmless(CertificateWords.of(e, chain[0]));
        } catch (Throwable e) {
            // Not as its cause: of a chain of causes the innermost is told, which does not know whose it is.
            Border.TRUST.log(e);
            throw harmless(new CertificateException(Border.TRUST.threw(e)));
        }
    }

    /** S-49: it may quote the certificate, and the engine logs it. */
    private static CertificateException harmless(CertificateException e) {
        Throwable shown = EscapedException.of(e);
        return shown instanceof CertificateException same ? same : new CertificateException(shown.getMessage(), shown);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("Only engines are used");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("Only engines are used");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("This is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("This is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("This is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return judge.getAcceptedIssuers();
    }
}
