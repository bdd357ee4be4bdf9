/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.content.ChunkSource;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.Reply;

/**
 * The content of one mail transaction in several BDAT chunks (RFC 3030 section 2), a few of them unanswered at a time.
 * Unlike DATA it can be given up between two chunks: none is begun that cannot be completed.
 */
@EventLoopConfined
final class Chunks implements ChunkSource.Sink {
    /** R-3030-04. */
    private static final int UNANSWERED = 2;

    private final Owner owner;
    private final ChunkSource source;
    private int unanswered;
    private boolean stopped;

    Chunks(Owner owner, ChunkSource source) {
        this.owner = owner;
        this.source = source;
    }

    /** The mail transaction whose content it is. */
    interface Owner {
        /** A chunk is complete. */
        void sendChunk(ByteBuf octets, boolean last);

        /** Its source has made progress. */
        void onProgress();

        /** There will be no further chunk, as its source has failed. */
        void onContentFailed(Failure reason);
    }

    void start() {
        source.start(this);
    }

    /** No further chunk follows (R-3030-08). */
    void stop() {
        stopped = true;
        source.abort();
    }

    /** The reply to a chunk that was not the last. */
    void onReply(Reply reply) {
        unanswered--;
        if (reply.isNegative()) {
            stop();
        } else if (!stopped) {
            source.resume();
        }
    }

    @Override
    public boolean wantsChunk() {
        return !stopped && unanswered < UNANSWERED;
    }

    @Override
    public void onChunk(ByteBuf chunk, boolean last) {
        unanswered++;
        stopped |= last;
        owner.sendChunk(chunk, last);
    }

    @Override
    public void onProgress() {
        owner.onProgress();
    }

    @Override
    public void onFailed(Failure failure) {
        stopped = true;
        owner.onContentFailed(failure);
    }
}
