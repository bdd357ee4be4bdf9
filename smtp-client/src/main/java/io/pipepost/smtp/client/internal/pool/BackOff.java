/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import java.util.concurrent.TimeUnit;

/** When a connection may be tried again after some have failed. Guarded by the pool's lock. */
final class BackOff {
    private static final long FIRST = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX = TimeUnit.SECONDS.toNanos(30);

    /** Zero while nothing has failed. */
    private long delay;

    private long endsAt;

    void succeeded() {
        delay = 0;
    }

    /** Connections that fail together count once. */
    void failed(long now) {
        if (isOver(now)) {
            delay = delay == 0 ? FIRST : Math.min(MAX, delay * 2);
            endsAt = now + delay;
        }
    }

    boolean isOver(long now) {
        return delay == 0 || now - endsAt >= 0;
    }
}
