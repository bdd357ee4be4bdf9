/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How many connections a client keeps, and for how long.
 *
 * <p>Immutable; each method returns a changed copy, and throws {@link IllegalArgumentException} if a value is out of range.
 */
public final class PoolOptions {
    /** The defaults. */
    public static final PoolOptions DEFAULT = new PoolOptions(new Values());

    private final Values values;

    private PoolOptions(Values values) {
        this.values = values;
    }

    private PoolOptions with(Consumer<Values> change) {
        return new PoolOptions(values.with(change));
    }

    /** What to do with a message if the queue is full. */
    public enum WhenFull {
        /** The future fails at once with {@link io.pipepost.smtp.mail.FailureCause#OVERLOADED}. */
        REJECT,
        /**
         * The calling thread waits for room, at most the acquire timeout: back-pressure for plain and virtual threads.
         * On an event loop, where waiting would be a deadlock, the message is rejected instead.
         */
        WAIT
    }

    private static final class Values extends OptionValues<Values> {
        private int maxConnections = 8;
        private int maxQueued = 10_000;
        private WhenFull whenFull = WhenFull.REJECT;
        private Duration acquireTimeout = Duration.ofMinutes(1);
        private Duration idleTime = Duration.ofSeconds(60);
        private Duration maxAge = Duration.ofMinutes(30);
        private int maxMessagesPerConnection = 1_000;
        private int maxRecipients = 100;
        private GrowthOptions growth = GrowthOptions.DEFAULT;

        @Override
        void check() {
            Objects.requireNonNull(whenFull, "whenFull");
            Objects.requireNonNull(growth, "growth");
            if (maxConnections < 1 || maxQueued < 0 || maxMessagesPerConnection < 1 || maxRecipients < 1) {
                throw new IllegalArgumentException("Pool sizes must be positive, found " + maxConnections
                        + " connections, " + maxQueued + " queued, " + maxMessagesPerConnection
                        + " messages per connection, " + maxRecipients + " recipients");
            }
            Duration shortest = Duration.ofMillis(1);
            if (acquireTimeout.compareTo(shortest) < 0
                    || idleTime.compareTo(shortest) < 0
                    || maxAge.compareTo(shortest) < 0) {
                throw new IllegalArgumentException("Pool times are at least 1 ms, found " + Words.of(acquireTimeout)
                        + " to wait for a session, " + Words.of(idleTime) + " idle, " + Words.of(maxAge) + " of age");
            }
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("maxConnections", maxConnections),
                    named("maxQueued", maxQueued),
                    named("whenFull", whenFull),
                    named("acquireTimeout", acquireTimeout),
                    named("idleTime", idleTime),
                    named("maxAge", maxAge),
                    named("maxMessagesPerConnection", maxMessagesPerConnection),
                    named("maxRecipients", maxRecipients),
                    named("growth", growth));
        }
    }

    /** {@return connections at most, those that are being opened included; default 8} */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * Sets the limit of connections.
     *
     * @param connections at least 1
     * @return a changed copy
     */
    public PoolOptions withMaxConnections(int connections) {
        return with(v -> v.maxConnections = connections);
    }

    /** {@return messages that may wait for a session; default 10,000} */
    public int maxQueued() {
        return values.maxQueued;
    }

    /** {@return what {@code send} does if so many wait already; default {@link WhenFull#REJECT}} */
    public WhenFull whenFull() {
        return values.whenFull;
    }

    /**
     * Sets the queue.
     *
     * @param queued messages that may wait
     * @param policy what to do with more
     * @return a changed copy
     */
    public PoolOptions withQueue(int queued, WhenFull policy) {
        return with(v -> {
            v.maxQueued = queued;
            v.whenFull = policy;
        });
    }

    /** {@return how long a message may wait for a session; default 1 min} */
    public Duration acquireTimeout() {
        return values.acquireTimeout;
    }

    /**
     * Sets how long a message may wait for a session.
     *
     * @param timeout at least 1 ms
     * @return a changed copy
     */
    public PoolOptions withAcquireTimeout(Duration timeout) {
        return with(v -> v.acquireTimeout = timeout);
    }

    /** {@return how long a connection may be unused before it is closed with QUIT; default 60 s} */
    public Duration idleTime() {
        return values.idleTime;
    }

    /**
     * Sets how long an unused connection is kept.
     *
     * @param time at least 1 ms; servers close after 5 min or more (RFC 5321 section 4.5.3.2.7)
     * @return a changed copy
     */
    public PoolOptions withIdleTime(Duration time) {
        return with(v -> v.idleTime = time);
    }

    /** {@return how long a connection takes messages; each one up to a tenth less, at random, so that they do not all end at once; default 30 min} */
    public Duration maxAge() {
        return values.maxAge;
    }

    /**
     * Sets how long a connection takes messages.
     *
     * @param age at least 1 ms
     * @return a changed copy
     */
    public PoolOptions withMaxAge(Duration age) {
        return with(v -> v.maxAge = age);
    }

    /** {@return how many messages a connection takes; default 1,000} */
    public int maxMessagesPerConnection() {
        return values.maxMessagesPerConnection;
    }

    /**
     * Sets how many messages a connection takes.
     *
     * @param messages at least 1
     * @return a changed copy
     */
    public PoolOptions withMaxMessagesPerConnection(int messages) {
        return with(v -> v.maxMessagesPerConnection = messages);
    }

    /** {@return recipients in one transaction; a message with more is sent in several, one after the other (RFC 5321 section 4.5.3.1.8); default 100} */
    public int maxRecipients() {
        return values.maxRecipients;
    }

    /**
     * Sets how many recipients a transaction has.
     *
     * @param recipients at least 1; every server takes 100
     * @return a changed copy
     */
    public PoolOptions withMaxRecipients(int recipients) {
        return with(v -> v.maxRecipients = recipients);
    }

    /** {@return how fast connections are opened, and when not; default {@link GrowthOptions#DEFAULT}} */
    public GrowthOptions growth() {
        return values.growth;
    }

    /**
     * Sets how fast connections are opened, and when not.
     *
     * @param options the options
     * @return a changed copy
     */
    public PoolOptions withGrowth(GrowthOptions options) {
        return with(v -> v.growth = options);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PoolOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "PoolOptions" + values;
    }
}
