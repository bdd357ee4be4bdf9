/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.time.Duration;

/**
 * How much is sent before a reply is read.
 *
 * @param pipelining whether commands go out in groups where the server lists PIPELINING (RFC 2920); default true
 * @param chunking whether content goes out by BDAT where the server lists CHUNKING (RFC 3030); default true
 * @param maxFlightOctets content up to this size travels with its envelope in one flight, {@code MAIL RCPT BDAT n LAST}
 *     and content, one round trip in all; larger content waits for the replies to RCPT. Default 1 MiB
 * @param holdContentAfterIdle on a connection that was idle this long, content waits for the reply to MAIL: if the
 *     connection is dead, the message then goes to a fresh one without any doubt about its outcome. Default 1 s
 */
public record FlightOptions(boolean pipelining, boolean chunking, long maxFlightOctets, Duration holdContentAfterIdle) {
    /** The defaults. */
    public static final FlightOptions DEFAULT = new FlightOptions(true, true, 1 << 20, Duration.ofSeconds(1));

    /** Checks the numbers. */
    public FlightOptions {
        if (maxFlightOctets < 0 || holdContentAfterIdle.isNegative()) {
            throw new IllegalArgumentException(
                    "Flight options must not be negative, found " + maxFlightOctets + " and " + holdContentAfterIdle);
        }
    }

    /**
     * Switches PIPELINING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withPipelining(boolean on) {
        return new FlightOptions(on, chunking, maxFlightOctets, holdContentAfterIdle);
    }

    /**
     * Switches CHUNKING on or off.
     *
     * @param on whether it is used where offered
     * @return a changed copy
     */
    public FlightOptions withChunking(boolean on) {
        return new FlightOptions(pipelining, on, maxFlightOctets, holdContentAfterIdle);
    }

    /**
     * Bounds the content that travels with its envelope.
     *
     * @param octets 0 to never send content before the replies to RCPT
     * @return a changed copy
     */
    public FlightOptions withMaxFlightOctets(long octets) {
        return new FlightOptions(pipelining, chunking, octets, holdContentAfterIdle);
    }

    /**
     * Sets from which idle time on a connection is mistrusted.
     *
     * @param idle zero to hold content back on every connection that was idle at all
     * @return a changed copy
     */
    public FlightOptions withHoldContentAfterIdle(Duration idle) {
        return new FlightOptions(pipelining, chunking, maxFlightOctets, idle);
    }
}
