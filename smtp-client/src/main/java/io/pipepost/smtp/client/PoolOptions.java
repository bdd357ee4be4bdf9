/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;

/**
 * How many connections a client keeps, and for how long.
 *
 * @param maxConnections hard limit, connections that are being opened included; default 8
 * @param maxQueued messages that may wait for a session; default 10,000
 * @param whenFull what {@code send} does if so many wait already; default {@link WhenFull#REJECT}
 * @param acquireTimeout how long a message may wait for a session; default 1 min
 * @param idleTime after which an unused connection is closed with QUIT; default 60 s
 * @param maxAge after which a connection takes no more messages; each connection gets up to a tenth less, at random, so
 *     that they do not all end at once; default 30 min
 * @param maxMessagesPerConnection default 1,000
 * @param maxRecipients recipients in one transaction; messages with more are sent in several, one after the other
 *     (RFC 5321 section 4.5.3.1.8); default 100
 * @param growth how fast connections are opened, and when not; default {@link GrowthOptions#DEFAULT}
 */
public record PoolOptions(
        int maxConnections,
        int maxQueued,
        WhenFull whenFull,
        Duration acquireTimeout,
        Duration idleTime,
        Duration maxAge,
        int maxMessagesPerConnection,
        int maxRecipients,
        GrowthOptions growth) {
    /** The defaults. */
    public static final PoolOptions DEFAULT = new PoolOptions(
            8,
            10_000,
            WhenFull.REJECT,
            Duration.ofMinutes(1),
            Duration.ofSeconds(60),
            Duration.ofMinutes(30),
            1_000,
            100,
            GrowthOptions.DEFAULT);

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

    /** Checks the numbers. */
    public PoolOptions {
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

    /**
     * Sets the limit of connections.
     *
     * @param connections at least 1
     * @return a changed copy
     */
    public PoolOptions withMaxConnections(int connections) {
        return new PoolOptions(
                connections,
                maxQueued,
                whenFull,
                acquireTimeout,
                idleTime,
                maxAge,
                maxMessagesPerConnection,
                maxRecipients,
                growth);
    }

    /**
     * Sets the queue.
     *
     * @param queued messages that may wait
     * @param policy what to do with more
     * @return a changed copy
     */
    public PoolOptions withQueue(int queued, WhenFull policy) {
        return new PoolOptions(
                maxConnections,
                queued,
                policy,
                acquireTimeout,
                idleTime,
                maxAge,
                maxMessagesPerConnection,
                maxRecipients,
                growth);
    }

    /**
     * Sets how long a message may wait for a session.
     *
     * @param timeout at least 1 ms
     * @return a changed copy
     */
    public PoolOptions withAcquireTimeout(Duration timeout) {
        return new PoolOptions(
                maxConnections,
                maxQueued,
                whenFull,
                timeout,
                idleTime,
                maxAge,
                maxMessagesPerConnection,
                maxRecipients,
                growth);
    }

    /**
     * Sets how long an unused connection is kept.
     *
     * @param time at least 1 ms; servers close after 5 min or more (RFC 5321 section 4.5.3.2.7)
     * @return a changed copy
     */
    public PoolOptions withIdleTime(Duration time) {
        return new PoolOptions(
                maxConnections,
                maxQueued,
                whenFull,
                acquireTimeout,
                time,
                maxAge,
                maxMessagesPerConnection,
                maxRecipients,
                growth);
    }

    /**
     * Sets how long a connection takes messages.
     *
     * @param age at least 1 ms
     * @return a changed copy
     */
    public PoolOptions withMaxAge(Duration age) {
        return new PoolOptions(
                maxConnections,
                maxQueued,
                whenFull,
                acquireTimeout,
                idleTime,
                age,
                maxMessagesPerConnection,
                maxRecipients,
                growth);
    }

    /**
     * Sets how many messages a connection takes.
     *
     * @param messages at least 1
     * @return a changed copy
     */
    public PoolOptions withMaxMessagesPerConnection(int messages) {
        return new PoolOptions(
                maxConnections, maxQueued, whenFull, acquireTimeout, idleTime, maxAge, messages, maxRecipients, growth);
    }

    /**
     * Sets how many recipients a transaction has.
     *
     * @param recipients at least 1; every server takes 100
     * @return a changed copy
     */
    public PoolOptions withMaxRecipients(int recipients) {
        return new PoolOptions(
                maxConnections,
                maxQueued,
                whenFull,
                acquireTimeout,
                idleTime,
                maxAge,
                maxMessagesPerConnection,
                recipients,
                growth);
    }

    /**
     * Sets how fast connections are opened, and when not.
     *
     * @param options the options
     * @return a changed copy
     */
    public PoolOptions withGrowth(GrowthOptions options) {
        return new PoolOptions(
                maxConnections,
                maxQueued,
                whenFull,
                acquireTimeout,
                idleTime,
                maxAge,
                maxMessagesPerConnection,
                maxRecipients,
                options);
    }
}
