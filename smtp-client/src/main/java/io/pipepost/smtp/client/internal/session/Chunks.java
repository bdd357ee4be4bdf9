/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
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

    private final Transaction transaction;
    private final ChunkSource source;
    private int unanswered;
    private boolean stopped;

    Chunks(Transaction transaction, ChunkSource source) {
        this.transaction = transaction;
        this.source = source;
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
        transaction.sendChunk(chunk, last);
    }

    @Override
    public void onProgress() {
        transaction.onProgress();
    }

    @Override
    public void onFailed(Failure failure) {
        stopped = true;
        transaction.onContentFailed(failure);
    }
}
