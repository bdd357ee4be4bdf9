/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import java.util.function.LongSupplier;

/**
 * How long a message may still wait for a session: a clock that runs while it waits, and stands while a session has it. A
 * replay goes on with the clock of the attempt before, so that meeting a dead connection neither costs a message its time
 * nor gives it more. What a throttle permitted is kept too.
 *
 * <p>Not thread-safe: it goes from hand to hand with its transaction, and the pool's lock guards it in the pool.
 */
public abstract class Waiting {
    private enum Clock {
        STANDING,
        RUNNING,
        /** Of a message that waits as long as it takes. */
        NONE
    }

    private Clock clock = Clock.STANDING;

    /** What is left while the clock stands; when it ends, by the pool's clock, while it runs. */
    private long nanos;

    private boolean permitted;

    Waiting() {}

    /** Goes on where another attempt at the same has stopped waiting. */
    Waiting(Waiting before) {
        this.clock = before.clock;
        this.nanos = before.nanos;
        this.permitted = before.permitted;
    }

    /**
     * Limits the wait; the clock stands until {@link #run}.
     *
     * @param most in nanoseconds
     */
    public final void limit(long most) {
        nanos = most;
    }

    /** Lets the message wait as long as it takes. */
    public final void patiently() {
        clock = Clock.NONE;
    }

    /**
     * Whether the message waits as long as it takes.
     *
     * @return true after {@link #patiently}
     */
    public final boolean isPatient() {
        return clock == Clock.NONE;
    }

    /**
     * The message waits from now on, if it did not before.
     *
     * @param now the pool's clock
     */
    public final void run(LongSupplier now) {
        if (clock == Clock.STANDING) {
            clock = Clock.RUNNING;
            nanos += now.getAsLong();
        }
    }

    /**
     * A session is given the message.
     *
     * @param now the pool's clock
     */
    public final void stand(LongSupplier now) {
        if (clock == Clock.RUNNING) {
            clock = Clock.STANDING;
            nanos -= now.getAsLong();
        }
    }

    /**
     * When the message has waited for too long; means nothing unless the clock runs.
     *
     * @return by the pool's clock
     */
    public final long endsAt() {
        return nanos;
    }

    /**
     * Whether the message has waited for too long.
     *
     * @param now by the pool's clock
     * @return false if it is patient
     */
    public final boolean isOver(long now) {
        return clock == Clock.RUNNING && nanos - now <= 0;
    }

    // ---- throttles

    /** Notes that it may enter a session as far as throttles are concerned. */
    public final void permit() {
        permitted = true;
    }

    /**
     * Whether no throttle need be asked any more.
     *
     * @return true once it was permitted
     */
    public final boolean isPermitted() {
        return permitted;
    }
}
