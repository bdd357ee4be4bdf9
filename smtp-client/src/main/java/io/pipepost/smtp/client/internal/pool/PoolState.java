/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.internal.relay.FreeSessions;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.client.internal.throttle.ParkedTransactions;
import io.pipepost.smtp.client.internal.transaction.Submission;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.Waiting;
import io.pipepost.smtp.mail.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides who gets which work. Its monitor is the pool's lock: short, and never held across I/O, callbacks or a call into
 * a session, all of which {@link SessionPool} does.
 */
final class PoolState {
    private final PoolOptions options;
    private final Routes routes;
    private final Roster roster;
    private final LongSupplier clock;

    @GuardedBy("this")
    private final TransactionQueue queue = new TransactionQueue();

    @GuardedBy("this")
    private final ParkedTransactions parked = new ParkedTransactions();

    /** Connections that are kept once there was something to do. */
    @GuardedBy("this")
    private int minimum;

    @GuardedBy("this")
    private boolean closing;

    @GuardedBy("this")
    private boolean ended;

    PoolState(PoolOptions options, Routes routes, Function<Route, Place> newSession, LongSupplier clock) {
        this.options = options;
        this.routes = routes;
        this.clock = clock;
        this.minimum = options.growth().minConnections();
        this.roster = new Roster(options, routes, newSession, clock);
    }

    // ---- work

    /** Nothing to be done now; most messages of a busy pool meet it. */
    private static final Placement QUEUED = new Placement(null, List.of(), null, false);

    synchronized Placement place(Transaction transaction, boolean again) {
        if (again ? ended : closing) {
            return new Placement(null, List.of(), null, true);
        }
        Waiting waiting = transaction.waiting();
        boolean bounded = !again && !waiting.isPatient();
        if (bounded && parked.size() >= Math.max(1, options.maxQueued())) {
            // A free session would only add another to those that wait for permits.
            return new Placement(null, List.of(), queue.newCaller(), false);
        }
        Place free = routes.takeFree();
        if (free != null) {
            waiting.stand(clock);
            return new Placement(free, roster.reservePreferred(free.route()), null, false);
        }
        waiting.run(clock);
        if (again) {
            queue.addFirst(transaction);
        } else if (!bounded || hasRoom()) {
            queue.add(transaction);
        } else {
            return new Placement(null, List.of(), queue.newCaller(), false);
        }
        roster.keepAtLeast(minimum);
        return queued(reserve());
    }

    @GuardedBy("this")
    private boolean hasRoom() {
        return queue.admitted() + parked.size() < (long) options.maxQueued() + roster.prospects();
    }

    private Placement queued(List<Place> toOpen) {
        return toOpen.isEmpty() ? QUEUED : new Placement(null, toOpen, null, false);
    }

    @GuardedBy("this")
    private List<Place> reserve() {
        return roster.reserve(queue.size() + queue.replays(), queue.replays());
    }

    /** Forgets a transaction that is not wanted any more. */
    synchronized void withdraw(Submission transaction) {
        if (!queue.remove(transaction) && !parked.withdraw(transaction)) {
            // Perhaps its caller is still waiting for room.
            queue.callAll();
        }
    }

    /** A caller that waited for room has been called, or has given up. */
    synchronized void leave(CountDownLatch room, boolean called) {
        queue.leave(room, called);
    }

    /**
     * Work for a session that has room. If there is none, the session is remembered, unless it is to leave. If what is
     * next does not fit behind what the session carries, it is not: it asks again when that has ended.
     *
     * @param session the session
     * @param idle whether it carries nothing now
     * @param fits whether it could start a transaction now; looks, and does nothing
     */
    synchronized @Nullable Transaction nextFor(Place session, boolean idle, Predicate<Transaction> fits) {
        Transaction next = choose(session, idle, fits);
        if (next != null) {
            next.waiting().stand(clock);
        }
        return next;
    }

