/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

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
    private boolean started;
    private @Nullable Reply refusal;

    Chunks(Transaction transaction, ChunkSource source) {
        this.transaction = transaction;
        this.source = source;
    }

    void start() {
        source.start(this);
    }

    /** Whether the server may have been given any of it. */
    boolean isStarted() {
        return started;
    }

    /** R-3030-05: the reply that refused a chunk, which is the word on the message; null if none did. */
    @Nullable
    Reply refusal() {
        return refusal;
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
            refusal = refusal == null ? reply : refusal;
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
        started = true;
        stopped |= last;
        transaction.sendChunk(chunk, last);
    }

    @Override
    public void onProgress() {
        transaction.watchSource();
    }

    @Override
    public void onFailed(Failure failure) {
        stopped = true;
        transaction.onContentFailed(failure);
    }
}
