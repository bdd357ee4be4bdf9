/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;

/** What was read and not yet passed on, with the time at which it was read. */
final class HeldOctets {
    private record Read(ByteBuf octets, long at) {}

    private final ArrayDeque<Read> reads = new ArrayDeque<>();
    private int octets;

    void add(ByteBuf read, long now) {
        if (!read.isReadable()) {
            read.release();
            return;
        }
        reads.add(new Read(read, now));
        octets += read.readableBytes();
    }

    boolean isEmpty() {
        return octets == 0;
    }

    int octets() {
        return octets;
    }

    /** When the oldest octet was read; not if there is none. */
    long oldest() {
        return reads.element().at();
    }

    /** The octets of the oldest read, still held. */
    ByteBuf first() {
        return reads.element().octets();
    }

    /** Takes octets of the oldest read, no more than it has. */
    ByteBuf take(int length) {
        octets -= length;
        ByteBuf first = first();
        if (length < first.readableBytes()) {
            return first.readRetainedSlice(length);
        }
        reads.remove();
        return first;
    }

    /** Makes one read of all. */
    void join(ByteBufAllocator allocator) {
        if (reads.size() > 1) {
            ByteBuf all = allocator.buffer(octets);
            long at = oldest();
            for (Read read : reads) {
                all.writeBytes(read.octets());
                read.octets().release();
            }
            reads.clear();
            reads.add(new Read(all, at));
        }
    }

    void clear() {
        reads.forEach(read -> read.octets().release());
        reads.clear();
        octets = 0;
    }
}
