/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.internal.border.Loops;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/** When a connection may be tried again after some have failed. Guarded by the pool's lock. */
final class BackOff {
    private final long first;
    private final long max;
    private final DoubleSupplier random;

    /** Zero while nothing has failed. */
    private long delay;

    private long endsAt;

    BackOff(Duration first, Duration max, DoubleSupplier random) {
        this.first = Loops.nanos(first);
        this.max = Loops.nanos(max);
        this.random = random;
    }

    void succeeded() {
        delay = 0;
    }

    /** Connections that fail together count once. Up to half is left out, so that clients do not all come back at once. */
    void failed(long now) {
        if (isOver(now)) {
            delay = delay == 0 ? first : Math.min(max, delay * 2);
            endsAt = now + delay - (long) (delay / 2.0 * random.getAsDouble());
        }
    }

    boolean isOver(long now) {
        return delay == 0 || now - endsAt >= 0;
    }

    long endsAt() {
        return endsAt;
    }
}