    @GuardedBy("this")
    private @Nullable Transaction choose(Place session, boolean idle, Predicate<Transaction> fits) {
        FreeSessions free = session.route().free();
        free.remove(session);
        if (session.isDismissed()) {
            return null;
        }
        Transaction next = queue.pollReplay(session.aliveSince(), fits);
        if (next != null) {
            return next;
        }
        int replaysForOthers = queue.mayReplay(session.aliveSince()) ? 0 : queue.replays();
        if (!queue.isEmpty() && roster.mustLeave(session, replaysForOthers)) {
            return null;
        }
        next = queue.poll(fits);
        if (next == null && !closing && queue.size() == 0) {
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
    synchronized @Nullable List<Place> replay(Transaction transaction) {
        if (ended || transaction.isCancelled()) {
            return null;
        }
        transaction.waiting().run(clock);
        queue.addReplay(transaction, clock.getAsLong());
        return reserve();
    }

    /**
     * The same for a transaction that a session has no room for, which leaves: it is the first that a fresh one gets.
     *
     * @return sessions to be opened; null if the transaction is not taken
     */
    synchronized @Nullable List<Place> sendElsewhere(Place from, Transaction transaction) {
        roster.leaves(from);
        if (ended) {
            return null;
        }
        transaction.waiting().run(clock);
        queue.addFirstReplay(transaction, clock.getAsLong());
        return reserve();
    }

    /** Keeps a transaction that cannot enter a session yet; false if it is too late for that. */
    synchronized boolean park(Transaction transaction, CompletableFuture<Void> permit) {
        if (!ended) {
            transaction.waiting().run(clock);
            parked.park(transaction, permit);
        }
        return !ended;
    }

    /** Takes a transaction that can enter a session now, or never; false if it was given up before. */
    synchronized boolean unpark(Transaction transaction) {
        boolean taken = parked.unpark(transaction);
        queue.callNext();
        return taken;
    }

    synchronized void learn(Route about, int messagesPerConnection) {
        about.learnMessagesPerConnection(messagesPerConnection);
    }

    // ---- the life of sessions

    /** The session is about to ask for work; there may be more than it takes. */
    synchronized Change opened(Place session) {
        RelayNews.News news = roster.opened(session);
        List<Place> toOpen = roster.reserve(queue.size() + queue.replays() - 1, queue.replays());
        return new Change(news, session.route().connections(), toOpen, null, List.of());
    }

    /** Nobody who waits is left without hope: if no session is alive or may be opened, all fail. */
    synchronized Change openFailed(Place session, Failure failure) {
        RelayNews.News news = roster.openFailed(session, failure);
        List<Transaction> hopeless = new ArrayList<>();
        if (!roster.hasHope()) {
            queue.drainTo(hopeless);
        } else if (queue.replays() > 0 && !roster.anyHealthy()) {
            hopeless.add(queue.removeReplay());
        }
        return new Change(news, session.route().connections(), reserve(), null, hopeless);
    }

    /** Frees a place; sessions may be opened in its stead. */
    synchronized Change closed(Place session, boolean tooMany) {
        RelayNews.News news = roster.closed(session, tooMany);
        List<Place> toOpen = reserve();
        Place toRetire = toOpen.isEmpty() && queue.replays() > 0 ? roster.dismissIdle() : null;
        queue.callAll();
        return new Change(news, session.route().connections(), toOpen, toRetire, List.of());
    }

    /** Time has passed since sessions were withheld. */
    synchronized List<Place> grow() {
        return closing && queue.isEmpty() ? List.of() : reserve();
    }

    /** Whether sessions are not opened though they are wanted; needs no lock. */
    boolean withholds() {
        return roster.withholds();
    }

    /** How long they are withheld for the clock's sake. */
    synchronized long nanosUntilGrowth() {
        return roster.nanosUntilGrowth();
    }

    /** Opens the minimum of connections, at least one, and keeps it; null if the pool is closing. */
    synchronized @Nullable List<Place> warmUp() {
        if (closing) {
            return null;
        }
        minimum = Math.max(1, minimum);
        roster.keepAtLeast(minimum);
        int wanted = Math.max(queue.size() + queue.replays(), minimum - roster.alive());
        return roster.reserve(wanted, queue.replays());
    }

    synchronized boolean isWarm() {
        return roster.isWarm();
    }

    /**
     * Takes a session out that is still idle, and not kept as one of the minimum; false if it has got work in the
     * meantime, or is kept.
     */
    synchronized boolean claimIdle(Place session, boolean worn) {
        return (worn || !roster.isKept()) && session.route().free().claimIdle(session);
    }

    /** Gives a session no more work. */
    synchronized void forget(Place session) {
        session.route().free().remove(session);
    }

    /**
     * Opens other sessions from now on.
     *
     * @return the sessions of before; they are not given any more work
     */
    synchronized List<Place> retireAll() {
        for (Route route : routes.all()) {
            route.beginGeneration();
            route.free().drainTo(new ArrayList<>());
        }
        return roster.all();
    }

    // ---- time

    synchronized OptionalLong nextExpiry() {
        OptionalLong queued = queue.nextExpiry();
        OptionalLong asking = parked.nextExpiry();
        if (queued.isEmpty() || asking.isEmpty()) {
            return queued.isEmpty() ? asking : queued;
        }
        return queued.getAsLong() - asking.getAsLong() < 0 ? queued : asking;
    }

    synchronized List<Transaction> takeExpired() {
        List<Transaction> expired = new ArrayList<>();
        queue.takeExpired(clock.getAsLong(), expired);
        if (!expired.isEmpty()) {
            queue.callAll();
        }
        return expired;
    }

    /** Takes those that have waited too long, the last of it for a permit. */
    synchronized List<Transaction> takeUnpermitted() {
        List<Transaction> expired = new ArrayList<>();
        parked.takeExpired(clock.getAsLong(), expired);
        if (!expired.isEmpty()) {
            queue.callAll();
        }
        return expired;
    }

    /** Takes the permits that nobody waits for any more. */
    synchronized List<CompletableFuture<Void>> takeUnwantedPermits() {
        return parked.takeUnwanted();
    }

    // ---- the end

    /**
     * Takes no more work from callers.
     *
     * @return the sessions that may be carrying nothing; null if the pool was closing already
     */
    synchronized @Nullable List<Place> beginClosing() {
        if (closing) {
            return null;
        }
        closing = true;
        minimum = 0;
        roster.keepAtLeast(0);
        List<Place> unused = new ArrayList<>();
        routes.all().forEach(route -> route.free().drainTo(unused));
        queue.callAll();
        return unused;
    }

    synchronized boolean isClosing() {
        return closing;
    }

    /**
     * Whether the pool is closing, and nothing waits for a session, or is on one: then those that are only being opened,
     * perhaps by a server that never greets, are of no use to anybody.
     */
    synchronized boolean isDeserted() {
        return closing
                && queue.isEmpty()
                && parked.size() == 0
                && roster.all().stream().allMatch(Place::isOpening);
    }

    synchronized List<Place> sessions() {
        return roster.all();
    }

    /** Takes nothing any more; what waits is to be given up. */
    synchronized List<Transaction> end() {
        ended = true;
        List<Transaction> left = new ArrayList<>();
        queue.drainTo(left);
        parked.drainTo(left);
        return left;
    }

    synchronized PoolStats stats() {
        int idle = routes.all().stream().mapToInt(route -> route.free().idle()).sum();
        int busy = roster.size() - roster.opening() - idle;
        int queued = queue.size() + queue.replays() + parked.size();
        return new PoolStats(roster.opening(), idle, busy, queued);
    }
}
