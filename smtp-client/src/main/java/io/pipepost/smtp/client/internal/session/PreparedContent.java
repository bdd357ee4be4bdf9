/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

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
    private final byte @Nullable [] octets;
    private final @Nullable Supplier<Flow.Publisher<ByteBuffer>> source;
    private final long declaredSize;

    private PreparedContent(
            @Nullable ContentFacts facts,
            byte @Nullable [] octets,
            @Nullable Supplier<Flow.Publisher<ByteBuffer>> source,
            long declaredSize) {
        this.facts = facts;
        this.octets = octets;
        this.source = source;
        this.declaredSize = declaredSize;
    }

    static PreparedContent ofBytes(byte[] octets, ContentFacts facts) {
        return new PreparedContent(facts, octets, null, octets.length);
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
    ContentFacts facts() {
        return facts;
    }

    byte @Nullable [] octets() {
        return octets;
    }

    @Nullable
    Supplier<Flow.Publisher<ByteBuffer>> source() {
        return source;
    }

    /** The number of octets that the source must give; -1 if unknown. */
    long declaredSize() {
        return declaredSize;
    }
}
