/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

/**
 * A mail transaction as the pool sees it: it waits until a session takes it, or somebody gives it up.
 *
 * <p>Until a session takes it, any thread may give it up; from then on it is its session's event loop's, and whoever wants
 * it stopped asks there ({@link Claim}).
 */
public abstract class Submission extends Waiting {
    private static final AtomicReferenceFieldUpdater<Submission, Claim> CLAIM =
            AtomicReferenceFieldUpdater.newUpdater(Submission.class, Claim.class, "claim");

    private volatile Claim claim = Claim.WAITING;

    Submission() {}

    Submission(Waiting before) {
        super(before);
    }

    /** Whether the caller wants it no more. */
    abstract boolean isUnwanted();

    /** Nobody will take it. */
    abstract void onGivenUp(Failure reason);

    /** Stops what a session has begun, on its event loop. */
    abstract void abandon(Failure reason, boolean inAnyCase);

    /** Does something where it is being carried out, if a session has it. */
    abstract void onSession(Runnable action);

    /**
     * Keeps to those of its recipients that a session has room for now, and leaves the others for later. Called on that
     * session's event loop, by whoever has taken it out of the pool.
     *
     * @param extensions what the server offers there
     * @param limits what that session has room for
     * @param trust how far the server is trusted
     * @return those who would be named there, nobody if nothing would be sent
     */
    public abstract List<ForwardPath> narrowFor(Extensions extensions, SessionLimits limits, Trust trust);

    /**
     * How long it may wait for a session, which a replay inherits. For the pool that it waits in.
     *
     * @return its clock
     */
    public final Waiting waiting() {
        return this;
    }

    /**
     * What a cancellation concerns now: the last replay, if this was replayed. May be called from any thread.
     *
     * @return this, or what has come of it
     */
    public abstract Submission latest();

    // ---- its end

    /**
     * Whether nobody waits for the end any more. May be called from any thread.
     *
     * @return true once the caller has given up
     */
    public final boolean isCancelled() {
        return claim == Claim.OVER || isUnwanted();
    }

    /** Takes it for a session, which must be known by then; false if nobody wants it any more. */
    final boolean moveToSession() {
        return CLAIM.compareAndSet(this, Claim.WAITING, Claim.TAKEN);
    }

    /** Ends it without a word to anybody; false if it is too late for that. */
    final boolean drop() {
        return CLAIM.compareAndSet(this, Claim.WAITING, Claim.OVER);
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
        if (claim == Claim.WAITING) {
            giveUp(reason);
            if (claim == Claim.OVER) {
                return true;
            }
        }
        if (claim == Claim.TAKEN) {
            onSession(() -> abandon(reason, inAnyCase));
        }
        return false;
    }
}
