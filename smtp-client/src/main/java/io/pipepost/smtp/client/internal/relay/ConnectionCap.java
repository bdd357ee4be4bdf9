/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.internal.border.Loops;
import java.time.Duration;

/**
 * How many connections a relay takes: what is configured, or less for some time after it has refused one. Guarded by the
 * pool's lock.
 */
final class ConnectionCap {
    private final int max;
    private final long interval;
    private final long memory;
    private int lowered;
    private long loweredAt;

    ConnectionCap(int max, Duration interval, Duration memory) {
        this.max = max;
        this.interval = Loops.nanos(interval);
        this.memory = Loops.nanos(memory);
        this.lowered = max;
    }

    /** A connection was refused while {@code others} were open or being opened. */
    void lower(int others, long now) {
        lowered = Math.max(1, Math.min(others, at(now)));
        loweredAt = now;
    }

    /** One more for each interval that went by without a refusal. */
    int at(long now) {
        if (lowered == max) {
            return max;
        }
        long elapsed = now - loweredAt;
        if (elapsed >= memory || elapsed / interval >= max - lowered) {
            lowered = max;
            return max;
        }
        return lowered + (int) (elapsed / interval);
    }
}
