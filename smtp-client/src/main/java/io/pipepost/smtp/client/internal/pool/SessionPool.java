/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.EnhancedStatusCode;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Gives work to sessions; sessions are never lent out, so none can be lost. A transaction goes to the idle session used
 * last, else to the one with room used last, else into the queue, and a session is opened if fewer are being opened than
 * transactions wait. A session that has room asks for the next transaction itself.
 *
 * <p>{@link PoolState} decides, under one short lock; this class carries out what it says.
 */
public final class SessionPool {
    private final PoolOptions options;
    private final EventLoopGroup loops;
    private final PoolState state;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final AtomicBoolean expiryScheduled = new AtomicBoolean();

    /**
     * Creates a pool without any session.
     *
     * @param options its limits
     * @param connector opens sessions
     * @param loops where sessions live
     */
    public SessionPool(PoolOptions options, SessionConnector connector, EventLoopGroup loops) {
        this.options = options;
        this.loops = loops;
        this.state = new PoolState(options, new Route(connector), route -> new PooledSession(this, route, options));
    }

    // ---- giving work

    /**
     * Takes a transaction. Returns at once, unless the queue is full and the caller is to wait.
     *
     * @param transaction a transaction that was not started; settled in any case
     */
    public void submit(Transaction transaction) {
        long giveUpAt = giveUpAt();
        PoolState.Placement placement = state.place(transaction, giveUpAt, false);
        while (placement.room() != null) {
            if (!awaitRoom(placement.room(), giveUpAt)) {
                transaction.giveUp(Failure.of(
                        FailureCause.OVERLOADED,
                        Phase.QUEUE,
                        "The queue is full: " + options.maxQueued() + " messages wait, " + stats()));
                return;
            }
            placement = state.place(transaction, giveUpAt, false);
        }
        carryOut(placement, transaction);
    }

    private long giveUpAt() {
        return System.nanoTime() + options.acquireTimeout().toNanos();
    }

    /** A session that lost its room between being chosen and being used hands its work back. */
    void giveBack(Transaction transaction) {
        carryOut(state.place(transaction, giveUpAt(), true), transaction);
    }

    private void carryOut(PoolState.Placement placement, Transaction transaction) {
        if (placement.refused()) {
            transaction.giveUp(clientClosed());
        } else if (placement.session() != null) {
            placement.session().assign(transaction);
        } else {
            open(placement.toOpen());
            scheduleExpiry();
        }
    }

    private boolean awaitRoom(CountDownLatch room, long giveUpAt) {
        boolean mayWait = options.whenFull() == PoolOptions.WhenFull.WAIT && !onEventLoop();
        boolean called = false;
        try {
            called = mayWait && room.await(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        state.leave(room, called);
        return called;
    }

    private boolean onEventLoop() {
        if (Thread.currentThread() instanceof FastThreadLocalThread) {
            return true;
        }
        for (EventExecutor loop : loops) {
            if (loop.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    private void open(List<PooledSession> places) {
        for (PooledSession place : places) {
            place.route().connector().open(loops.next(), place);
        }
    }

    // ---- called by sessions

    @Nullable
    Transaction nextFor(PooledSession session, boolean fresh, boolean idle) {
        return state.nextFor(session, fresh, idle);
    }

    boolean isClosing() {
        return state.isClosing();
    }

    boolean replay(PooledSession from, Transaction transaction, Failure failure, int carried) {
        learn(from.route(), failure, carried);
        List<PooledSession> toOpen = state.replay(transaction);
        if (toOpen == null) {
            return false;
        }
        open(toOpen);
        return true;
    }

    /** R-5321-83: how many messages the server takes on one connection. An idle timeout (X.4.2) says nothing of it. */
    private void learn(Route route, Failure failure, int carried) {
        Reply reply = failure.reply();
        EnhancedStatusCode status = reply == null ? null : reply.enhancedStatus();
        boolean aboutCount = status != null && status.subject() == 5 && failure.phase() == Phase.MAIL;
        if (aboutCount && carried > 0) {
            state.learn(route, carried);
        }
    }

    void opened(PooledSession session) {
        state.opened(session);
    }

    void openFailed(PooledSession session, Failure failure) {
        state.openFailed(session).forEach(transaction -> transaction.giveUp(failure));
    }

    void closed(PooledSession session) {
        open(state.closed(session));
        if (state.isDeserted()) {
            closed.complete(null);
        }
    }

    boolean claimIdle(PooledSession session) {
        return state.claimIdle(session);
    }

    void forget(PooledSession session) {
        state.forget(session);
    }

    // ---- replacing sessions

    /**
     * Opens sessions by other means from now on. Those that are open, or being opened, take no more work: they finish
     * what they carry, then say QUIT.
     *
     * @param successor given what opens sessions, returns what opens them from now on, which may be the same
     */
    public void retireAll(UnaryOperator<SessionConnector> successor) {
        state.replace(successor).forEach(PooledSession::retire);
    }

    // ---- the acquire timeout

    private void scheduleExpiry() {
        OptionalLong expiry = state.nextExpiry();
        if (expiry.isEmpty() || !expiryScheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            loops.next().schedule(this::expire, expiry.getAsLong() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException loopsAreGone) {
            failQueue(clientClosed());
        }
    }

    private void expire() {
        expiryScheduled.set(false);
        List<Transaction> expired = state.takeExpired(System.nanoTime());
        if (!expired.isEmpty()) {
            Failure failure = Failure.of(
                    FailureCause.OVERLOADED,
                    Phase.QUEUE,
                    "No session was free within " + options.acquireTimeout() + ", " + stats());
            expired.forEach(transaction -> transaction.giveUp(failure));
        }
        scheduleExpiry();
    }

    // ---- the end

    /**
     * Closes the pool: takes no more work, finishes what it has until the deadline, then gives up the rest.
     *
     * @param drain how long to go on with what was submitted
     * @return a future that completes when all is done, or given up; sessions may then still be closing
     */
    public CompletableFuture<Void> close(Duration drain) {
        List<PooledSession> unused = state.beginClosing();
        if (unused == null) {
            return closed;
        }
        unused.forEach(PooledSession::retire);
        if (state.isDeserted()) {
            closed.complete(null);
        } else {
            scheduleForcedEnd(drain);
        }
        return closed;
    }

    private void scheduleForcedEnd(Duration drain) {
        try {
            loops.next().schedule(this::endByForce, drain.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException loopsAreGone) {
            endByForce();
        }
    }

    private void endByForce() {
        Failure failure = clientClosed();
        failQueue(failure);
        state.sessions().forEach(session -> session.abort(failure));
        closed.complete(null);
    }

    private void failQueue(Failure failure) {
        state.end().forEach(transaction -> transaction.giveUp(failure));
    }

    private static Failure clientClosed() {
        return Failure.of(FailureCause.CLIENT_CLOSED, Phase.QUEUE, "The client is closed");
    }

    /**
     * The pool at this moment.
     *
     * @return numbers that belong together
     */
    public PoolStats stats() {
        return state.stats();
    }
}
