/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.protocol.ContentFacts;
import org.jspecify.annotations.Nullable;

/** Writes content in memory: as it is where nothing needs to change, without copying. */
@EventLoopConfined
final class BytesWriter extends ContentWriter {
    private final byte[] octets;
    private final int pieceOctets;
    private final boolean dotTerminated;
    private final boolean endsWithCrlf;

    /** Null if the octets go out as they are. */
    private final @Nullable ContentEncoder encoder;

    private @Nullable Target target;
    private int position;

    BytesWriter(byte[] octets, ContentFacts facts, boolean dotTerminated, int pieceOctets) {
        this.octets = octets;
        this.pieceOctets = pieceOctets;
        this.dotTerminated = dotTerminated;
        this.endsWithCrlf = facts.endsWithCrlf();
        boolean asIs = facts.firstBareNewline() < 0 && (!dotTerminated || facts.linesWithDot() == 0);
        this.encoder = asIs ? null : dotTerminated ? ContentEncoder.forData() : ContentEncoder.forBdat();
    }

    @Override
    void start(Target to) {
        target = to;
        pump(to);
    }

    @Override
    void resume() {
        Target to = target;
        if (to != null) {
            pump(to);
            to.flush();
        }
    }

    @Override
    void abort() {
        target = null;
    }

    private void pump(Target to) {
        while (!handedOver()) {
            if (!to.isWritable()) {
                // A flush that makes the channel writable comes back through resume(), perhaps to the end.
                to.flush();
                if (!to.isWritable() || target == null) {
                    return;
                }
            }
            int length = Math.min(pieceOctets, octets.length - position);
            ByteBuf piece = Unpooled.wrappedBuffer(octets, position, length);
            position += length;
            writePiece(to, piece, position == octets.length);
            if (target == null) {
                return;
            }
        }
        target = null;
    }

    private void writePiece(Target to, ByteBuf piece, boolean last) {
        ContentEncoder transform = encoder;
        if (transform != null) {
            ByteBuf encoded = Unpooled.buffer(piece.readableBytes() + 64);
            transform.encode(piece, encoded);
            piece.release();
            if (last) {
                transform.finish(encoded);
                handOver(encoded, to);
            } else {
                to.write(encoded);
            }
        } else if (!last) {
            to.write(piece);
        } else if (dotTerminated) {
            to.write(piece);
            handOver((endsWithCrlf ? TERMINATOR : CRLF_TERMINATOR).duplicate(), to);
        } else if (endsWithCrlf) {
            handOver(piece, to);
        } else {
            to.write(piece);
            handOver(CRLF.duplicate(), to);
        }
    }
}
