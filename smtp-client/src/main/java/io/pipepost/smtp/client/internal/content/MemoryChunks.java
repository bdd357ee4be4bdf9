/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import org.jspecify.annotations.Nullable;

/** Chunks of content in memory. */
@EventLoopConfined
public final class MemoryChunks extends ChunkSource {
    private final MemoryPieces pieces;
    private final int chunkOctets;
    private @Nullable Sink sink;

    public MemoryChunks(MemoryPieces pieces, int chunkOctets) {
        this.pieces = pieces;
        this.chunkOctets = chunkOctets;
    }

    @Override
    public void start(Sink to) {
        sink = to;
        resume();
    }

    @Override
    public void resume() {
        Sink to = sink;
        while (to != null && to.wantsChunk()) {
            ByteBuf chunk = pieces.next(chunkOctets);
            boolean last = pieces.isExhausted();
            if (last) {
                sink = null;
            }
            to.onChunk(last ? withEnd(chunk) : chunk, last);
            to = sink;
        }
    }

    private ByteBuf withEnd(ByteBuf chunk) {
        ByteBuf end = pieces.end();
        return end == null ? chunk : Unpooled.wrappedBuffer(chunk, end);
    }

    @Override
    public void abort() {
        sink = null;
    }
}
