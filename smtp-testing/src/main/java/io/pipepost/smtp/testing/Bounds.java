/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;

/** Checks what callers ask for. */
final class Bounds {
    private static final int LAST_PORT = 65_535;

    private Bounds() {}

    static int port(int found) {
        if (found < 0 || found > LAST_PORT) {
            throw new IllegalArgumentException("Expected a port of 0 to " + LAST_PORT + ", found " + found);
        }
        return found;
    }

    static int atLeastOne(String what, int found) {
        return (int) atLeast(1, what, found);
    }

    static long atLeast(long least, String what, long found) {
        if (found < least) {
            throw new IllegalArgumentException("Expected at least " + least + " " + what + ", found " + found);
        }
        return found;
    }

    static Duration notNegative(Duration found) {
        if (found.isNegative()) {
            throw new IllegalArgumentException("Expected no negative time, found " + found);
        }
        return found;
    }
}
