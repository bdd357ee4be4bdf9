/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.ForwardPath;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A mail transaction as the pool sees it: it waits until a session takes it, or somebody gives it up.
 *
 * <pre>
 *   WAITING --(a session)--> TAKEN
 *      \----(given up)-----> OVER
 * </pre>
 *
 * <p>Until a session takes it, any thread may give it up; from then on it is its session's event loop's, and whoever wants
 * it stopped asks there.
 */
public abstract sealed class Submission permits Transaction {
    private static final int WAITING = 0;
    private static final int TAKEN = 1;
    private static final int OVER = 2;
    private static final AtomicIntegerFieldUpdater<Submission> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Submission.class, "state");

    /** Who may go on with it: whoever moves it on from WAITING. */
    private volatile int state = WAITING;

    private boolean permitted;
    private long waitsUntil;
    private boolean patient;

    Submission() {}

    /** Whether the caller wants it no more. */
    abstract boolean isUnwanted();

    /** Nobody will take it. */
    abstract void onGivenUp(Failure reason);

    /** Stops what a session has begun, on its event loop. */
    abstract void abandon(Failure reason, boolean inAnyCase);

    /** Where it is being carried out; null before a session has it. */
    abstract @Nullable EventLoop eventLoop();

    /**
     * Who it is for.
     *
     * @return the recipients, at least one
     */
    public abstract List<ForwardPath> recipients();

    // ---- the wait

    /**
     * Limits how long it may wait for a session.
     *
     * @param time by {@link System#nanoTime}
     */
    public final void waitUntil(long time) {
        waitsUntil = time;
    }

    /** Lets it wait for a session as long as it takes. */
    public final void waitPatiently() {
        patient = true;
    }

    /**
     * Whether it waits as long as it takes.
     *
     * @return true after {@link #waitPatiently}
     */
    public final boolean isPatient() {
        return patient;
    }

    /**
     * When it has waited for too long; means nothing if it is patient.
     *
     * @return by {@link System#nanoTime}
     */
    public final long waitsUntil() {
        return waitsUntil;
    }

    /** Notes that it may enter a session as far as throttles are concerned. */
    public final void permit() {
        permitted = true;
    }

    /**
     * Whether it need not ask a throttle any more.
     *
     * @return true once it was permitted
     */
    public final boolean isPermitted() {
        return permitted;
    }

    // ---- its end

    /**
     * Whether nobody waits for the end any more. May be called from any thread.
     *
     * @return true once the caller has given up
     */
    public final boolean isCancelled() {
        return state == OVER || isUnwanted();
    }

    /** Takes it for a session, which must be known by then; false if nobody wants it any more. */
    final boolean moveToSession() {
        return STATE.compareAndSet(this, WAITING, TAKEN);
    }

    /** Ends it without a word to anybody; false if it is too late for that. */
    final boolean drop() {
        return STATE.compareAndSet(this, WAITING, OVER);
    }

    /**
     * Gives up a transaction that is in no session; does nothing to any other. May be called from any thread.
     *
     * @param reason why
     */
    public final void giveUp(Failure reason) {
        if (drop()) {
            onGivenUp(reason);
        }
    }

    /**
     * Sees to it that the message is not sent, if that is still possible. May be called from any thread.
     *
     * @param reason why
     * @return true if no session had begun it: it is settled now; false if the session sees to it, or it is too late
     */
    public final boolean cancel(Failure reason) {
        return stop(reason, false);
    }

    /**
     * The same as {@link #cancel}, but where it is too late to stop the message, its recipients are INDETERMINATE at once,
     * whatever the server still says. May be called from any thread.
     *
     * @param reason why
     */
    public final void expire(Failure reason) {
        stop(reason, true);
    }

    final boolean stop(Failure reason, boolean inAnyCase) {
        if (state == WAITING) {
            giveUp(reason);
            if (state == OVER) {
                return true;
            }
        }
        EventLoop loop = eventLoop();
        if (state == TAKEN && loop != null) {
            try {
                loop.execute(() -> abandon(reason, inAnyCase));
            } catch (RejectedExecutionException loopIsGone) {
                // The session has told its end, or will be told of it by whoever closes the client.
            }
        }
        return false;
    }
}
