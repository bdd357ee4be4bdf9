/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

/**
 * So many tokens per second, and up to a burst of them at once. Not thread-safe, and without a clock: each call says what
 * time it is, by {@link System#nanoTime}. A demand beyond the burst is met once the bucket is full, and leaves a debt.
 */
public final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;

    private final double perNano;
    private final double burst;
    private double tokens;
    private long countedAt;

    public TokenBucket(double perSecond, double burst, long now) {
        this.perNano = perSecond / NANOS_PER_SECOND;
        this.burst = burst;
        this.tokens = burst;
        this.countedAt = now;
    }

    /** Takes tokens; false if there are not enough yet. */
    public boolean tryTake(int count, long now) {
        if (nanosUntil(count, now) > 0) {
            return false;
        }
        tokens -= count;
        return true;
    }

    /** How long until so many can be taken, if nobody else takes any. */
    public long nanosUntil(int count, long now) {
        refill(now);
        double missing = Math.min(count, burst) - tokens;
        return missing <= 0 ? 0 : (long) Math.ceil(missing / perNano);
    }

    boolean isFull(long now) {
        refill(now);
        return tokens >= burst;
    }

    private void refill(long now) {
        long elapsed = now - countedAt;
        if (elapsed > 0) {
            tokens = Math.min(burst, tokens + elapsed * perNano);
            countedAt = now;
        }
    }
}
