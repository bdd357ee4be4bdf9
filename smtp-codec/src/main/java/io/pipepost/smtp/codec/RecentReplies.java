/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

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
    private static final int SCRATCH_OCTETS = 8_192;

    /** Odd, and near 2^32 over the golden ratio: lines that differ little fall into places apart. */
    private static final int SPREAD = 0x9E37_79B9;

    private static final FastThreadLocal<RecentReplies> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected RecentReplies initialValue() {
            return new RecentReplies();
        }
    };

    private final byte[] @Nullable [] lines = new byte[PLACES][];
    private final @Nullable Reply[] replies = new Reply[PLACES];

    /** Hashes of the lines that came last. */
    private final int[] seen = new int[PLACES];

    /** Where the reply found last is: the same often comes again at once. */
    private int last;

    /** What a read is copied into, so that it can be looked through fast; null while a decoder has it. */
    private byte @Nullable [] scratch;

    /** Those of the calling thread. */
    static RecentReplies ofThread() {
        return OF_THREAD.get();
    }

    /** A buffer to work in; another one for a decoder that is called while one of this thread is at work. */
    byte[] takeScratch() {
        byte[] taken = scratch;
        scratch = null;
        return taken == null ? new byte[SCRATCH_OCTETS] : taken;
    }

    void giveScratch(byte[] octets) {
        scratch = octets;
    }

    /** The reply found last, if its line, line end included, is what comes next; else null. */
    @Nullable
    Reply findLast(byte[] octets, int start, int end) {
        byte[] line = lines[last];
        boolean same = line != null
                && end - start >= line.length
                && Arrays.equals(octets, start, start + line.length, line, 0, line.length);
        return same ? replies[last] : null;
    }

    /** Octets of the line of the reply found last. */
    int lastLength() {
        byte[] line = lines[last];
        return line == null ? 0 : line.length;
    }

    /** The reply whose line, line end included, is these octets; null if it is not known. */
    @Nullable
    Reply find(byte[] octets, int start, int end) {
        if (end - start > MAX_OCTETS) {
            return null;
        }
        int place = place(hash(octets, start, end));
        byte[] line = lines[place];
        if (line == null || !Arrays.equals(octets, start, end, line, 0, line.length)) {
            return null;
        }
        last = place;
        return replies[place];
    }

    void remember(byte[] octets, int start, int end, Reply reply) {
        if (!reply.isPositive() || end - start > MAX_OCTETS) {
            return;
        }
        int hash = hash(octets, start, end);
        int place = place(hash);
        if (seen[place] == hash) {
            lines[place] = Arrays.copyOfRange(octets, start, end);
            replies[place] = reply;
        }
        seen[place] = hash;
    }

    /** Of all octets: the usual replies to MAIL and RCPT differ in a single one. */
    private static int hash(byte[] octets, int start, int end) {
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = hash * 31 + octets[i];
        }
        return hash;
    }

    private static int place(int hash) {
        return (hash * SPREAD) >>> (Integer.numberOfLeadingZeros(PLACES) + 1);
    }
}
