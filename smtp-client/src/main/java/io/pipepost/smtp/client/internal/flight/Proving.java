/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.dialogue.DialogueHandler;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.client.internal.pool.Target;
import io.pipepost.smtp.client.internal.relay.ChunkProof;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.transaction.TransactionPlan;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One session's part in what is known of its host, and the proof of R-2920-22 when this session makes it: two chunks
 * without a mail transaction, every line of which is QUIT, then RSET.
 *
 * <pre>
 *   C: BDAT 16386        S: 503 ...      a server that does not read a chunk which it refuses
 *   C: QUIT QUIT ...                     says 221 to the QUIT in it
 *   C: BDAT 16386 LAST   S: 503 ...      nor, in some servers, the chunk behind a refused one
 *   C: QUIT QUIT ...
 *   C: RSET              S: 250 ...      only whoever has read both comes here
 * </pre>
 */
@EventLoopConfined
final class Proving {
    private static final byte[] LINE = {'Q', 'U', 'I', 'T', '\r', '\n'};
    private static final int LINES = 2_731;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final ByteBuf CHUNK = chunk();

    private final Carrier session;
    private final DialogueHandler handler;
    private final SessionConfig config;
    private final SmtpObserver observer;
    private final Runnable onProved;
    private ChunkProof proof = new ChunkProof(null);

    /** Whether content would go by BDAT if the host were trusted with it. */
    private boolean wanted;

    private boolean possible;
    private boolean underWay;
    private boolean failed;
    private boolean chunkRefused;

    private static ByteBuf chunk() {
        ByteBuf octets = Unpooled.buffer(LINE.length * LINES);
        for (int i = 0; i < LINES; i++) {
            octets.writeBytes(LINE);
        }
        return Unpooled.unreleasableBuffer(octets.asReadOnly());
    }

    Proving(Carrier session, DialogueHandler handler, SessionConfig config, SmtpObserver observer, Runnable onProved) {
        this.session = session;
        this.handler = handler;
        this.config = config;
        this.observer = observer;
        this.onProved = onProved;
    }

    /** The session is ready; only one that is of a pool makes proofs. */
    void onReady(boolean pooled) {
        proof = config.known().chunksOf(session.address(), session.extensions().lines());
        wanted = config.flight().chunking() && session.extensions().has(Extension.CHUNKING);
        possible = wanted
                && pooled
                && config.known().stated() == null
                && config.flight().proof();
    }

    /** How far the host is trusted now. */
    Trust trust() {
        Trust stated = config.known().stated();
        if (proof.allowsChunks(session.now())) {
            return stated == null ? Trust.FLIGHT : stated;
        }
        return stated == Trust.LOCKSTEP ? Trust.LOCKSTEP : Trust.GROUP;
    }

    /** A transaction was planned, and how its content travels. */
    void onPlanned(TransactionPlan.Transfer transfer) {
        if (possible && transfer == TransactionPlan.Transfer.DATA) {
            proof.missed();
        }
    }

    // ---- the proof

    boolean isUnderWay() {
        return underWay;
    }

    /** Whether this session would make the proof, if it carried nothing. */
    boolean isDue() {
        return possible && !underWay && proof.isDue();
    }

    /** Puts the proof into the session's order; false if another session has come before. */
    boolean begin() {
        assert session.eventLoop().inEventLoop();
        if (!proof.begin(session.now())) {
            return false;
        }
        underWay = true;
        failed = false;
        handler.enqueue(new Chunk(this, false));
        handler.enqueue(new Chunk(this, true));
        handler.enqueue(new Reset(this));
        return true;
    }

    private void onChunk(Reply reply) {
        failed |= !reply.isPermanentNegative();
        chunkRefused = true;
    }

    private void onReset(Reply reply) {
        end(!failed && reply.isPositive(), reply);
        onProved.run();
    }

    /** R-2920-22: a close, or 221, is the worst answer; what this client did itself is none. */
    private void onFailure(Failure failure) {
        if (!underWay) {
            return;
        }
        if (failure.cause() == FailureCause.CLIENT_CLOSED) {
            underWay = false;
            proof.givenUp();
        } else {
            end(false, failure.reply());
        }
    }

    private void end(boolean shown, @Nullable Reply reply) {
        underWay = false;
        proof.ended(shown, session.now());
        observer.chunksLearnt(config.host(), config.port(), shown, reply);
    }

    /** No mail waits for as long as a server may take for its own; some answer errors late on purpose. */
    private static Duration patience(Duration usual) {
        return usual.compareTo(PATIENCE) < 0 ? usual : PATIENCE;
    }

    // ---- evidence against

    /** A chunk was refused: what comes now must be the replies that are missing, and no more. */
    void onChunkRefused() {
        chunkRefused = true;
    }

    /** R-2920-22: a reply out of its place behind a refused chunk may be the reply to a line of it. */
    void onEnding(Failure failure) {
        if (chunkRefused && failure.cause() == FailureCause.PROTOCOL_VIOLATION && proof.revoke(session.now())) {
            observer.chunksLearnt(config.host(), config.port(), false, failure.reply());
        }
    }

    // ---- its exchanges

    private static final class Chunk extends Exchange {
        private final Proving proving;
        private final ContentWriter writer = new ProofWriter();

        Chunk(Proving proving, boolean last) {
            super(new Command.Bdat(CHUNK.readableBytes(), last), Phase.WRITE);
            this.proving = proving;
        }

        @Override
        public ContentWriter content() {
            return writer;
        }

        @Override
        public Duration patience(Timeouts timeouts) {
            return Proving.patience(super.patience(timeouts));
        }

        @Override
        public void onReply(Reply reply) {
            proving.onChunk(reply);
        }

        @Override
        public void onFailure(Failure failure) {
            proving.onFailure(failure);
        }
    }

    private static final class Reset extends Exchange {
        private final Proving proving;

        Reset(Proving proving) {
            super(Command.Simple.RSET, Phase.RSET);
            this.proving = proving;
        }

        @Override
        public Duration patience(Timeouts timeouts) {
            return Proving.patience(super.patience(timeouts));
        }

        @Override
        public void onReply(Reply reply) {
            proving.onReset(reply);
        }

        @Override
        public void onFailure(Failure failure) {
            proving.onFailure(failure);
        }
    }

    /** No message, so there is nothing in it that an observer would want to see. */
    private static final class ProofWriter extends ContentWriter {
        @Override
        protected void start(Target target) {
            handOver(CHUNK.duplicate(), target);
        }

        @Override
        public void resume() {}

        @Override
        public void abort() {}

        @Override
        public boolean isMail() {
            return false;
        }
    }
}
