/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Chooses among relays: the most preferred first, by weight among those of one priority. Guarded by the pool's lock. */
public final class Routes {
    /** The most preferred first. */
    private final List<List<Route>> tiers;

    private final List<Route> all = new ArrayList<>();

    public Routes(Collection<Route> routes) {
        TreeMap<Integer, List<Route>> byPriority = new TreeMap<>();
        for (Route route : routes) {
            byPriority
                    .computeIfAbsent(route.relay().priority(), priority -> new ArrayList<>())
                    .add(route);
        }
        this.tiers = new ArrayList<>(byPriority.values());
        tiers.forEach(all::addAll);
    }

    public List<Route> all() {
        return all;
    }

    // ---- who works

    /** Takes the session that is to get work; null if none is free. */
    @Nullable
    public Place takeFree() {
        for (List<Route> tier : tiers) {
            Route route = leastBusy(tier, true);
            route = route == null ? leastBusy(tier, false) : route;
            if (route != null) {
                return route.free().take();
            }
        }
        return null;
    }

    private static @Nullable Route leastBusy(List<Route> tier, boolean idle) {
        Route best = null;
        for (int i = 0; i < tier.size(); i++) {
            Route route = tier.get(i);
            boolean candidate = idle ? route.free().idle() > 0 : !route.free().isEmpty();
            if (candidate && (best == null || best.isBusierThan(route))) {
                best = route;
            }
        }
        return best;
    }

    // ---- where sessions are opened

    /** Where the next session is opened; null if nowhere now. A preferred relay that is only slow is waited for. */
    @Nullable
    public Route toGrow(long now) {
        for (List<Route> tier : tiers) {
            Route best = null;
            boolean slow = false;
            for (Route route : tier) {
                if (route.mayGrow(now)) {
                    boolean allowed = route.isOpeningAllowed(now);
                    slow |= !allowed;
                    best = allowed && (best == null || best.hasMoreThan(route)) ? route : best;
                }
            }
            if (best != null || slow) {
                return best;
            }
        }
        return null;
    }

    /** A relay of which it is time to see whether it has recovered; null if there is none. */
    @Nullable
    public Route toTry(long now) {
        for (Route route : all) {
            if (route.isTrialDue(now)) {
                return route;
            }
        }
        return null;
    }

    /** If all are down, the one that may recover first. */
    @Nullable
    public Route lastResort(long now) {
        Route best = null;
        for (Route route : all) {
            boolean possible = route.places() < route.cap(now) && route.isOpeningAllowed(now);
            if (possible && (best == null || best.backOffEndsAt() - route.backOffEndsAt() > 0)) {
                best = route;
            }
        }
        return best;
    }

    /** A relay that is preferred to another one, and could do its work if it had one more session; null if none. */
    @Nullable
    public Route preferredTo(Route other, long now) {
        for (Route route : all) {
            if (route.relay().priority() >= other.relay().priority() || route.opening() > 0) {
                return null;
            }
            if (route.isTrialDue(now) || (route.mayGrow(now) && route.isOpeningAllowed(now))) {
                return route;
            }
        }
        return null;
    }

    public boolean anyHealthy() {
        return all.stream().anyMatch(route -> !route.isDown());
    }

    /** Whether it is known that no connection can be opened. */
    public boolean areHopeless(long now) {
        return all.stream().allMatch(route -> route.isHopeless(now));
    }

    public long nanosUntilChange(long now) {
        return all.stream()
                .mapToLong(route -> route.nanosUntilChange(now))
                .min()
                .orElseThrow();
    }
}
