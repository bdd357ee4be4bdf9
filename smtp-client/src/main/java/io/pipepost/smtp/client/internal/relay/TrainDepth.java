/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

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

    /** What is known, and since when, as one value: nothing comes between what is seen of it and what is made of that. */
    private record Known(int depth, long since) {}

    private static final Known NOTHING = new Known(UNKNOWN, 0);

    private static final AtomicReferenceFieldUpdater<TrainDepth, Known> KNOWN =
            AtomicReferenceFieldUpdater.newUpdater(TrainDepth.class, Known.class, "known");

    private final int limit;

    /** What counts as long as nothing was learnt. */
    private final Known beforehand;

    private volatile Known known;

    /**
     * Creates the knowledge of a server of which nothing is known.
     *
     * @param limit the most that is wanted
     */
    public TrainDepth(int limit) {
        this(limit, NOTHING);
    }

    private TrainDepth(int limit, Known beforehand) {
        this.limit = limit;
        this.beforehand = beforehand;
        this.known = beforehand;
    }

    /**
     * The knowledge of a server that takes as many as are wanted.
     *
     * @param limit the most that is wanted
     * @return a new object
     */
    public static TrainDepth known(int limit) {
        return new TrainDepth(limit, new Known(limit, 0));
    }

    /** Forgets what is too old; called by each session as it becomes ready. */
    @SuppressWarnings("ReferenceEquality") // It is the value itself that was given beforehand.
    public void refresh(long now) {
        Known old = known;
        if (old != beforehand && now - old.since() > MEMORY.toNanos()) {
            KNOWN.compareAndSet(this, old, beforehand);
        }
    }

    /** Transactions that may be in flight now. */
    public int current() {
        return Math.max(1, known.depth());
    }

    /** Whether a probe is due. */
    public boolean isUnknown() {
        return limit > 1 && known.depth() == UNKNOWN;
    }

    /** The server has processed what stood behind an end of data; true if that was not known. */
    public boolean probed(long now) {
        return KNOWN.compareAndSet(this, NOTHING, new Known(Math.min(FIRST, limit), now));
    }

    /** A transaction behind another was answered as it should be. */
    public void grow() {
        Known before = known;
        if (before.depth() >= FIRST && before.depth() < limit) {
            KNOWN.compareAndSet(this, before, new Known(before.depth() + 1, before.since()));
        }
    }

    /** The server does not take transactions behind one another; true if that was not known. */
    public boolean refuse(long now) {
        return KNOWN.getAndSet(this, new Known(REFUSED, now)).depth() != REFUSED;
    }
}
