/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.throttle.TokenBucket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One relay: which of its sessions wait for work, whether it is healthy, and what was learnt about it.
 * Guarded by the pool's lock, but for what says otherwise.
 */
public final class Route {
    private final Relay relay;
    private final GrowthOptions options;
    private final LongSupplier clock;
    private final FreeSessions free = new FreeSessions();
    private final BackOff backOff;
    private final ConnectionCap cap;
    private final TokenBucket rate;

    /** Sessions that hold a place, from before they are opened until they are gone. */
    private int places;

    private int opening;
    private int alive;
    private boolean down;

    /** Sessions of an earlier generation take no more work. Written under the pool's lock; read on event loops. */
    private volatile int generation;

    /** R-5321-83. Written under the pool's lock; read on event loops. */
    private volatile @Nullable Learnt learnt;

    private record Learnt(int messagesPerConnection, long until) {}

    public Route(Relay relay, GrowthOptions options, LongSupplier clock) {
        this.relay = relay;
        this.options = options;
        this.clock = clock;
        this.backOff = new BackOff(
                options.firstBackOff(),
                options.maxBackOff(),
                () -> ThreadLocalRandom.current().nextDouble());
        this.cap = new ConnectionCap(relay.maxConnections(), options.loweredFor(), options.memory());
        this.rate = new TokenBucket(options.opensPerSecond(), options.opensPerSecond(), clock.getAsLong());
    }

    public Relay relay() {
        return relay;
    }

    public FreeSessions free() {
        return free;
    }

    // ---- read without the lock

    int generation() {
        return generation;
    }

    /** Sessions of before take no more work. */
    public void beginGeneration() {
        int next = generation + 1;
        generation = next;
    }

    /** How many messages a connection takes, as far as is known. */
    public int messagesPerConnection() {
        Learnt known = learnt;
        if (known == null || clock.getAsLong() - known.until() >= 0) {
            return Integer.MAX_VALUE;
        }
        return known.messagesPerConnection();
    }

    public void learnMessagesPerConnection(int messages) {
        long until = clock.getAsLong() + Loops.nanos(options.memory());
        learnt = new Learnt(Math.min(messagesPerConnection(), messages), until);
    }

    // ---- how many there are

    int places() {
        return places;
    }

    int opening() {
        return opening;
    }

    /** Connections that are open, or being opened. */
    public int connections() {
        return alive + opening;
    }

    /** Sessions at work for each unit of weight, to compare relays by. */
    boolean isBusierThan(Route other) {
        return (long) (alive - free.idle()) * other.relay.weight()
                > (long) (other.alive - other.free.idle()) * relay.weight();
    }

    boolean hasMoreThan(Route other) {
        return (long) places * other.relay.weight() > (long) other.places * relay.weight();
    }

    int cap(long now) {
        return cap.at(now);
    }

    public void reserved(long now) {
        rate.tryTake(1, now);
        places++;
        opening++;
    }

    public void left(boolean wasAlive) {
        places--;
        alive -= wasAlive ? 1 : 0;
    }

    // ---- health

    public boolean isDown() {
        return down;
    }

    /** Whether a connection may be opened, now or soon. */
    boolean mayGrow(long now) {
        return !down && places < cap.at(now);
    }

    /** Whether it may be tried whether the relay has recovered. */
    boolean isTrialDue(long now) {
        return down && opening == 0 && backOff.isOver(now) && places < cap.at(now) && isOpeningAllowed(now);
    }

    boolean isOpeningAllowed(long now) {
        return opening < options.maxOpening() && rate.nanosUntil(1, now) == 0;
    }

    /** Whether it is known that a connection would fail. */
    boolean isHopeless(long now) {
        return down && !backOff.isOver(now);
    }

    /** Of no meaning unless the relay is down. */
    long backOffEndsAt() {
        return backOff.endsAt();
    }

    /** How long a connection is not opened for the clock's sake; {@link Long#MAX_VALUE} if it is for other reasons. */
    long nanosUntilChange(long now) {
        long nanos = isHopeless(now) ? backOff.endsAt() - now : rate.nanosUntil(1, now);
        return nanos > 0 ? nanos : Long.MAX_VALUE;
    }

    /** A session is ready; true if the relay was down. */
    public boolean opened() {
        boolean recovered = down;
        opening--;
        alive++;
        down = false;
        backOff.succeeded();
        return recovered;
    }

    /** A connection could not be opened; true if the relay was healthy. */
    public boolean failed(long now) {
        boolean healthy = !down;
        down = true;
        backOff.failed(now);
        return healthy;
    }

    public void openingEnded() {
        opening--;
    }

    /** A connection was too many; false if it was the only one, so that this cannot be the reason. */
    public boolean limited(boolean wasAlive, long now) {
        int others = connections() - (wasAlive ? 1 : 0);
        if (others == 0) {
            return false;
        }
        cap.lower(others, now);
        return true;
    }
}
