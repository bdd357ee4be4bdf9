/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.mail.Failure;

/** Content that comes chunk by chunk, each whole, and no faster than they are wanted. */
@EventLoopConfined
public abstract class ChunkSource {
    /** Where chunks go to. */
    public interface Sink {
        /** Whether a chunk is wanted now. */
        boolean wantsChunk();

        /** Takes over the next chunk, whose octets are all there. */
        void onChunk(ByteBuf chunk, boolean last);

        /** Something has come, but not yet enough for a chunk. */
        void onProgress();

        /** There will be no more, and the content is not complete. */
        void onFailed(Failure failure);
    }

    /** Begins; chunks may come before this returns. */
    public abstract void start(Sink to);

    /** Another chunk is wanted. */
    public abstract void resume();

    /** Stops for good, whatever is left. */
    public abstract void abort();
}
