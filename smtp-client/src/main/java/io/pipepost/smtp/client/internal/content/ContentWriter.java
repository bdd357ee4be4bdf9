/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.mail.Failure;

/**
 * Writes the content of one mail transaction, or a chunk of it, no faster than the channel takes it.
 *
 * <pre>
 *   start --> writing --(last octet given to the channel)--> handed over --(socket took it)--> written
 *                |                                               |
 *                +--(source failed, abort)--> ended              +--(write failed)--> not handed over after all
 * </pre>
 */
@EventLoopConfined
public abstract class ContentWriter {
    /** The largest piece of a stream that is given to the channel at once. */
    public static final int PIECE = 64 * 1024;

    private boolean started;
    private boolean handedOver;
    private boolean written;

    /** Where content goes to, and who hears of its end. */
    public interface Target {
        /** Whether the channel takes more without piling it up. */
        boolean isWritable();

        /** Gives a piece to the channel; takes over the buffer. */
        void write(ByteBuf piece);

        /** Gives the last piece to the channel; calls {@link #settled} once the socket has it or refuses it. */
        void writeLast(ByteBuf piece, ContentWriter writer);

        void flush();

        /** Content cannot be completed: the connection must end, since nothing else can follow now. */
        void contentFailed(Failure failure);
    }

    /** Begins; small content is written before this returns. Does not flush at the end, so that commands may join. */
    public final void begin(Target target) {
        started = true;
        start(target);
    }

    protected abstract void start(Target target);

    /** The channel takes more again. */
    public abstract void resume();

    /** Stops for good, whatever is left. */
    public abstract void abort();

    /** Whether the message ends with what this writes. */
    public boolean endsContent() {
        return true;
    }

    /** Whether what this writes is of a message. */
    public boolean isMail() {
        return true;
    }

    protected final void handOver(ByteBuf last, Target target) {
        handedOver = true;
        target.writeLast(last, this);
    }

    /** The write of the last piece has ended. */
    public final void settled(boolean success) {
        if (success) {
            written = true;
        } else {
            handedOver = false;
        }
    }

    /** Whether octets may have been given to the channel. */
    public final boolean isStarted() {
        return started;
    }

    /**
     * Whether the server may have all of the content. False again if the socket refused the last piece: then its last
     * octet cannot have left.
     */
    public final boolean handedOver() {
        return handedOver;
    }

    /** Whether the socket has taken the last octet, so that a reply can be an answer to it (R-5321-82). */
    public final boolean isWritten() {
        return written;
    }
}
