/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import java.util.Arrays;
import java.util.Random;

/** Draws lots from given octets, one or two for each, and goes on by a generator that follows from them. */
final class FuzzedRandom extends Random {
    private static final long serialVersionUID = 1L;

    private final byte[] octets;
    private int next;

    FuzzedRandom(byte[] octets) {
        super(Arrays.hashCode(octets));
        this.octets = octets;
    }

    @Override
    public int nextInt(int bound) {
        int width = bound <= 256 ? 1 : 2;
        if (next + width > octets.length) {
            return super.nextInt(bound);
        }
        int drawn = 0;
        for (int i = 0; i < width; i++) {
            drawn = drawn << 8 | (octets[next++] & 0xFF);
        }
        return drawn % bound;
    }

    @Override
    public boolean nextBoolean() {
        return nextInt(2) == 1;
    }
}
