/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import io.pipepost.smtp.protocol.Reply;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Replies of one line that came in on an event loop. Servers answer MAIL and RCPT with the same octets all day, and
 * replies are immutable, so the same octets may give the same object, on whichever connection. Bounded; holds successes
 * only, so no SASL challenge stays. A line is kept once it has come twice in a row to its place, so that lines which are
 * never the same again, with the number that each message has in the server's queue, cost nothing.
 */
final class RecentReplies {
    private static final int PLACES = 64;
    private static final int MAX_OCTETS = 128;

    private static final FastThreadLocal<RecentReplies> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected RecentReplies initialValue() {
            return new RecentReplies();
        }
    };

    private final @Nullable ByteBuf[] lines = new ByteBuf[PLACES];
    private final @Nullable Reply[] replies = new Reply[PLACES];

    /** Hashes of the lines that came last. */
    private final int[] seen = new int[PLACES];

    /** Those of the calling thread. */
    static RecentReplies ofThread() {
        return OF_THREAD.get();
    }

    /** The reply whose line, line end included, is these octets; null if it is not known. */
    @Nullable
    Reply find(ByteBuf in, int start, int length) {
        if (length < 3) {
            return null;
        }
        int place =
                place(length, in.getByte(start + 2), in.getByte(start + length / 2), in.getByte(start + length - 3));
        ByteBuf line = lines[place];
        boolean same = line != null && line.readableBytes() == length && ByteBufUtil.equals(line, 0, in, start, length);
        return same ? replies[place] : null;
    }

    void remember(byte[] line, Reply reply) {
        if (!reply.isPositive() || line.length > MAX_OCTETS) {
            return;
        }
        int place = place(line.length, line[2], line[line.length / 2], line[line.length - 3]);
        int hash = Arrays.hashCode(line);
        if (seen[place] == hash) {
            lines[place] = Unpooled.wrappedBuffer(line);
            replies[place] = reply;
        }
        seen[place] = hash;
    }

    private static int place(int length, byte code, byte middle, byte end) {
        int hash = ((length * 31 + code) * 31 + middle) * 31 + end;
        return (hash ^ hash >>> 6) & (PLACES - 1);
    }
}
