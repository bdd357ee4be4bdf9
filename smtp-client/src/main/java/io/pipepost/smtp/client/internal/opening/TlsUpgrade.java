/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pipepost.smtp.mail.TlsFacts;

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
     * Facts about a finished handshake.
     *
     * @param handler the connection's handler
     * @return the facts
     */
    TlsFacts facts(SslHandler handler);
}
