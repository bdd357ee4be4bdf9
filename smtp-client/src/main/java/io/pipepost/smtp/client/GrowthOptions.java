/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How fast a client opens connections, and what it does when a relay does not take them.
 *
 * <p>Immutable; each method returns a changed copy, and throws {@link IllegalArgumentException} if a value is out of range.
 */
public final class GrowthOptions {
    /** The defaults. */
    public static final GrowthOptions DEFAULT = new GrowthOptions(new Values());

    private final Values values;

    private GrowthOptions(Values values) {
        this.values = values;
    }

    private GrowthOptions with(Consumer<Values> change) {
        return new GrowthOptions(values.with(change));
    }

    private static final class Values extends OptionValues<Values> {
        private int minConnections;
        private int maxOpening = 100;
        private int opensPerSecond = 500;
        private Duration firstBackOff = Duration.ofSeconds(1);
        private Duration maxBackOff = Duration.ofSeconds(30);
        private Duration loweredFor = Duration.ofMinutes(1);
        private Duration memory = Duration.ofHours(1);

        @Override
        void check() {
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

        @Override
        List<Named> all() {
            return List.of(
                    named("minConnections", minConnections),
                    named("maxOpening", maxOpening),
                    named("opensPerSecond", opensPerSecond),
                    named("firstBackOff", firstBackOff),
                    named("maxBackOff", maxBackOff),
                    named("loweredFor", loweredFor),
                    named("memory", memory));
        }
    }

    /**
     * {@return connections that are kept open though nothing needs them, from the first message or
     * {@link SmtpClient#warmUp()} on; default 0}
     */
    public int minConnections() {
        return values.minConnections;
    }

    /**
     * Sets how many connections are kept open.
     *
     * @param connections 0 for as many as are needed
     * @return a changed copy
     */
    public GrowthOptions withMinConnections(int connections) {
        return with(v -> v.minConnections = connections);
    }

    /** {@return connections to one relay that are being opened at the same time; default 100} */
    public int maxOpening() {
        return values.maxOpening;
    }

    /**
     * {@return connections to one relay that are begun within a second; as many may be begun at once after a pause.
     * Default 500}
     */
    public int opensPerSecond() {
        return values.opensPerSecond;
    }

    /**
     * Limits how fast connections to one relay are opened.
     *
     * @param atATime connections that are being opened, at least 1
     * @param perSecond connections that are begun within a second, at least 1
     * @return a changed copy
     */
    public GrowthOptions withOpening(int atATime, int perSecond) {
        return with(v -> {
            v.maxOpening = atATime;
            v.opensPerSecond = perSecond;
        });
    }

    /**
     * {@return how long a relay is left alone after a connection to it has failed; doubles with each further failure, and each
     * time up to half of it is left out, at random. Default 1 s}
     */
    public Duration firstBackOff() {
        return values.firstBackOff;
    }

    /** {@return limit of {@link #firstBackOff}; default 30 s} */
    public Duration maxBackOff() {
        return values.maxBackOff;
    }

    /**
     * Sets how long a relay is left alone after a connection to it has failed.
     *
     * @param first after the first failure, at least 1 ms
     * @param max after many
     * @return a changed copy
     */
    public GrowthOptions withBackOff(Duration first, Duration max) {
        return with(v -> {
            v.firstBackOff = first;
            v.maxBackOff = max;
        });
    }

    /**
     * {@return for how long, after a relay has said that there are too many connections, no more than there were then are
     * opened; then one more for each further such time. Default 1 min}
     */
    public Duration loweredFor() {
        return values.loweredFor;
    }

    /**
     * Sets how long it counts that a relay did not take more connections.
     *
     * @param time at least 1 ms
     * @return a changed copy
     */
    public GrowthOptions withLoweredFor(Duration time) {
        return with(v -> v.loweredFor = time);
    }

    /**
     * {@return after which time anything learnt about a relay is forgotten: how many connections it takes, and how many messages
     * on each. Default 1 h}
     */
    public Duration memory() {
        return values.memory;
    }

    /**
     * Sets when anything learnt about a relay is forgotten.
     *
     * @param time at least 1 ms
     * @return a changed copy
     */
    public GrowthOptions withMemory(Duration time) {
        return with(v -> v.memory = time);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GrowthOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "GrowthOptions" + values;
    }
}
