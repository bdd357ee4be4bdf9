/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.internal.content.BytesWriter;
import io.pipepost.smtp.client.internal.content.ChunkSource;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.content.MemoryChunks;
import io.pipepost.smtp.client.internal.content.MemoryPieces;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.content.StreamChunks;
import io.pipepost.smtp.client.internal.content.StreamReader;
import io.pipepost.smtp.client.internal.content.StreamWriter;
import io.pipepost.smtp.protocol.ContentFacts;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;

/** Makes what writes content on one session: from memory or from a source, at once or in chunks. */
public final class ContentWriters {
    private final int pieceOctets;
    private final int chunkOctets;
    private final ContentOptions rules;
    private final EventLoop loop;

    /**
     * For one session.
     *
     * @param pieceOctets how much of content in memory is given to the socket at once
     * @param chunkOctets the most for one BDAT, where there are several
     * @param rules what content may look like
     * @param loop the session's event loop
     */
    public ContentWriters(int pieceOctets, int chunkOctets, ContentOptions rules, EventLoop loop) {
        this.pieceOctets = pieceOctets;
        this.chunkOctets = Math.min(chunkOctets, pieceOctets);
        this.rules = rules;
        this.loop = loop;
    }

    /** For content behind DATA, or behind a single BDAT. */
    ContentWriter writer(PreparedContent content, TransactionPlan plan) {
        boolean dotTerminated = plan.transfer() == TransactionPlan.Transfer.DATA;
        return content.bytes() != null
                ? new BytesWriter(piecesOf(content, dotTerminated), pieceOctets)
                : new StreamWriter(sourceOf(content), limitsOf(content, plan), loop);
    }

    /** For content behind several BDAT. */
    ChunkSource chunks(PreparedContent content, TransactionPlan plan) {
        return content.bytes() != null
                ? new MemoryChunks(piecesOf(content, false), chunkOctets)
                : new StreamChunks(sourceOf(content), limitsOf(content, plan), chunkOctets, loop);
    }

    private static MemoryPieces piecesOf(PreparedContent content, boolean dotTerminated) {
        return new MemoryPieces(Objects.requireNonNull(content.bytes()), dotTerminated);
    }

    private static Supplier<Flow.Publisher<ByteBuffer>> sourceOf(PreparedContent content) {
        return Objects.requireNonNull(content.source());
    }

    private StreamReader.Limits limitsOf(PreparedContent content, TransactionPlan plan) {
        ContentFacts facts = content.facts();
        return new StreamReader.Limits(
                content.declaredSize(),
                facts == null ? -1 : facts.canonicalOctets(),
                plan.eightBit(),
                plan.smtpUtf8(),
                rules);
    }
}
