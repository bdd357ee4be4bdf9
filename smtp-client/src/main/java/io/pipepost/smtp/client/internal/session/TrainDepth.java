/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * How many transactions one server takes in flight on a connection, as far as its sessions have learnt (R-2920-19,
 * R-2920-20):
 *
 * <pre>
 *   unknown --(probe answered)--> 2 --(each transaction answered behind another)--> 3 ... limit
 *      |                          |
 *      +--(denied, ignored)-------+--> refused: 1
 *   all are forgotten after a while
 * </pre>
 *
 * <p>Thread-safe. Sessions on several event loops read and write; a lost increment costs nothing, a refusal is never lost.
 */
public final class TrainDepth {
    /** R-2920-20. */
    static final Duration MEMORY = Duration.ofHours(1);

    private static final int UNKNOWN = 0;
    private static final int REFUSED = 1;
    private static final int FIRST = 2;

    private static final AtomicIntegerFieldUpdater<TrainDepth> DEPTH =
            AtomicIntegerFieldUpdater.newUpdater(TrainDepth.class, "depth");

    private final int limit;

    /** What counts as long as nothing was learnt. */
    private final int beforehand;

    private volatile int depth;
    private volatile long learntAt;

    /**
     * Creates the knowledge of a server of which nothing is known.
     *
     * @param limit the most that is wanted
     */
    public TrainDepth(int limit) {
        this(limit, UNKNOWN);
    }

    private TrainDepth(int limit, int beforehand) {
        this.limit = limit;
        this.beforehand = beforehand;
        this.depth = beforehand;
    }

    /**
     * The knowledge of a server that takes as many as are wanted.
     *
     * @param limit the most that is wanted
     * @return a new object
     */
    static TrainDepth known(int limit) {
        return new TrainDepth(limit, limit);
    }

    /** Forgets what is too old; called by each session as it becomes ready. */
    void refresh(long now) {
        if (depth != beforehand && now - learntAt > MEMORY.toNanos()) {
            depth = beforehand;
        }
    }

    /** Transactions that may be in flight now. */
    int current() {
        return Math.max(1, depth);
    }

    /** Whether a probe is due. */
    boolean isUnknown() {
        return limit > 1 && depth == UNKNOWN;
    }

    /** The server has processed what stood behind an end of data; true if that was not known. */
    boolean probed(long now) {
        if (depth != UNKNOWN) {
            return false;
        }
        learntAt = now;
        return DEPTH.compareAndSet(this, UNKNOWN, Math.min(FIRST, limit));
    }

    /** A transaction behind another was answered as it should be. */
    void grow() {
        int known = depth;
        if (known >= FIRST && known < limit) {
            DEPTH.compareAndSet(this, known, known + 1);
        }
    }

    /** The server does not take transactions behind one another; true if that was not known. */
    boolean refuse(long now) {
        learntAt = now;
        return DEPTH.getAndSet(this, REFUSED) != REFUSED;
    }
}
