/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.pool.Target;
import org.jspecify.annotations.Nullable;

/** Writes content in memory behind DATA, or behind the one BDAT that announced it. */
@EventLoopConfined
public final class BytesWriter extends ContentWriter {
    private final MemoryPieces pieces;
    private final int pieceOctets;
    private @Nullable Target target;

    public BytesWriter(MemoryPieces pieces, int pieceOctets) {
        this.pieces = pieces;
        this.pieceOctets = pieceOctets;
    }

    @Override
    protected void start(Target to) {
        target = to;
        pump(to);
    }

    @Override
    public void resume() {
        Target to = target;
        if (to != null) {
            pump(to);
            to.flush();
        }
    }

    @Override
    public void abort() {
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
            ByteBuf piece = pieces.next(pieceOctets);
            if (pieces.isExhausted()) {
                writeLast(piece, to);
            } else {
                to.write(piece);
            }
            if (target == null) {
                return;
            }
        }
        target = null;
    }

    private void writeLast(ByteBuf piece, Target to) {
        ByteBuf end = pieces.end();
        if (end == null) {
            handOver(piece, to);
        } else {
            to.write(piece);
            if (target == null) {
                end.release();
            } else {
                handOver(end, to);
            }
        }
    }
}
