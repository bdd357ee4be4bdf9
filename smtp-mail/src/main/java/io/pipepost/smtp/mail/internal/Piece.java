/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.Supplier;

/** A part of content that a {@link PieceStream} reads. Can be read any number of times. */
public sealed interface Piece {
    /**
     * Octets in memory.
     *
     * @param octets the octets; not copied
     * @return the piece
     */
    static Piece of(byte[] octets) {
        return new Bytes(ByteBuffer.wrap(octets));
    }

    /**
     * Octets in memory that are encoded on their way.
     *
     * @param octets the octets; not copied
     * @param encoder makes an encoder for each reading
     * @return the piece
     */
    static Piece of(byte[] octets, Supplier<Encoder> encoder) {
        List<Piece> plain = List.of(of(octets));
        return new Source("memory", blocking -> new PieceStream(plain, blocking), octets.length, encoder);
    }

    /**
     * Octets in memory.
     *
     * @param octets the octets; its position is never moved
     */
    record Bytes(ByteBuffer octets) implements Piece {}

    /**
     * Octets from a publisher.
     *
     * @param name what they are called if something is wrong with them
     * @param publisher makes a new publisher for each reading, given an executor for what blocks
     * @param octets how many it must publish; -1 if unknown
     * @param encoder makes an encoder for each reading
     */
    record Source(
            String name,
            Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> publisher,
            long octets,
            Supplier<Encoder> encoder)
            implements Piece {}
}
