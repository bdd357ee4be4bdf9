/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import org.jspecify.annotations.Nullable;

/**
 * A place at one relay that a session fills, from before it is opened until it is gone: all that is decided of it. What is
 * here is guarded by the pool's lock, but for what says otherwise; what is done is its heirs'.
 */
public abstract class Place {
    private enum Standing {
        OPENING,
        ALIVE,
        /** Still there until its connection is gone. */
        FAILED
    }

    private final Route route;
    private final int generation;

    // The list's.
    @Nullable
    SessionList list;

    @Nullable
    Place previous;

    @Nullable
    Place next;

    private boolean trial;
    private Standing standing = Standing.OPENING;

    /** Of no meaning before it is alive. */
    private long aliveSince;

    /** Written under the pool's lock on the session's event loop, or before it is told to retire; read there. */
    private boolean dismissed;

    public Place(Route route) {
        this.route = route;
        this.generation = route.generation();
    }

    /** Needs no lock. */
    public final Route route() {
        return route;
    }

    /** A place is kept; on trial if the relay was down. */
    public final void reserved(boolean onTrial) {
        trial = onTrial;
    }

    public final boolean isTrial() {
        return trial;
    }

    public final boolean isOpening() {
        return standing == Standing.OPENING;
    }

    /** The session is ready, by the pool's clock, which is not its event loop's. */
    public final void becomeAlive(long now) {
        standing = Standing.ALIVE;
        aliveSince = now;
    }

    public final long aliveSince() {
        return aliveSince;
    }

    public final boolean isAlive() {
        return standing == Standing.ALIVE;
    }

    public final void failToOpen() {
        standing = Standing.FAILED;
    }

    /** It is to take no more work, so that others have its place. */
    public final void dismiss() {
        dismissed = true;
    }

    public final boolean isDismissed() {
        return dismissed;
    }

    /** Whether it is of an earlier generation; needs no lock. */
    public final boolean isOutdated() {
        return generation != route.generation();
    }

    // ---- done by any thread, without the lock

    /** Opens its session. */
    public abstract void open(EventLoop loop);

    /** Starts a transaction on its session, which had room. */
    public abstract void assign(Transaction transaction);

    /** Ends its session in good order, behind what it carries. */
    public abstract void retire();

    /** Ends its session at once. */
    public abstract void abort(Failure failure);

    /** What is still being waited for before there is a session, for people; null if nothing is. */
    public abstract @Nullable String awaited();
}
