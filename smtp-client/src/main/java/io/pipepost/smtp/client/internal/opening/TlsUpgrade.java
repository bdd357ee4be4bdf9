/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pipepost.smtp.mail.TlsFacts;
import java.security.cert.CertificateException;

/** Makes TLS for a connection; written by the transport, used by the handshake. */
public interface TlsUpgrade {
    /**
     * A handler for one connection. It verifies what the client's security demands as part of its handshake.
     *
     * @param channel the connection
     * @return a handler that goes first into the pipeline
     */
    SslHandler newHandler(Channel channel);

    /**
     * Who the server is, where the handshake has not made sure of it.
     *
     * @param handler the connection's handler, its handshake over
     * @throws CertificateException if the server is not who it must be
     */
    void check(SslHandler handler) throws CertificateException;

    /**
     * Facts about a finished handshake.
     *
     * @param handler the connection's handler
     * @return the facts
     */
    TlsFacts facts(SslHandler handler);
}
