/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;

/**
 * How fast a client opens connections, and what it does when a relay does not take them.
 *
 * @param minConnections connections that are kept open though nothing needs them, from the first message or
 *     {@link SmtpClient#warmUp()} on; default 0
 * @param maxOpening connections to one relay that are being opened at the same time; default 100
 * @param opensPerSecond connections to one relay that are begun within a second; as many may be begun at once after a
 *     pause. Default 500
 * @param firstBackOff how long a relay is left alone after a connection to it has failed; doubles with each further
 *     failure, and each time up to half of it is left out, at random. Default 1 s
 * @param maxBackOff limit of that; default 30 s
 * @param loweredFor after a relay has said that there are too many connections, no more than there were then are opened
 *     for this long; then one more for each further such time. Default 1 min
 * @param memory after which anything learnt about a relay is forgotten: how many connections it takes, and how many
 *     messages on each. Default 1 h
 */
public record GrowthOptions(
        int minConnections,
        int maxOpening,
        int opensPerSecond,
        Duration firstBackOff,
        Duration maxBackOff,
        Duration loweredFor,
        Duration memory) {
    /** The defaults. */
    public static final GrowthOptions DEFAULT = new GrowthOptions(
            0, 100, 500, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofHours(1));

    /** Checks the numbers. */
    public GrowthOptions {
        if (minConnections < 0 || maxOpening < 1 || opensPerSecond < 1) {
            throw new IllegalArgumentException("Connections must be positive, found at least " + minConnections
                    + " kept, " + maxOpening + " opened at a time, " + opensPerSecond + " opened per second");
        }
        Duration shortest = Duration.ofMillis(1);
        if (firstBackOff.compareTo(shortest) < 0
                || maxBackOff.compareTo(firstBackOff) < 0
                || loweredFor.compareTo(shortest) < 0
                || memory.compareTo(shortest) < 0) {
            throw new IllegalArgumentException("Times are at least 1 ms, and back-off does not shrink, found "
                    + Words.of(firstBackOff) + " to " + Words.of(maxBackOff) + " of back-off, lowered for "
                    + Words.of(loweredFor) + ", remembered for " + Words.of(memory));
        }
    }

    /**
     * Sets how many connections are kept open.
     *
     * @param connections 0 for as many as are needed
     * @return a changed copy
     */
    public GrowthOptions withMinConnections(int connections) {
        return new GrowthOptions(connections, maxOpening, opensPerSecond, firstBackOff, maxBackOff, loweredFor, memory);
    }

    /**
     * Limits how fast connections to one relay are opened.
     *
     * @param atATime connections that are being opened, at least 1
     * @param perSecond connections that are begun within a second, at least 1
     * @return a changed copy
     */
    public GrowthOptions withOpening(int atATime, int perSecond) {
        return new GrowthOptions(minConnections, atATime, perSecond, firstBackOff, maxBackOff, loweredFor, memory);
    }

    /**
     * Sets how long a relay is left alone after a connection to it has failed.
     *
     * @param first after the first failure, at least 1 ms
     * @param max after many
     * @return a changed copy
     */
    public GrowthOptions withBackOff(Duration first, Duration max) {
        return new GrowthOptions(minConnections, maxOpening, opensPerSecond, first, max, loweredFor, memory);
    }

    /**
     * Sets how long it counts that a relay did not take more connections.
     *
     * @param time at least 1 ms
     * @return a changed copy
     */
    public GrowthOptions withLoweredFor(Duration time) {
        return new GrowthOptions(minConnections, maxOpening, opensPerSecond, firstBackOff, maxBackOff, time, memory);
    }

    /**
     * Sets when anything learnt about a relay is forgotten.
     *
     * @param time at least 1 ms
     * @return a changed copy
     */
    public GrowthOptions withMemory(Duration time) {
        return new GrowthOptions(
                minConnections, maxOpening, opensPerSecond, firstBackOff, maxBackOff, loweredFor, time);
    }
}
