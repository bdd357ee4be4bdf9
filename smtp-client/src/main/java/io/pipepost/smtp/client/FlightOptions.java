/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;

/**
 * How much is sent before a reply is read.
 *
 * @param pipelining whether commands go out in groups where the server lists PIPELINING (RFC 2920); default true
 * @param chunking whether content goes out by BDAT where the server lists CHUNKING (RFC 3030) and can be trusted with it, see
 *     {@code proof}; default true
 * @param maxFlightOctets content up to this size travels with its envelope in one flight, {@code MAIL RCPT BDAT n LAST}
 *     and content, one round trip in all; larger content, and what comes from a file or a publisher, waits for the replies
 *     to RCPT and goes in several chunks. Default 1 MiB
 * @param holdContentAfterIdle on a connection that was idle this long, content waits for the reply to MAIL: if the
 *     connection is dead, the message then goes to a fresh one without any doubt about its outcome. Default 1 s
 * @param transactionsInFlight messages of the client's pool that may be under way on one connection at a time, where the
 *     server lists PIPELINING; default 1. Above 1, the next transactions are written, each behind RSET, without waiting
 *     for the reply to the first one's content: with CHUNKING as many as this, without it two. A server is first probed
 *     with a lone RSET behind the end of a message; the number then grows from 2 as replies match, and falls back to 1
 *     for an hour where a server does not process such commands. Every reply still counts for its own transaction, but a
 *     server that loses one of several equal replies cannot be noticed, which is why this is no default
 * @param octetsInFlight content that may be under way on one connection, unless a single message is larger; default 4 MiB
 * @param chunkOctets how large a chunk becomes where content goes in several (RFC 3030 section 2), 64 KiB to 16 MiB, less
 *     where the pool may have very many connections. Two may be unanswered at a time, and a chunk that comes from a file or
 *     a publisher is collected in memory before it is announced: larger ones are faster on long ways. Default 256 KiB
 * @param proof whether the client finds out if a server that lists CHUNKING reads a chunk which it refuses; default true. Until
 *     that is shown, or known ({@link Relay#withTrust}), content goes to the server by DATA, since one that does not read the
 *     chunk would take the message for commands. The proof is made at most once an hour for each address, by a session of
 *     the pool that carries nothing, once two messages could have used it: two chunks of 16 KiB that the server has to refuse, every line of
 *     which is QUIT, and RSET. Servers log it as two errors. Without it content stays with DATA
 */
public record FlightOptions(
        boolean pipelining,
        boolean chunking,
        long maxFlightOctets,
        Duration holdContentAfterIdle,
        int transactionsInFlight,
        long octetsInFlight,
        int chunkOctets,
        boolean proof) {
    private static final int MIN_CHUNK = 64 * 1024;
    private static final int MAX_CHUNK = 16 * 1024 * 1024;
    private static final int MAX_TRANSACTIONS = 1_000;

    /** The defaults. */
    public static final FlightOptions DEFAULT =
            new FlightOptions(true, true, 1 << 20, Duration.ofSeconds(1), 1, 4 << 20, 256 * 1024, true);

    /** Checks the numbers. */
    public FlightOptions {
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

    /**
     * Switches PIPELINING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withPipelining(boolean on) {
        return new FlightOptions(
                on,
                chunking,
                maxFlightOctets,
                holdContentAfterIdle,
                transactionsInFlight,
                octetsInFlight,
                chunkOctets,
                proof);
    }

    /**
     * Switches CHUNKING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withChunking(boolean on) {
        return new FlightOptions(
                pipelining,
                on,
                maxFlightOctets,
                holdContentAfterIdle,
                transactionsInFlight,
                octetsInFlight,
                chunkOctets,
                proof);
    }

    /**
     * Bounds the content that travels with its envelope.
     *
     * @param octets 0 to never send content before the replies to RCPT
     * @return a changed copy
     */
    public FlightOptions withMaxFlightOctets(long octets) {
        return new FlightOptions(
                pipelining,
                chunking,
                octets,
                holdContentAfterIdle,
                transactionsInFlight,
                octetsInFlight,
                chunkOctets,
                proof);
    }

    /**
     * Sets from which idle time on a connection is mistrusted.
     *
     * @param idle zero to hold content back on every connection that was idle at all
     * @return a changed copy
     */
    public FlightOptions withHoldContentAfterIdle(Duration idle) {
        return new FlightOptions(
                pipelining, chunking, maxFlightOctets, idle, transactionsInFlight, octetsInFlight, chunkOctets, proof);
    }

    /**
     * Sets how many messages may be under way on one connection.
     *
     * @param transactions 1 to 1,000; see {@link #transactionsInFlight}
     * @return a changed copy
     */
    public FlightOptions withTransactionsInFlight(int transactions) {
        return new FlightOptions(
                pipelining,
                chunking,
                maxFlightOctets,
                holdContentAfterIdle,
                transactions,
                octetsInFlight,
                chunkOctets,
                proof);
    }

    /**
     * Bounds the content that may be under way on one connection.
     *
     * @param octets at least 1; a single larger message still goes, alone
     * @return a changed copy
     */
    public FlightOptions withOctetsInFlight(long octets) {
        return new FlightOptions(
                pipelining,
                chunking,
                maxFlightOctets,
                holdContentAfterIdle,
                transactionsInFlight,
                octets,
                chunkOctets,
                proof);
    }

    /**
     * Sets how large a chunk becomes.
     *
     * @param octets 64 KiB to 16 MiB; see {@link #chunkOctets}
     * @return a changed copy
     */
    public FlightOptions withChunkOctets(int octets) {
        return new FlightOptions(
                pipelining,
                chunking,
                maxFlightOctets,
                holdContentAfterIdle,
                transactionsInFlight,
                octetsInFlight,
                octets,
                proof);
    }

    /**
     * Switches the proof on or off that comes before the first BDAT to a server.
     *
     * @param on whether it is made; see {@link #proof}
     * @return a changed copy
     */
    public FlightOptions withProof(boolean on) {
        return new FlightOptions(
                pipelining,
                chunking,
                maxFlightOctets,
                holdContentAfterIdle,
                transactionsInFlight,
                octetsInFlight,
                chunkOctets,
                on);
    }
}
