/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.pool.Target;

/** Writes a chunk whose octets are all at hand, so that what was announced is always completed (R-3030-09). */
@EventLoopConfined
public final class ChunkWriter extends ContentWriter {
    private final ByteBuf chunk;
    private final boolean last;

    /** Takes over the buffer. */
    public ChunkWriter(ByteBuf chunk, boolean last) {
        this.chunk = chunk;
        this.last = last;
    }

    @Override
    protected void start(Target target) {
        handOver(chunk, target);
    }

    @Override
    public void resume() {}

    @Override
    public void abort() {
        if (!isStarted()) {
            chunk.release();
        }
    }

    @Override
    public boolean endsContent() {
        return last;
    }
}
