/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.internal.session.Deadline;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.mail.Failure;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** A place in the pool and the session that fills it, from before it is opened until it is gone. */
final class PooledSession implements SessionListener {
    private final SessionPool pool;
    private final PoolOptions options;
    private final long maxAge;

    /** Written on the session's event loop when it is connected; read by threads that assign work or close the pool. */
    private volatile @Nullable Session session;

    /** Written by whoever closes the pool by force; read on the event loop. */
    private volatile @Nullable Failure abandoned;

    /** Guarded by the pool's lock. */
    private boolean failed;

    /** Confined to the session's event loop. */
    private @Nullable Deadline idleDeadline;

    PooledSession(SessionPool pool, PoolOptions options) {
        this.pool = pool;
        this.options = options;
        this.maxAge = SessionPool.jittered(options.maxAge());
    }

    void markFailed() {
        failed = true;
    }

    boolean isFailed() {
        return failed;
    }

    /** Whether nothing was sent over this session yet. */
    boolean isFresh() {
        Session s = session;
        return s != null && s.transactions() == 0;
    }

    /** Starts a transaction on this session, which was idle. Called by any thread. */
    void assign(Transaction transaction) {
        Session s = java.util.Objects.requireNonNull(session);
        try {
            s.eventLoop().execute(() -> run(s, transaction));
        } catch (RejectedExecutionException loopIsGone) {
            pool.giveBack(transaction);
        }
    }

    private void run(Session s, Transaction transaction) {
        if (s.isUsable()) {
            s.start(transaction);
        } else {
            pool.giveBack(transaction);
        }
    }

    /** Ends this session in good order; it is idle, and claimed from the pool. Called by any thread. */
    void retire() {
        Session s = session;
        if (s != null) {
            onLoop(s.eventLoop(), s::retire);
        }
    }

    /** Ends this session at once. Called by any thread. */
    void abort(Failure failure) {
        abandoned = failure;
        Session s = session;
        if (s != null) {
            onLoop(s.eventLoop(), () -> s.fail(failure));
        }
    }

    private static void onLoop(EventLoop loop, Runnable action) {
        try {
            loop.execute(action);
        } catch (RejectedExecutionException loopIsGone) {
            // Its channels are closed with it.
        }
    }

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
        pool.opened();
        idleDeadline = new Deadline(ready.eventLoop(), () -> onIdleTooLong(ready));
    }

    @Override
    public void onOpenFailed(Failure failure) {
        pool.openFailed(this, failure);
    }

    @Override
    public @Nullable Transaction onRoom(Session free) {
        if (isWorn(free)) {
            free.retire();
            return null;
        }
        Transaction next = pool.nextFor(this);
        if (next != null) {
            return next;
        }
        if (pool.isClosing()) {
            free.retire();
        } else if (idleDeadline != null) {
            idleDeadline.arm(options.idleTime());
        }
        return null;
    }

    private boolean isWorn(Session s) {
        long age = s.eventLoop().ticker().nanoTime() - s.readySince();
        return age >= maxAge || s.transactions() >= pool.messagesPerConnection();
    }

    private void onIdleTooLong(Session idle) {
        if (pool.claim(this)) {
            idle.retire();
        }
    }

    @Override
    public boolean onReplay(Transaction transaction, Failure failure) {
        Session s = session;
        return pool.replay(transaction, failure, s == null ? 0 : s.transactions() - 1);
    }

    @Override
    public void onClosed(@Nullable Failure failure) {
        if (idleDeadline != null) {
            idleDeadline.cancel();
        }
        pool.closed(this);
    }
}
