/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;

/** Writes a chunk whose octets are all at hand, so that what was announced is always completed (R-3030-09). */
@EventLoopConfined
final class ChunkWriter extends ContentWriter {
    private final ByteBuf chunk;
    private final boolean last;

    /** Takes over the buffer. */
    ChunkWriter(ByteBuf chunk, boolean last) {
        this.chunk = chunk;
        this.last = last;
    }

    @Override
    void start(Target target) {
        handOver(chunk, target);
    }

    @Override
    void resume() {}

    @Override
    void abort() {
        if (!isStarted()) {
            chunk.release();
        }
    }

    @Override
    boolean endsContent() {
        return last;
    }
}
