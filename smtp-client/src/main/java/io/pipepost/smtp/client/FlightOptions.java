/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How much is sent before a reply is read.
 *
 * <p>Immutable; each method returns a changed copy, and throws {@link IllegalArgumentException} if a value is out of range.
 */
public final class FlightOptions {
    private static final int MIN_CHUNK = 64 * 1024;
    private static final int MAX_CHUNK = 16 * 1024 * 1024;
    private static final int MAX_TRANSACTIONS = 1_000;

    /** The defaults. */
    public static final FlightOptions DEFAULT = new FlightOptions(new Values());

    private final Values values;

    private FlightOptions(Values values) {
        this.values = values;
    }

    private FlightOptions with(Consumer<Values> change) {
        return new FlightOptions(values.with(change));
    }

    private static final class Values extends OptionValues<Values> {
        private boolean pipelining = true;
        private boolean chunking = true;
        private long maxFlightOctets = 1 << 20;
        private Duration holdContentAfterIdle = Duration.ofSeconds(1);
        private int transactionsInFlight = 1;
        private long octetsInFlight = 4 << 20;
        private int chunkOctets = 256 * 1024;
        private boolean proof = true;

        @Override
        void check() {
            if (maxFlightOctets < 0 || holdContentAfterIdle.isNegative()) {
                throw new IllegalArgumentException("Flight options must not be negative, found " + maxFlightOctets
                        + " octets and " + Words.of(holdContentAfterIdle));
            }
            if (transactionsInFlight < 1 || transactionsInFlight > MAX_TRANSACTIONS) {
                throw new IllegalArgumentException(
                        "In flight are 1 to " + MAX_TRANSACTIONS + " transactions, found " + transactionsInFlight);
            }
            if (octetsInFlight < 1) {
                throw new IllegalArgumentException("In flight is at least 1 octet, found " + octetsInFlight);
            }
            if (chunkOctets < MIN_CHUNK || chunkOctets > MAX_CHUNK) {
                throw new IllegalArgumentException(
                        "A chunk has " + MIN_CHUNK + " to " + MAX_CHUNK + " octets, found " + chunkOctets);
            }
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("pipelining", pipelining),
                    named("chunking", chunking),
                    named("maxFlightOctets", maxFlightOctets),
                    named("holdContentAfterIdle", holdContentAfterIdle),
                    named("transactionsInFlight", transactionsInFlight),
                    named("octetsInFlight", octetsInFlight),
                    named("chunkOctets", chunkOctets),
                    named("proof", proof));
        }
    }

    /** {@return whether commands go out in groups where the server lists PIPELINING (RFC 2920); default true} */
    public boolean pipelining() {
        return values.pipelining;
    }

    /**
     * Switches PIPELINING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withPipelining(boolean on) {
        return with(v -> v.pipelining = on);
    }

    /**
     * {@return whether content goes out by BDAT where the server lists CHUNKING (RFC 3030) and can be trusted with it, see
     * {@link #proof}; default true}
     */
    public boolean chunking() {
        return values.chunking;
    }

    /**
     * Switches CHUNKING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withChunking(boolean on) {
        return with(v -> v.chunking = on);
    }

    /**
     * Up to how many octets content travels with its envelope in one flight, {@code MAIL RCPT BDAT n LAST} and content, one
     * round trip in all; larger content, and what comes from a file or a publisher, waits for the replies to RCPT and goes in
     * several chunks.
     *
     * @return octets; default 1 MiB
     */
    public long maxFlightOctets() {
        return values.maxFlightOctets;
    }

    /**
     * Bounds the content that travels with its envelope.
     *
     * @param octets 0 to never send content before the replies to RCPT
     * @return a changed copy
     */
    public FlightOptions withMaxFlightOctets(long octets) {
        return with(v -> v.maxFlightOctets = octets);
    }

    /**
     * On a connection that was idle this long, content waits for the reply to MAIL: if the connection is dead, the message
     * then goes to a fresh one without any doubt about its outcome.
     *
     * @return default 1 s
     */
    public Duration holdContentAfterIdle() {
        return values.holdContentAfterIdle;
    }

    /**
     * Sets from which idle time on a connection is mistrusted.
     *
     * @param idle zero to hold content back on every connection that was idle at all
     * @return a changed copy
     */
    public FlightOptions withHoldContentAfterIdle(Duration idle) {
        return with(v -> v.holdContentAfterIdle = idle);
    }

    /**
     * Messages of the client's pool that may be under way on one connection at a time, where the server lists PIPELINING
     * (RFC 2920). Above 1, the next transactions are written, each behind RSET, without waiting for the reply to the first
     * one's content: with CHUNKING as many as this, without it two. A server is first probed with a lone RSET behind the end
     * of a message; the number then grows from 2 as replies match, and falls back to 1 for an hour where a server does not
     * process such commands. Every reply still counts for its own transaction, but a server that loses one of several equal
     * replies cannot be noticed, which is why this is no default.
     *
     * @return default 1
     */
    public int transactionsInFlight() {
        return values.transactionsInFlight;
    }

    /**
     * Sets how many messages may be under way on one connection.
     *
     * @param transactions 1 to 1,000; see {@link #transactionsInFlight}
     * @return a changed copy
     */
    public FlightOptions withTransactionsInFlight(int transactions) {
        return with(v -> v.transactionsInFlight = transactions);
    }

    /**
     * {@return octets of content that may be under way on one connection, unless a single message is larger; default 4 MiB}
     */
    public long octetsInFlight() {
        return values.octetsInFlight;
    }

    /**
     * Bounds the content that may be under way on one connection.
     *
     * @param octets at least 1; a single larger message still goes, alone
     * @return a changed copy
     */
    public FlightOptions withOctetsInFlight(long octets) {
        return with(v -> v.octetsInFlight = octets);
    }

    /**
     * How large a chunk becomes where content goes in several (RFC 3030 section 2), less where the pool may have very many
     * connections. Two may be unanswered at a time, and a chunk that comes from a file or a publisher is collected in memory
     * before it is announced: larger ones are faster on long ways.
     *
     * @return octets; default 256 KiB
     */
    public int chunkOctets() {
        return values.chunkOctets;
    }

    /**
     * Sets how large a chunk becomes.
     *
     * @param octets 64 KiB to 16 MiB; see {@link #chunkOctets}
     * @return a changed copy
     */
    public FlightOptions withChunkOctets(int octets) {
        return with(v -> v.chunkOctets = octets);
    }

    /**
     * Whether the client finds out if a server that lists CHUNKING reads a chunk which it refuses. Until that is shown, or
     * known ({@link Relay#withTrust}), content goes to the server by DATA, since one that does not read the chunk would take
     * the message for commands. The proof is made at most once an hour for each address, by a session of the pool that
     * carries nothing, once two messages could have used it: two chunks of 16 KiB that the server has to refuse, every line
     * of which is QUIT, and RSET. Servers log it as two errors. Without it content stays with DATA.
     *
     * @return default true
     */
    public boolean proof() {
        return values.proof;
    }

    /**
     * Switches the proof on or off that comes before the first BDAT to a server.
     *
     * @param on whether it is made; see {@link #proof}
     * @return a changed copy
     */
    public FlightOptions withProof(boolean on) {
        return with(v -> v.proof = on);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FlightOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "FlightOptions" + values;
    }
}
