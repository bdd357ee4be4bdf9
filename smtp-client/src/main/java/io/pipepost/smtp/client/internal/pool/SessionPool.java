/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.Refusals;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.throttle.PermitGate;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.Waiting;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ForwardPath;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives work to sessions; sessions are never lent out, so none can be lost. A transaction goes to the idle session used
 * last, else to the one with room used last, else into the queue, and a session is opened if fewer are being opened than
 * transactions wait. A session that has room asks for the next transaction itself.
 *
 * <p>{@link PoolState} decides, under one short lock; this class carries out what it says.
 */
public final class SessionPool implements Delivery.Work {
    private static final long SHORTEST_WAIT = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(1);

    private final PoolOptions options;
    private final EventLoopGroup loops;
    /** The place whose session was opened last; written by whoever opens, read by whoever gives up. */
    private volatile @Nullable Place newest;

    private final PoolState state;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final PoolTimer expiry;
    private final PoolTimer growth;
    private final PoolTimer forcedEnd;
    private final WarmUps warmUps;
    private final RelayNews news;
    private final PermitGate gate;

    /**
     * Creates a pool without any session.
     *
     * @param options its limits
     * @param relays where sessions lead to, and what opens them
     * @param throttle limits how fast work enters sessions
     * @param observer hears of the relays' health
     * @param loops where sessions live
     */
    public SessionPool(
            PoolOptions options,
            List<Target> relays,
            SendThrottle throttle,
            SmtpObserver observer,
            EventLoopGroup loops) {
        this.gate = new PermitGate(throttle);
        this.options = options;
        this.loops = loops;
        this.news = new RelayNews(observer);
        this.expiry = new PoolTimer(loops, this::expire);
        this.growth = new PoolTimer(loops, this::grow);
        this.forcedEnd = new PoolTimer(loops, this::endByForce);
        closed.thenRun(this::cancelTimers);
        Map<Route, SessionConnector> connectors = new LinkedHashMap<>();
        for (Target each : relays) {
            connectors.put(new Route(each.relay(), options.growth(), System::nanoTime), each.connector());
        }
        this.state = new PoolState(
                options,
                new Routes(connectors.keySet()),
                route -> new PooledSession(this, route, Objects.requireNonNull(connectors.get(route)), options),
                System::nanoTime);
        this.warmUps = new WarmUps(state);
    }

    // ---- giving work

    /**
     * Takes a transaction. Returns at once, unless the queue is full and the caller is to wait.
     *
     * @param transaction a transaction that was not started; settled in any case
     */
    @Override
    public void submit(Transaction transaction) {
        Waiting waiting = transaction.waiting();
        waiting.limit(Loops.nanos(options.acquireTimeout()));
        waiting.run(System::nanoTime);
        Placement placement = state.place(transaction, false);
        while (placement.room() != null) {
            if (!awaitRoom(placement.room(), waiting.endsAt())) {
                transaction.giveUp(Failure.of(
                        FailureCause.OVERLOADED,
                        Phase.QUEUE,
                        "The queue is full, which holds " + options.maxQueued()
                                + " messages and one for each connection being opened (PoolOptions.withQueue): "
                                + inWords(stats())));
                return;
            }
            if (transaction.isCancelled()) {
                return;
            }
            placement = state.place(transaction, false);
        }
        carryOut(placement, transaction);
    }

    @Override
    public void withdraw(Transaction transaction) {
        state.withdraw(transaction.latest());
        cancelUnwantedPermits();
        if (state.isDeserted()) {
            closed.complete(null);
        }
    }

    /**
     * Where flows hand in their work, which keep to the pool's size by themselves: there is always room, and it waits as
     * long as it takes.
     *
     * @return takes transactions
     */
    public Delivery.Work patiently() {
        return new Delivery.Work() {
            @Override
            public void submit(Transaction transaction) {
                transaction.waiting().patiently();
                carryOut(state.place(transaction, false), transaction);
            }

            @Override
            public boolean isPatient() {
                return true;
            }

            @Override
            public void withdraw(Transaction transaction) {
                SessionPool.this.withdraw(transaction);
            }
        };
    }

    /** A session that lost its room between being chosen and being used hands its work back. */
    void giveBack(Transaction transaction) {
        carryOut(state.place(transaction, true), transaction);
    }

    private void carryOut(Placement placement, Transaction transaction) {
        if (placement.refused()) {
            transaction.giveUp(ClientClosed.at(Phase.QUEUE));
        } else if (placement.session() != null) {
            placement.session().assign(transaction);
            open(placement.toOpen());
        } else {
            open(placement.toOpen());
            scheduleExpiry();
            scheduleGrowth();
        }
    }

