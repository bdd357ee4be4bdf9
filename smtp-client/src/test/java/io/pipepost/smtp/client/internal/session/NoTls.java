/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.mail.TlsFacts;

/** For sessions that stay in the clear. */
final class NoTls implements TlsUpgrade {
    @Override
    public SslHandler newHandler(Channel channel) {
        throw new AssertionError("TLS was not asked for");
    }

    @Override
    public void check(SslHandler handler) {
        throw new AssertionError("TLS was not asked for");
    }

    @Override
    public TlsFacts facts(SslHandler handler) {
        throw new AssertionError("TLS was not asked for");
    }
}
