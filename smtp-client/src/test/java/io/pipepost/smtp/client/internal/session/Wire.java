/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * A connection with frozen time whose socket can be full, or broken. Closes only when told to, as the real ones do
 * (R-5321-75).
 */
public final class Wire extends EmbeddedChannel {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private long room = Long.MAX_VALUE;
    private boolean broken;
    private int writes;

    public Wire() {
        freezeTime();
        config().setAutoClose(false);
    }

    /** How many more octets the socket takes. */
    public void room(long octets) {
        room = octets;
        flushOutbound();
    }

    /** Every write fails from now on; what was received before can still be read. */
    void breakWrites() {
        broken = true;
    }

    public void receive(byte[] octets) {
        writeInbound(tracked(octets));
    }

    /** Octets that come in although the client has closed. */
    void receiveLate(byte[] octets) {
        pipeline().fireChannelRead(tracked(octets));
        pipeline().fireChannelReadComplete();
        releaseInbound(); // What no handler takes any more is kept by the channel.
    }

    /** In a buffer of the kind whose leaks are found. */
    private ByteBuf tracked(byte[] octets) {
        return alloc().directBuffer(octets.length).writeBytes(octets);
    }

    /** The octets that the socket has taken so far. */
    public byte[] taken() {
        return taken.toByteArray();
    }

    public int takenCount() {
        return taken.size();
    }

    /** How often the socket was written to. */
    int writes() {
        return writes;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        if (broken) {
            throw new IOException("Broken pipe");
        }
        boolean wrote = false;
        while (in.current() instanceof ByteBuf piece && (room > 0 || !piece.isReadable())) {
            int length = (int) Math.min(room, piece.readableBytes());
            piece.getBytes(piece.readerIndex(), taken, length);
            room -= length;
            wrote = true;
            if (length == piece.readableBytes()) {
                in.remove();
            } else {
                in.removeBytes(length);
            }
        }
        writes += wrote ? 1 : 0;
    }

    /** A socket can be read when it cannot be written any more. */
    @Override
    protected void doShutdownOutput() {}
}
