/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.dialogue.Deadline;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A place in the pool and the session that fills it. */
final class PooledSession extends Place implements SessionListener {
    private final SessionPool pool;
    private final SessionConnector connector;
    private final PoolOptions options;
    private final long maxAge;

    /** Written on the session's event loop when it is connected; read by threads that assign work or close the pool. */
    private volatile @Nullable Session session;

    /** Whether there is a session, or will be none; written as that is known, read by any thread. */
    private volatile boolean settled;

    /** Written by whoever closes the pool by force; read on the event loop. */
    private volatile @Nullable Failure abandoned;

    // Confined to the session's event loop.
    private @Nullable Deadline idleDeadline;

    PooledSession(SessionPool pool, Route route, SessionConnector connector, PoolOptions options) {
        super(route);
        this.pool = pool;
        this.connector = connector;
        this.options = options;
        this.maxAge = jittered(options.maxAge());
    }

    /** Up to a tenth less, so that sessions of one age do not all end at once. */
    static long jittered(Duration maxAge) {
        long nanos = Loops.nanos(maxAge);
        return nanos - (long) (nanos / 10.0 * ThreadLocalRandom.current().nextDouble());
    }

    // ---- called by any thread

    @Override
    public void open(EventLoop loop) {
        connector.open(loop, this);
    }

    @Override
    @Nullable
    public String awaited() {
        if (settled) {
            return null;
        }
        Session s = session;
        return s == null
                ? "the newest connection is waiting to be connected to " + route().relay()
                : "the newest connection is waiting at " + s.openingStep();
    }

    @Override
    public void assign(Transaction transaction) {
        Session s = Objects.requireNonNull(session);
        if (!s.execute(() -> run(s, transaction))) {
            pool.giveBack(transaction);
        }
    }

    private void run(Session s, Transaction transaction) {
        try {
            startOrGiveBack(s, transaction);
        } catch (Throwable e) {
            // If the session has it, it is settled with it.
            transaction.giveUp(new Failure(
                    FailureCause.CONNECTION_LOST, Phase.QUEUE, "Cannot begin the message: " + Words.of(e), null, e));
            throw e;
        }
    }

    /** Much may have happened since it was said to have room. */
    private void startOrGiveBack(Session s, Transaction transaction) {
        if (s.fits(transaction) && !isWorn(s)) {
            Transaction work = pool.admits(transaction, s, route()) ? transaction : onRoom(s);
            if (work != null) {
                s.start(work);
            }
            return;
        }
        if (s.isUsable() && isWorn(s)) {
            leave(s);
        }
        pool.giveBack(transaction);
    }

    @Override
    public void retire() {
        Session s = session;
        if (s != null) {
            s.execute(() -> leave(s));
        }
    }

    @Override
    public void abort(Failure failure) {
        abandoned = failure;
        Session s = session;
        if (s != null) {
            s.execute(() -> s.fail(failure));
        }
    }

    // ---- called on the session's event loop

    @Override
    public void onConnected(Session connected) {
        session = connected;
        Failure reason = abandoned;
        if (reason != null) {
            connected.fail(reason);
        }
    }

    @Override
    public void onReady(Session ready) {
        settled = true;
        pool.opened(this);
        idleDeadline = new Deadline(ready.eventLoop(), () -> onIdleTooLong(ready));
    }

    @Override
    public void onOpenFailed(Failure failure) {
        settled = true;
        pool.openFailed(this, failure);
    }

    @Override
    public @Nullable Transaction onRoom(Session asking) {
        if (isWorn(asking)) {
            leave(asking);
            return null;
        }
        boolean idle = asking.inFlight() == 0;
        Transaction work = pool.nextFor(this, asking);
        if (work != null) {
            return work;
        }
        if (isDismissed() || pool.isClosing()) {
            leave(asking);
        } else if (idle) {
            armIdleDeadline();
        }
        return null;
    }

    private void armIdleDeadline() {
        if (idleDeadline != null) {
            idleDeadline.arm(options.idleTime());
        }
    }

    private boolean isWorn(Session s) {
        long age = s.eventLoop().ticker().nanoTime() - s.readySince();
        int limit = Math.min(options.maxMessagesPerConnection(), route().messagesPerConnection());
        return isOutdated() || age >= maxAge || s.transactions() >= limit;
    }

    private void leave(Session s) {
        pool.forget(this);
        s.retire();
    }

    private void onIdleTooLong(Session idle) {
        boolean worn = isWorn(idle);
        if (pool.claimIdle(this, worn)) {
            idle.retire();
        } else {
            armIdleDeadline();
        }
    }

    /** Whether nothing but perhaps a first transaction was sent. */
    boolean isNew() {
        Session s = session;
        return s != null && s.transactions() <= 1;
    }

    @Override
    public boolean isPooled() {
        return true;
    }

    @Override
    public void onUnfit(Transaction transaction, Failure failure) {
        pool.sendElsewhere(this, transaction);
    }

    @Override
    public boolean onReplay(Transaction transaction, Failure failure, int before) {
        return pool.replay(this, transaction, failure, before);
    }

    @Override
    public void onClosed(@Nullable Failure failure) {
        if (idleDeadline != null) {
            idleDeadline.cancel();
        }
        pool.closed(this, failure);
    }
}
