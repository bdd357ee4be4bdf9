/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Watches sessions. Every method does nothing unless overridden.
 *
 * <p>Called on event loops, in the order of events within a session, several sessions at the same time: implementations
 * must be thread-safe, must not block, and pay for what they do. What they throw is logged and ignored. A session is
 * named by its number, {@link SessionInfo#id()}.
 */
public interface SmtpObserver {
    /** An observer that does nothing. */
    SmtpObserver NONE = new SmtpObserver() {};

    /**
     * A TCP connection was opened.
     *
     * @param session the session's number
     * @param host the server's name as configured
     * @param port the server's port
     */
    default void connected(long session, String host, int port) {}

    /**
     * A TLS handshake has succeeded.
     *
     * @param session the session's number
     * @param tls the TLS now in force
     */
    default void tlsStarted(long session, TlsFacts tls) {}

    /**
     * A session is ready for mail.
     *
     * @param info facts about the session
     */
    default void ready(SessionInfo info) {}

    /**
     * A command was written.
     *
     * @param session the session's number
     * @param command the command; print it with {@link Command#display()}, which shows no secret
     */
    default void commandSent(long session, Command command) {}

    /**
     * A reply came in.
     *
     * @param session the session's number
     * @param reply the reply, with {@code ***} where it repeats what was sent as a secret on this connection
     * @param secret whether it belongs to a SASL dialogue, so that its text must not be shown
     */
    default void replyReceived(long session, Reply reply, boolean secret) {}

    /**
     * Whether {@link #contentSent} gets the octets.
     *
     * @return false by default: counting costs nothing, octets may hold anything
     */
    default boolean wantsContent() {
        return false;
    }

    /**
     * A piece of content was written, in the form in which it travels, terminator included.
     *
     * @param session the session's number
     * @param octets number of octets
     * @param content the octets if {@link #wantsContent()}, valid only during the call; else null
     * @param last whether the content is complete
     */
    default void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {}

    /**
     * A server was found to process commands behind the end of a message whose reply is missing, or not to: with
     * {@link FlightOptions#transactionsInFlight()} above 1, several transactions go out at once, or one after the other. It
     * is remembered for an hour.
     *
     * @param host the server's name as configured
     * @param port the server's port
     * @param possible what was found
     * @param reply the reply that tells, or null if there was none where one was due
     */
    default void overlapLearnt(String host, int port, boolean possible, @Nullable Reply reply) {}

    /**
     * A server was found to read a chunk that it refuses, or not to, so that content goes to it by BDAT from now on, or by
     * DATA (RFC 3030; see {@link FlightOptions#proof}). It is remembered for an hour.
     *
     * @param host the server's name as configured
     * @param port the server's port
     * @param possible what was found
     * @param reply the reply that tells, or null if there was none where one was due
     */
    default void chunksLearnt(String host, int port, boolean possible, @Nullable Reply reply) {}

    /**
     * The server has ended a line with LF alone, where RFC 5321 section 2.3.8 has CRLF; told once for each connection. The
     * reply counts nevertheless, unless {@link io.pipepost.smtp.codec.ReplyDecoder.Limits#strictLineEnds()} is set.
     *
     * @param session the session's number
     */
    default void bareLineFeed(long session) {}

    /**
     * The server has said nothing in the ten seconds in which it could have greeted. It is waited for all the same, for as
     * long as {@link Timeouts} says, by default the five minutes of RFC 5321 section 4.5.3.2.1; but perhaps it waits, too,
     * as servers do that want TLS first. Told once for each relay until it greets, and logged as a warning; not with {@link
     * TlsMode#IMPLICIT}.
     *
     * @param session the session's number
     * @param sentence which server is silent, and which option may help, for people
     */
    default void silent(long session, String sentence) {}

    /**
     * A connection has ended, at whatever point.
     *
     * @param session the session's number
     * @param failure why, or null if it was closed in good order
     */
    default void closed(long session, @Nullable Failure failure) {}

    /**
     * A connection to a relay could not be opened, after the last one could, or for the first time. Sessions that are open
     * go on; no more are opened until one connection, tried now and then, succeeds.
     *
     * @param relay the relay
     * @param failure why
     */
    default void relayDown(Relay relay, Failure failure) {}

    /**
     * A connection to a relay was opened after {@link #relayDown}.
     *
     * @param relay the relay
     */
    default void relayUp(Relay relay) {}

    /**
     * A relay has refused a connection beside those that it has taken; for some time no more than these are opened.
     *
     * @param relay the relay
     * @param connections the connections that are open, or being opened
     * @param failure what the relay said
     * @see GrowthOptions#loweredFor()
     */
    default void relayLimited(Relay relay, int connections, Failure failure) {}
}