    private boolean awaitRoom(CountDownLatch room, long giveUpAt) {
        boolean mayWait = Loops.mayWaitForRoom(options.whenFull(), loops);
        boolean called = false;
        try {
            called = mayWait && room.await(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        state.leave(room, called);
        return called;
    }

    private void open(List<Place> places) {
        for (Place place : places) {
            newest = place;
            place.open(loops.next());
        }
    }

    // ---- called by sessions

    @Nullable
    Transaction nextFor(Place place, Session session) {
        while (true) {
            Transaction next = state.nextFor(place, session.inFlight() == 0, session::fits);
            if (next == null || admits(next, session, place.route())) {
                warmUps.endIfWarm(); // Now it can be found by whoever waited for it, or is at work.
                return next;
            }
        }
    }

    /**
     * Whether a transaction may enter a session now; if not, it comes back with its permit, or fails for want of one. What
     * sends nothing there needs none.
     */
    boolean admits(Transaction transaction, Session session, Route route) {
        List<ForwardPath> named = gate.isOpenFor(transaction) ? List.of() : session.narrow(transaction);
        if (named.isEmpty()) {
            return true;
        }
        CompletableFuture<Void> permit = gate.ask(route.relay(), named);
        if (permit.isDone() && !permit.isCompletedExceptionally()) {
            transaction.waiting().permit();
            return true;
        }
        if (state.park(transaction, permit)) {
            scheduleExpiry();
            permit.whenComplete((granted, error) -> onPermit(transaction, error));
        } else {
            permit.cancel(false);
            transaction.giveUp(ClientClosed.at(Phase.QUEUE));
        }
        return false;
    }

    private void onPermit(Transaction transaction, @Nullable Throwable error) {
        if (!state.unpark(transaction)) {
            return;
        }
        if (error == null) {
            transaction.waiting().permit();
            giveBack(transaction);
        } else {
            transaction.giveUp(PermitGate.refused(error));
            completeIfDeserted();
        }
    }

    boolean isClosing() {
        return state.isClosing();
    }

    boolean replay(Place from, Transaction transaction, Failure failure, int carried) {
        if (Refusals.saysWornOut(failure) && carried > 0) {
            state.learn(from.route(), carried);
        }
        List<Place> toOpen = state.replay(transaction);
        if (toOpen == null) {
            return false;
        }
        openForReplay(toOpen);
        return true;
    }

    /** R-9422-01: the session has no room left for it, which a fresh one has. */
    void sendElsewhere(Place from, Transaction transaction) {
        List<Place> toOpen = state.sendElsewhere(from, transaction);
        if (toOpen == null) {
            transaction.giveUp(ClientClosed.at(Phase.QUEUE));
        } else {
            openForReplay(toOpen);
        }
    }

    private void openForReplay(List<Place> toOpen) {
        open(toOpen);
        scheduleNextExpiry();
        scheduleGrowth();
    }

    void opened(Place session) {
        carryOut(state.opened(session), session, null);
    }

    void openFailed(Place session, Failure failure) {
        carryOut(state.openFailed(session, failure), session, failure);
        warmUps.fail(failure);
    }

    void closed(PooledSession session, @Nullable Failure failure) {
        boolean tooMany = failure != null && session.isNew() && Refusals.saysTooMany(failure);
        carryOut(state.closed(session, tooMany), session, failure);
        completeIfDeserted();
    }

    private void completeIfDeserted() {
        if (state.isDeserted()) {
            closed.complete(null);
        }
    }

    private void carryOut(Change change, Place session, @Nullable Failure failure) {
        if (failure == null || failure.cause() != FailureCause.CLIENT_CLOSED) {
            news.tell(change.news(), session.route().relay(), change.connections(), failure);
        }
        if (failure != null) {
            change.hopeless().forEach(transaction -> transaction.giveUp(failure));
        }
        if (change.toRetire() != null) {
            change.toRetire().retire();
        }
        open(change.toOpen());
        scheduleGrowth();
    }

    boolean claimIdle(Place session, boolean worn) {
        return state.claimIdle(session, worn);
    }

    void forget(Place session) {
        state.forget(session);
    }

    // ---- more and other sessions

    /**
     * Opens the minimum of connections, at least one, though there is no work.
     *
     * @return a future that completes when so many are ready for mail, or fails if one cannot be opened
     */
    public CompletableFuture<Void> warmUp() {
        CompletableFuture<Void> warm = warmUps.begin();
        List<Place> toOpen = state.warmUp();
        if (toOpen == null) {
            warmUps.fail(ClientClosed.at(Phase.QUEUE));
        } else {
            open(toOpen);
            scheduleGrowth();
            warmUps.endIfWarm();
        }
        return warm;
    }

    /**
     * Opens other sessions from now on, as what opens them does it in another way. Those that are open, or being opened,
     * take no more work: they finish what they carry, then say QUIT.
     */
    public void retireAll() {
        state.retireAll().forEach(Place::retire);
    }

    /** Looks again, after a while, if sessions were not opened for reasons that pass. */
    private void scheduleGrowth() {
        if (!state.withholds() || growth.isSet()) {
            return;
        }
        long delay = Math.max(SHORTEST_WAIT, Math.min(LONGEST_WAIT, state.nanosUntilGrowth()));
        try {
            growth.set(delay);
        } catch (RejectedExecutionException loopsAreGone) {
            failQueue(ClientClosed.at(Phase.QUEUE));
        }
    }

    private void grow() {
        open(state.grow());
        scheduleGrowth();
    }

    // ---- the acquire timeout

    /** Nobody's time is over before that of those who came earlier. */
    private void scheduleExpiry() {
        if (!expiry.isSet()) {
            scheduleNextExpiry();
        }
    }

    /** But a replay has waited before. */
    private void scheduleNextExpiry() {
        OptionalLong next = state.nextExpiry();
        if (next.isEmpty()) {
            return;
        }
        try {
            expiry.set(next.getAsLong() - System.nanoTime());
        } catch (RejectedExecutionException loopsAreGone) {
            failQueue(ClientClosed.at(Phase.QUEUE));
        }
    }

    private void expire() {
        giveUp(state.takeExpired(), "No session was free", newestAttempt());
        giveUp(state.takeUnpermitted(), Border.THROTTLE.silent(), "");
        scheduleExpiry();
    }

    private void giveUp(List<Transaction> expired, String what, String detail) {
        if (!expired.isEmpty()) {
            Failure failure = Failure.of(
                    FailureCause.OVERLOADED,
                    Phase.QUEUE,
                    what + " within " + Words.of(options.acquireTimeout()) + " (PoolOptions.withAcquireTimeout): "
                            + inWords(stats()) + detail);
            expired.forEach(transaction -> transaction.giveUp(failure));
            cancelUnwantedPermits();
            completeIfDeserted();
        }
    }

    /** Whoever gives up before an attempt to connect does would not learn what is the matter with it. */
    private String newestAttempt() {
        Place attempt = newest;
        String awaited = attempt == null ? null : attempt.awaited();
        return awaited == null ? "" : "; " + awaited;
    }

    private static String inWords(PoolStats stats) {
        return "connections being opened %d, idle %d, busy %d, messages queued %d"
                .formatted(stats.connecting(), stats.idle(), stats.busy(), stats.queued());
    }

    // ---- the end

    /**
     * Closes the pool: takes no more work, finishes what it has until the deadline, then gives up the rest.
     *
     * @param drain how long to go on with what was submitted
     * @return a future that completes when all is done, or given up; sessions may then still be closing
     */
    public CompletableFuture<Void> close(Duration drain) {
        List<Place> unused = state.beginClosing();
        if (unused == null) {
            return closed;
        }
        unused.forEach(Place::retire);
        warmUps.fail(ClientClosed.at(Phase.QUEUE));
        if (state.isDeserted()) {
            closed.complete(null);
        } else {
            scheduleForcedEnd(drain);
        }
        return closed;
    }

    private void scheduleForcedEnd(Duration drain) {
        try {
            forcedEnd.set(Loops.nanos(drain));
        } catch (RejectedExecutionException loopsAreGone) {
            endByForce();
        }
    }

    private void endByForce() {
        Failure failure = ClientClosed.at(Phase.QUEUE);
        failQueue(failure);
        state.sessions().forEach(session -> session.abort(failure));
        closed.complete(null);
    }

    /** Whoever owns the event loops may go on with them. */
    private void cancelTimers() {
        expiry.cancel();
        growth.cancel();
        forcedEnd.cancel();
    }

    private void failQueue(Failure failure) {
        state.end().forEach(transaction -> transaction.giveUp(failure));
        cancelUnwantedPermits();
    }

    private void cancelUnwantedPermits() {
        state.takeUnwantedPermits().forEach(permit -> permit.cancel(false));
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
