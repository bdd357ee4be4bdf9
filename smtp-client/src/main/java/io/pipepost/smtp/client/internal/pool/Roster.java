/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.Refusals;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.mail.Failure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All sessions, and when there are to be more. Guarded by the pool's lock. */
final class Roster {
    private final PoolOptions options;
    private final Routes routes;
    private final Function<Route, Place> newSession;
    private final LongSupplier clock;

    /** All that hold a place, from before they are opened until they are gone. */
    private final Set<Place> sessions = new HashSet<>();

    private int opening;

    /** Of those being opened, the ones that only see whether a relay has recovered. */
    private int trials;

    private int alive;

    /** Sessions that leave to make room for others. */
    private int dismissed;

    private int kept;

    /** Written under the pool's lock; read without it by whoever has just been there, to save doing so again. */
    private volatile boolean withheld;

    Roster(PoolOptions options, Routes routes, Function<Route, Place> newSession, LongSupplier clock) {
        this.options = options;
        this.routes = routes;
        this.newSession = newSession;
        this.clock = clock;
    }

    long nanosUntilGrowth() {
        return routes.nanosUntilChange(clock.getAsLong());
    }

    int size() {
        return sessions.size();
    }

    int opening() {
        return opening;
    }

    int alive() {
        return alive;
    }

    List<Place> all() {
        return new ArrayList<>(sessions);
    }

    /** Connections that may still be made; each can take a transaction that has nowhere to wait. */
    int prospects() {
        return options.maxConnections() - sessions.size() + opening;
    }

    private boolean isFull() {
        return sessions.size() >= options.maxConnections();
    }

    // ---- growth

    /** From now on the minimum of connections is kept. */
    void keepAtLeast(int connections) {
        kept = Math.min(connections, options.maxConnections());
    }

    boolean isKept() {
        return alive + opening <= kept;
    }

    boolean isWarm() {
        return alive >= kept;
    }

    /** Whether less than what is wanted was reserved, for reasons that time will change. */
    boolean withholds() {
        return withheld;
    }

    /**
     * Reserves places for sessions to be opened now: as many as transactions wait without one being opened for them.
     *
     * @param waiting transactions that wait
     * @param replays those among them that only a fresh session can take
     */
    List<Place> reserve(int waiting, int replays) {
        withheld = false;
        int wanted = Math.max(waiting - (opening - trials), kept - alive - opening);
        if (wanted <= 0 || isFull()) {
            return List.of();
        }
        long now = clock.getAsLong();
        List<Place> reserved = new ArrayList<>();
        Route trial = routes.toTry(now);
        if (trial != null) {
            reserved.add(reserve(trial, now));
        }
        int missing = wanted;
        while (missing > 0 && !isFull()) {
            Route route = routes.toGrow(now);
            if (route == null) {
                break;
            }
            reserved.add(reserve(route, now));
            missing--;
        }
        boolean noneLeft = alive + opening == 0 && waiting > 0;
        // Sessions that are alive serve the queue while a relay is left alone; replays they cannot serve.
        boolean replaysStuck = replays > 0 && opening == 0 && !routes.anyHealthy();
        if ((noneLeft || replaysStuck) && !isFull()) {
            Route route = routes.lastResort(now);
            if (route != null) {
                reserved.add(reserve(route, now));
            }
        }
        withheld = missing > 0 && !isFull();
        return reserved;
    }

    private Place reserve(Route route, long now) {
        Place session = newSession.apply(route);
        session.reserved(route.isDown());
        sessions.add(session);
        opening++;
        trials += route.isDown() ? 1 : 0;
        route.reserved(now);
        return session;
    }

    /** A session of a relay that is not the most preferred has got work: it may be time for another of a preferred one. */
    List<Place> reservePreferred(Route used) {
        Route preferred = isFull() ? null : preferredTo(used);
        return preferred == null ? List.of() : List.of(reserve(preferred, clock.getAsLong()));
    }

    private @Nullable Route preferredTo(Route used) {
        return routes.all().get(0).relay().priority() == used.relay().priority()
                ? null
                : routes.preferredTo(used, clock.getAsLong());
    }

    /**
     * Whether a session is to make room: for one of a preferred relay, or for one that is fresh, if there is no other way.
     *
     * @param session a session with room
     * @param replays transactions that only a fresh session can take
     */
    boolean mustLeave(Place session, int replays) {
        if (dismissed > 0) {
            return false;
        }
        boolean forFresh = replays > 0 && opening == 0 && routes.anyHealthy();
        if (!forFresh && !(isFull() && preferredTo(session.route()) != null)) {
            return false;
        }
        dismiss(session);
        return true;
    }

    private void dismiss(Place session) {
        dismissed++;
        session.dismiss();
    }

    /** A session leaves for want of room, so that a fresh one can be opened in its place: no other need. */
    void leaves(Place session) {
        if (!session.isDismissed()) {
            dismiss(session);
        }
    }

    /** An idle session to be ended so that a fresh one can be opened in its place; null if that is of no use. */
    @Nullable
    Place dismissIdle() {
        if (opening > 0 || dismissed > 0 || !routes.anyHealthy()) {
            return null;
        }
        Place session = routes.takeFree();
        if (session != null) {
            dismiss(session);
        }
        return session;
    }

    // ---- the life of sessions

    RelayNews.News opened(Place session) {
        endOpening(session);
        session.becomeAlive(clock.getAsLong());
        alive++;
        return session.route().opened() ? RelayNews.News.UP : RelayNews.News.NONE;
    }

    private void endOpening(Place session) {
        opening--;
        trials -= session.isTrial() ? 1 : 0;
    }

    private void failToOpen(Place session) {
        endOpening(session);
        session.failToOpen();
        session.route().openingEnded();
    }

    RelayNews.News openFailed(Place session, Failure failure) {
        if (!session.isOpening()) {
            return RelayNews.News.NONE;
        }
        failToOpen(session);
        Route route = session.route();
        long now = clock.getAsLong();
        if (session.isOutdated()) {
            return RelayNews.News.NONE;
        }
        if (Refusals.saysTooMany(failure) && route.limited(false, now)) {
            return RelayNews.News.LIMITED;
        }
        return route.failed(now) ? RelayNews.News.DOWN : RelayNews.News.NONE;
    }

    /** Whether anything that waits may still find a session. */
    boolean hasHope() {
        return alive + opening > 0 || !routes.areHopeless(clock.getAsLong());
    }

    boolean anyHealthy() {
        return routes.anyHealthy();
    }

    /**
     * A session is gone.
     *
     * @param session the session
     * @param tooMany whether the relay said, before it took a message, that the connection is too many
     */
    RelayNews.News closed(Place session, boolean tooMany) {
        if (!sessions.remove(session)) {
            return RelayNews.News.NONE;
        }
        if (session.isOpening()) {
            // Nobody could say why any more; it counts as a failure all the same.
            failToOpen(session);
            session.route().failed(clock.getAsLong());
        }
        boolean wasAlive = session.isAlive();
        boolean limited = wasAlive && tooMany && session.route().limited(true, clock.getAsLong());
        dismissed -= session.isDismissed() ? 1 : 0;
        alive -= wasAlive ? 1 : 0;
        session.route().free().remove(session);
        session.route().left(wasAlive);
        return limited ? RelayNews.News.LIMITED : RelayNews.News.NONE;
    }
}
