/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides who gets which work, and which sessions are opened. Its monitor is the pool's lock: short, and never held
 * across I/O, callbacks or a call into a session, all of which {@link SessionPool} does.
 */
final class PoolState {
    private final PoolOptions options;
    private final Route route;
    private final Function<Route, PooledSession> newSession;
    private final TransactionQueue queue = new TransactionQueue();

    /** All that hold a place, from before they are opened until they are gone. */
    private final Set<PooledSession> sessions = new HashSet<>();

    private int opening;
    private boolean closing;
    private boolean ended;

    PoolState(PoolOptions options, Route route, Function<Route, PooledSession> newSession) {
        this.options = options;
        this.route = route;
        this.newSession = newSession;
    }

    // ---- work

    /**
     * Where a transaction goes: to a session, into the queue, or nowhere yet.
     *
     * @param session a session with room, now claimed
     * @param toOpen sessions to be opened for those in the queue
     * @param room opens when there may be room in the queue
     * @param refused whether the pool takes nothing any more
     */
    record Placement(
            @Nullable PooledSession session,
            List<PooledSession> toOpen,
            @Nullable CountDownLatch room,
            boolean refused) {}

    synchronized Placement place(Transaction transaction, long expiresAt, boolean again) {
        if (again ? ended : closing) {
            return new Placement(null, List.of(), null, true);
        }
        PooledSession free = route.free().take();
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
        return new Placement(null, reserve(), null, false);
    }

    /** Connections that may still be made; each can take a transaction that has nowhere to wait. */
    private int freePlaces() {
        return options.maxConnections() - sessions.size() + opening;
    }

    /** A caller that waited for room has been called, or has given up. */
    synchronized void leave(CountDownLatch room, boolean called) {
        queue.leave(room, called);
    }

    /**
     * Work for a session that has room. If there is none, the session is remembered, unless the pool is closing.
     *
     * @param session the session
     * @param fresh whether nothing was sent over it yet
     * @param idle whether it carries nothing now
     */
    synchronized @Nullable Transaction nextFor(PooledSession session, boolean fresh, boolean idle) {
        FreeSessions free = session.route().free();
        free.remove(session);
        Transaction next = fresh ? queue.pollReplay() : null;
        if (next == null) {
            next = queue.poll();
        }
        if (next == null && !closing) {
            free.add(session, idle);
            queue.callNext();
        }
        return next;
    }

    /**
     * Takes a transaction for a fresh connection. The session that it comes from is still in its place, and about to
     * leave it: that place is opened anew, if no other is free, and the fresh session there asks for replays first.
     *
     * @return sessions to be opened; null if the transaction is not taken
     */
    synchronized @Nullable List<PooledSession> replay(Transaction transaction) {
        if (closing) {
            return null;
        }
        queue.addReplay(transaction);
        return reserve();
    }

    synchronized void learn(Route about, int messagesPerConnection) {
        about.learnMessagesPerConnection(messagesPerConnection);
    }

    // ---- the life of sessions

    /** Reserves places for sessions to be opened now: as many as transactions wait without one being opened for them. */
    private List<PooledSession> reserve() {
        // Sessions that are alive serve the queue meanwhile; replays they cannot serve.
        boolean backingOff =
                !sessions.isEmpty() && queue.replays() == 0 && !route.backOff().isOver(System.nanoTime());
        int wanted = queue.size() + queue.replays() - opening;
        int count = backingOff ? 0 : Math.min(wanted, options.maxConnections() - sessions.size());
        if (count <= 0) {
            return List.of();
        }
        List<PooledSession> reserved = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            reserved.add(newSession.apply(route));
        }
        opening += count;
        sessions.addAll(reserved);
        return reserved;
    }

    synchronized void opened(PooledSession session) {
        opening--;
        session.route().backOff().succeeded();
    }

    /**
     * A session cannot be opened. Nobody who waits is left without hope: if no session is alive or being opened, all
     * fail.
     *
     * @return the transactions that fail
     */
    synchronized List<Transaction> openFailed(PooledSession session) {
        opening--;
        session.markFailed();
        List<Transaction> hopeless = new ArrayList<>();
        if (session.isOutdated()) {
            return hopeless;
        }
        session.route().backOff().failed(System.nanoTime());
        boolean othersLeft = sessions.stream().anyMatch(other -> !other.isFailed());
        if (!othersLeft) {
            queue.drainTo(hopeless);
        } else if (queue.replays() > 0) {
            hopeless.add(queue.removeReplay());
        }
        return hopeless;
    }

    /** Frees a place; sessions are to be opened in its stead. */
    synchronized List<PooledSession> closed(PooledSession session) {
        sessions.remove(session);
        session.route().free().remove(session);
        List<PooledSession> toOpen = reserve();
        queue.callAll();
        return toOpen;
    }

    /** Takes a session out that is still idle; false if it has got work in the meantime. */
    synchronized boolean claimIdle(PooledSession session) {
        return session.route().free().claimIdle(session);
    }

    /** Gives a session no more work. */
    synchronized void forget(PooledSession session) {
        session.route().free().remove(session);
    }

    /**
     * Opens sessions by other means from now on.
     *
     * @return the sessions of before; they are not given any more work
     */
    synchronized List<PooledSession> replace(UnaryOperator<SessionConnector> successor) {
        route.replace(successor.apply(route.connector()));
        route.free().drainTo(new ArrayList<>());
        return new ArrayList<>(sessions);
    }

    // ---- time

    synchronized OptionalLong nextExpiry() {
        return queue.nextExpiry();
    }

    synchronized List<Transaction> takeExpired(long now) {
        return queue.takeExpired(now);
    }

    // ---- the end

    /**
     * Takes no more work from callers.
     *
     * @return the sessions that may be carrying nothing; null if the pool was closing already
     */
    synchronized @Nullable List<PooledSession> beginClosing() {
        if (closing) {
            return null;
        }
        closing = true;
        List<PooledSession> unused = new ArrayList<>();
        route.free().drainTo(unused);
        queue.callAll();
        return unused;
    }

    synchronized boolean isClosing() {
        return closing;
    }

    /** Whether the pool is closing, and has no more sessions. */
    synchronized boolean isDeserted() {
        return closing && sessions.isEmpty();
    }

    synchronized List<PooledSession> sessions() {
        return new ArrayList<>(sessions);
    }

    /** Takes nothing any more; what waits is to be given up. */
    synchronized List<Transaction> end() {
        ended = true;
        List<Transaction> left = new ArrayList<>();
        queue.drainTo(left);
        return left;
    }

    synchronized PoolStats stats() {
        int idle = route.free().idle();
        return new PoolStats(opening, idle, sessions.size() - opening - idle, queue.size() + queue.replays());
    }
}
