/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import java.util.concurrent.ThreadLocalRandom;

/** SipHash-2-4 (Aumasson and Bernstein, 2012) of one block of eight octets, with a key that is drawn for each object. */
@EventLoopConfined
final class KeyedHash {
    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /** Draws a key. It lies beside the hashes, so it has to be new, not secret; a SecureRandom may block the event loop. */
    KeyedHash() {
        this(ThreadLocalRandom.current().nextLong(), ThreadLocalRandom.current().nextLong());
    }

    KeyedHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /**
     * Hashes a block; whoever knows the hash has to guess the block, even with the key.
     *
     * @param block eight octets
     * @param length how many of them count, so that equal blocks of different lengths differ
     */
    long of(long block, int length) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        compress(block);
        compress((long) length << 56);
        v2 ^= 0xFF;
        round();
        round();
        round();
        round();
        long hash = v0 ^ v1 ^ v2 ^ v3;
        // All four together could be computed back.
        v0 = 0;
        v1 = 0;
        v2 = 0;
        v3 = 0;
        return hash;
    }

    private void compress(long block) {
        v3 ^= block;
        round();
        round();
        v0 ^= block;
    }

    private void round() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
