/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.ContentFacts;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Content that has been looked at as far as it can be before it is sent. Immutable, and good for any number of
 * transactions.
 */
public final class PreparedContent {
    private final @Nullable ContentFacts facts;
    private final Content.@Nullable Bytes bytes;
    private final @Nullable Supplier<Flow.Publisher<ByteBuffer>> source;
    private final long declaredSize;

    private PreparedContent(
            @Nullable ContentFacts facts,
            Content.@Nullable Bytes bytes,
            @Nullable Supplier<Flow.Publisher<ByteBuffer>> source,
            long declaredSize) {
        this.facts = facts;
        this.bytes = bytes;
        this.source = source;
        this.declaredSize = declaredSize;
    }

    static PreparedContent ofBytes(Content.Bytes bytes) {
        return new PreparedContent(bytes.facts(), bytes, null, bytes.facts().octets());
    }

    /** Content to be streamed that has been read through once. */
    static PreparedContent ofKnownStream(Supplier<Flow.Publisher<ByteBuffer>> source, ContentFacts facts) {
        return new PreparedContent(facts, null, source, facts.octets());
    }

    /** Content to be streamed of which nothing is known but perhaps its size. */
    static PreparedContent ofUnknownStream(Supplier<Flow.Publisher<ByteBuffer>> source, long declaredSize) {
        return new PreparedContent(null, null, source, declaredSize);
    }

    /** What is known; null for a stream that nobody has looked through. */
    @Nullable
    public ContentFacts facts() {
        return facts;
    }

    /** Null if it is to be streamed. */
    public Content.@Nullable Bytes bytes() {
        return bytes;
    }

    @Nullable
    public Supplier<Flow.Publisher<ByteBuffer>> source() {
        return source;
    }

    /** The number of octets that the source must give; -1 if unknown. */
    public long declaredSize() {
        return declaredSize;
    }
}
