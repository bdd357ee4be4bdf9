/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.ContentFacts;
import org.jspecify.annotations.Nullable;

/** Content in memory, piece by piece in the form in which it travels: without a copy where nothing needs to change. */
@EventLoopConfined
public final class MemoryPieces {
    private static final ByteBuf TERMINATOR = constant(".\r\n");
    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf CRLF_TERMINATOR = constant("\r\n.\r\n");

    private final Content.Bytes content;
    private final int octets;
    private final boolean dotTerminated;
    private final boolean endsWithCrlf;

    /** Null if the octets go out as they are. */
    private final @Nullable ContentEncoder encoder;

    private int position;

    public MemoryPieces(Content.Bytes content, boolean dotTerminated) {
        ContentFacts facts = content.facts();
        this.content = content;
        this.octets = (int) facts.octets();
        this.dotTerminated = dotTerminated;
        this.endsWithCrlf = facts.endsWithCrlf();
        boolean asIs = facts.firstBareNewline() < 0 && (!dotTerminated || facts.linesWithDot() == 0);
        this.encoder = asIs ? null : dotTerminated ? ContentEncoder.forData() : ContentEncoder.forBdat();
    }

    static ByteBuf terminator() {
        return TERMINATOR.duplicate();
    }

    private static ByteBuf constant(String ascii) {
        ByteBuf octets = Unpooled.directBuffer(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            octets.writeByte(ascii.charAt(i));
        }
        return Unpooled.unreleasableBuffer(octets.asReadOnly());
    }

    /** Whether nothing but the {@linkplain #end end} is left. */
    boolean isExhausted() {
        return position == octets;
    }

    /** The next piece, made of at most so many octets. */
    ByteBuf next(int most) {
        int length = Math.min(most, octets - position);
        ByteBuf piece = Unpooled.wrappedBuffer(content.slice(position, length));
        position += length;
        ContentEncoder transform = encoder;
        if (transform == null) {
            return piece;
        }
        ByteBuf encoded = Unpooled.buffer(length + 64);
        transform.encode(piece, encoded);
        piece.release();
        return encoded;
    }

    /** What follows the last piece; null if nothing does. */
    @Nullable
    ByteBuf end() {
        if (encoder != null) {
            ByteBuf rest = Unpooled.buffer(8);
            encoder.finish(rest);
            return rest;
        }
        if (dotTerminated) {
            return (endsWithCrlf ? TERMINATOR : CRLF_TERMINATOR).duplicate();
        }
        return endsWithCrlf ? null : CRLF.duplicate();
    }
}
