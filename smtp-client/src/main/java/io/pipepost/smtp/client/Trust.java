/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/**
 * What a caller knows of a relay's servers beforehand: how much may be written to them before a reply is read. A relay of
 * which nothing is said is a stranger: commands go out in groups where it lists PIPELINING, and content by DATA until the
 * server has shown that it reads a chunk which it refuses ({@link FlightOptions#proof}). Servers that do not would take
 * the content of a message for commands.
 *
 * <p>What is said here counts until a server shows otherwise; see {@link SmtpObserver#chunksLearnt}.
 */
public enum Trust {
    /** One command at a time, whatever the server lists. */
    LOCKSTEP,
    /** Groups of commands (RFC 2920), content by DATA, and no proof of anything more. */
    GROUP,
    /** Content by BDAT from the first message on, where the server lists CHUNKING (RFC 3030). */
    FLIGHT,
    /**
     * As {@link #FLIGHT}; and where {@link FlightOptions#transactionsInFlight} allows several transactions on one connection
     * they go out from the first message on, without a probe.
     */
    TRAIN
}
