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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives work to sessions; sessions are never lent out, so none can be lost. A transaction goes to the idle session used
 * last, else into the queue, and a session is opened if fewer are being opened than transactions wait. A session that
 * becomes free asks for the next transaction itself.
 *
 * <p>One short lock guards all state. It is never held across I/O, callbacks, or a call into a session.
 */
public final class SessionPool {
    private static final long FIRST_BACK_OFF = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_BACK_OFF = TimeUnit.SECONDS.toNanos(30);

    private final PoolOptions options;
    private final SessionConnector connector;
    private final EventLoopGroup loops;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private final Object lock = new Object();

    // All below: guarded by the lock.
    private final Deque<PooledSession> idle = new ArrayDeque<>();
    private final Set<PooledSession> sessions = new HashSet<>();
    private final TransactionQueue queue = new TransactionQueue();

    /** Transactions that met a dead connection, and may only go to a fresh one (R-5321-78). */
    private final Deque<Transaction> replays = new ArrayDeque<>();

    private int opening;
    private boolean expiryScheduled;
    private boolean closing;
    private boolean ended;
    private int learntMessagesPerConnection = Integer.MAX_VALUE;
    private long backOff;
    private long noOpeningBefore = System.nanoTime();

    /**
     * Creates a pool without any session.
     *
     * @param options its limits
     * @param connector opens sessions
     * @param loops where sessions live
     */
    public SessionPool(PoolOptions options, SessionConnector connector, EventLoopGroup loops) {
        this.options = options;
        this.connector = connector;
        this.loops = loops;
    }

    // ---- giving work

    /**
     * Takes a transaction. Returns at once, unless the queue is full and the caller is to wait.
     *
     * @param transaction a transaction that was not started; settled in any case
     */
    public void submit(Transaction transaction) {
        long giveUpAt = System.nanoTime() + options.acquireTimeout().toNanos();
        Placement placement = place(transaction, giveUpAt, false);
        while (placement.room() != null) {
            if (!awaitRoom(placement.room(), giveUpAt)) {
                transaction.giveUp(Failure.of(
                        FailureCause.OVERLOADED,
                        Phase.QUEUE,
                        "The queue is full: " + options.maxQueued() + " messages wait, " + stats()));
                return;
            }
            placement = place(transaction, giveUpAt, false);
        }
        carryOut(placement, transaction);
    }

    /** A session that died between being chosen and being used hands its work back. */
    void giveBack(Transaction transaction) {
        carryOut(place(transaction, System.nanoTime() + options.acquireTimeout().toNanos(), true), transaction);
    }

    /**
     * Where a transaction goes: to an idle session, into the queue, or nowhere yet.
     *
     * @param session an idle session, now claimed
     * @param toOpen sessions to be opened for those in the queue
     * @param room opens when there may be room in the queue
     * @param refused whether the pool takes nothing any more
     */
    private record Placement(
            @Nullable PooledSession session,
            List<PooledSession> toOpen,
            @Nullable CountDownLatch room,
            boolean refused) {}

    private Placement place(Transaction transaction, long expiresAt, boolean again) {
        synchronized (lock) {
            if (again ? ended : closing) {
                return new Placement(null, List.of(), null, true);
            }
            PooledSession free = idle.pollFirst();
            if (free != null) {
                return new Placement(free, List.of(), null, false);
            }
            if (again) {
                queue.addFirst(transaction, expiresAt);
            } else if (queue.size() < options.maxQueued() + freePlaces()) {
                queue.add(transaction, expiresAt);
            } else {
                return new Placement(null, List.of(), queue.newCaller(), false);
            }
            return new Placement(null, placesToOpen(), null, false);
        }
    }

    private void carryOut(Placement placement, Transaction transaction) {
        if (placement.refused()) {
            transaction.giveUp(clientClosed());
        } else if (placement.session() != null) {
            placement.session().assign(transaction);
        } else {
            open(placement.toOpen());
            scheduleExpiry();
        }
    }

    /** Connections that may still be made; each can take a transaction that has nowhere to wait. */
    private int freePlaces() {
        return options.maxConnections() - sessions.size() + opening;
    }

