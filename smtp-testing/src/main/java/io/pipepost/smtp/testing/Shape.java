/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;

/** A fault that changes when, and in what pieces, the octets of a direction pass. */
record Shape(Kind kind, Direction direction, int octets, Duration time) implements Fault {
    enum Kind {
        SPLIT,
        DRIP,
        MERGE,
        DELAY
    }

    @Override
    public String toString() {
        String what = Stop.word(kind) + " " + direction;
        String size = kind == Kind.DELAY ? "" : " " + octets + " octets";
        return what + size + (time.isZero() ? "" : " " + time.toMillis() + " ms");
    }
}
