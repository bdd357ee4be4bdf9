/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import javax.net.ssl.SSLEngine;

/** The server's end of TLS in a {@link World}. */
final class WorldTls {
    private final SslHandler handler;
    private final EmbeddedChannel channel;

    WorldTls(SSLEngine engine) {
        handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(0);
        channel = new EmbeddedChannel(handler);
    }

    boolean isSecured() {
        return handler.handshakeFuture().isSuccess();
    }

    /** Takes octets off the wire; returns what they say. */
    String receive(byte[] octets) {
        if (channel.isOpen()) {
            channel.writeInbound(Unpooled.wrappedBuffer(octets));
        }
        StringBuilder plain = new StringBuilder();
        for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
            plain.append(part.toString(ISO_8859_1));
            part.release();
        }
        return plain.toString();
    }

    void send(byte[] plain) {
        if (channel.isOpen()) {
            channel.writeOutbound(Unpooled.wrappedBuffer(plain));
        }
    }

    /** What is to go onto the wire. */
    byte[] takeOctets() {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            byte[] copy = new byte[part.readableBytes()];
            part.readBytes(copy);
            part.release();
            octets.writeBytes(copy);
        }
        return octets.toByteArray();
    }

    void close() {
        channel.unsafe().close(channel.newPromise());
        channel.runPendingTasks();
        channel.releaseInbound();
        channel.releaseOutbound();
    }
}