    private boolean awaitRoom(CountDownLatch room, long giveUpAt) {
        boolean mayWait = options.whenFull() == PoolOptions.WhenFull.WAIT && !onEventLoop();
        boolean opened = false;
        try {
            opened = mayWait && room.await(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (lock) {
            queue.leave(room, opened);
        }
        return opened;
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

    /** Reserves places for sessions to be opened now: as many as transactions wait without one being opened for them. */
    private List<PooledSession> placesToOpen() {
        // Sessions that are alive serve the queue meanwhile; replays they cannot serve.
        boolean backingOff = !sessions.isEmpty() && replays.isEmpty() && System.nanoTime() - noOpeningBefore < 0;
        int wanted = queue.size() + replays.size() - opening;
        int count = backingOff ? 0 : Math.min(wanted, options.maxConnections() - sessions.size());
        if (count <= 0) {
            return List.of();
        }
        List<PooledSession> reserved = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            reserved.add(new PooledSession(this, options));
        }
        opening += count;
        sessions.addAll(reserved);
        return reserved;
    }

    private void open(List<PooledSession> reserved) {
        reserved.forEach(session -> connector.open(loops.next(), session));
    }

    /** Work for a session that is free; makes it idle if there is none. */
    @Nullable
    Transaction nextFor(PooledSession session) {
        boolean fresh = session.isFresh();
        synchronized (lock) {
            Transaction next = fresh ? pollReplays() : null;
            if (next == null) {
                next = queue.poll();
            }
            if (next == null && !closing) {
                idle.addFirst(session);
                queue.callNext();
            }
            return next;
        }
    }

    private @Nullable Transaction pollReplays() {
        Transaction next = replays.poll();
        while (next != null && next.isCancelled()) {
            next = replays.poll();
        }
        return next;
    }

    boolean isClosing() {
        synchronized (lock) {
            return closing;
        }
    }

    /**
     * Takes a transaction for a fresh connection. The session that it comes from is still in its place, and about to
     * leave it: that place is opened anew, if no other is free, and the fresh session there asks for replays first.
     */
    boolean replay(Transaction transaction, Failure failure, int carried) {
        List<PooledSession> toOpen;
        synchronized (lock) {
            if (closing) {
                return false;
            }
            learn(failure, carried);
            replays.add(transaction);
            toOpen = placesToOpen();
        }
        open(toOpen);
        return true;
    }

    /** R-5321-83: how many messages the server takes on one connection. An idle timeout (X.4.2) says nothing of it. */
    private void learn(Failure failure, int carried) {
        Reply reply = failure.reply();
        EnhancedStatusCode status = reply == null ? null : reply.enhancedStatus();
        boolean aboutCount = status != null && status.subject() == 5 && failure.phase() == Phase.MAIL;
        if (aboutCount && carried > 0) {
            learntMessagesPerConnection = Math.min(learntMessagesPerConnection, carried);
        }
    }

    int messagesPerConnection() {
        synchronized (lock) {
            return Math.min(options.maxMessagesPerConnection(), learntMessagesPerConnection);
        }
    }

    // ---- the life of sessions

    void opened() {
        synchronized (lock) {
            opening--;
            backOff = 0;
            noOpeningBefore = System.nanoTime();
        }
    }

    /** Nobody who waits is left without hope: if no session is alive or being opened, all fail of this failure. */
    void openFailed(PooledSession session, Failure failure) {
        List<Transaction> hopeless = new ArrayList<>();
        synchronized (lock) {
            opening--;
            session.markFailed();
            long now = System.nanoTime();
            // Connections that fail together count once.
            if (now - noOpeningBefore >= 0) {
                backOff = backOff == 0 ? FIRST_BACK_OFF : Math.min(MAX_BACK_OFF, backOff * 2);
                noOpeningBefore = now + backOff;
            }
            boolean othersLeft = sessions.stream().anyMatch(other -> !other.isFailed());
            if (!othersLeft) {
                hopeless.addAll(replays);
                replays.clear();
                queue.drainTo(hopeless);
            } else if (!replays.isEmpty()) {
                hopeless.add(replays.remove());
            }
        }
        hopeless.forEach(transaction -> transaction.giveUp(failure));
    }

    void closed(PooledSession session) {
        List<PooledSession> toOpen;
        boolean last;
        synchronized (lock) {
            sessions.remove(session);
            idle.remove(session);
            toOpen = placesToOpen();
            queue.callAll();
            last = closing && sessions.isEmpty();
        }
        open(toOpen);
        if (last) {
            closed.complete(null);
        }
    }

    /** Takes a session out of the idle ones; false if it has got work in the meantime. */
    boolean claim(PooledSession session) {
        synchronized (lock) {
            return idle.remove(session);
        }
    }

    /** Up to a tenth less, so that sessions of one age do not all end at once. */
    static long jittered(Duration maxAge) {
        long nanos = maxAge.toNanos();
        return nanos - (long) (nanos / 10.0 * ThreadLocalRandom.current().nextDouble());
    }

    // ---- the acquire timeout

    private void scheduleExpiry() {
        long delay;
        synchronized (lock) {
            OptionalLong expiry = queue.nextExpiry();
            if (expiry.isEmpty() || expiryScheduled) {
                return;
            }
            expiryScheduled = true;
            delay = expiry.getAsLong() - System.nanoTime();
        }
        try {
            loops.next().schedule(this::expire, delay, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException loopsAreGone) {
            failQueue(clientClosed());
        }
    }

    private void expire() {
        List<Transaction> expired;
        PoolStats numbers;
        synchronized (lock) {
            expiryScheduled = false;
            expired = queue.takeExpired(System.nanoTime());
            numbers = stats();
        }
        if (!expired.isEmpty()) {
            Failure failure = Failure.of(
                    FailureCause.OVERLOADED,
                    Phase.QUEUE,
                    "No session was free within " + options.acquireTimeout() + ", " + numbers);
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
        List<PooledSession> unused;
        boolean empty;
        synchronized (lock) {
            if (closing) {
                return closed;
            }
            closing = true;
            unused = new ArrayList<>(idle);
            idle.clear();
            empty = sessions.isEmpty();
            queue.callAll();
        }
        unused.forEach(PooledSession::retire);
        if (empty) {
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
        List<PooledSession> left;
        synchronized (lock) {
            left = new ArrayList<>(sessions);
        }
        left.forEach(session -> session.abort(failure));
        closed.complete(null);
    }

    private void failQueue(Failure failure) {
        List<Transaction> left = new ArrayList<>();
        synchronized (lock) {
            ended = true;
            left.addAll(replays);
            replays.clear();
            queue.drainTo(left);
        }
        left.forEach(transaction -> transaction.giveUp(failure));
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
        synchronized (lock) {
            return new PoolStats(
                    opening, idle.size(), sessions.size() - opening - idle.size(), queue.size() + replays.size());
        }
    }
}
