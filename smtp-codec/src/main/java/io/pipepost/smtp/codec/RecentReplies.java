/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * The last few different replies of one line. Servers answer MAIL and RCPT with the same octets all day, and replies are
 * immutable, so the same octets may give the same object. Bounded; holds successes only, so no SASL challenge stays.
 */
final class RecentReplies {
    private static final int SIZE = 4;
    private static final int MAX_OCTETS = 128;

    private final @Nullable ByteBuf[] lines = new ByteBuf[SIZE];
    private final @Nullable Reply[] replies = new Reply[SIZE];
    private int next;

    /** The reply whose line, line end included, is these octets; null if it is not known. */
    @Nullable
    Reply find(ByteBuf in, int start, int length) {
        for (int i = 0; i < SIZE; i++) {
            ByteBuf line = lines[i];
            if (line != null && line.readableBytes() == length && ByteBufUtil.equals(line, 0, in, start, length)) {
                return replies[i];
            }
        }
        return null;
    }

    void remember(byte[] line, Reply reply) {
        if (reply.isPositive() && line.length <= MAX_OCTETS) {
            lines[next] = Unpooled.wrappedBuffer(line);
            replies[next] = reply;
            next = (next + 1) % SIZE;
        }
    }
}
