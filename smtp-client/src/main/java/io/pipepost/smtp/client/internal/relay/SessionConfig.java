/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.protocol.EhloName;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All that a session is told when it opens.
 *
 * @param host the server's name
 * @param port the server's port
 * @param ehloName the client's name; null for an address literal of the local address
 * @param security TLS and what depends on it
 * @param credentials asked once per connection; null to not log in
 * @param mechanisms the caller's choice of SASL mechanisms in order of preference; null for the default order
 * @param timeouts how long each step may take
 * @param flight how much is sent before a reply is read
 * @param known what is known of the servers there
 * @param pieceOctets how much of content in memory is given to the socket at once: what a connection may hold outside of
 *     the heap
 * @param content what content may look like
 * @param disabledKeywords EHLO keywords to ignore
 * @param replyLimits what replies may look like
 * @param observer who watches
 */
public record SessionConfig(
        String host,
        int port,
        @Nullable EhloName ehloName,
        Security security,
        @Nullable Supplier<? extends CompletionStage<Credentials>> credentials,
        @Nullable List<SaslMechanism> mechanisms,
        Timeouts timeouts,
        FlightOptions flight,
        HostRecord known,
        int pieceOctets,
        ContentOptions content,
        Set<String> disabledKeywords,
        ReplyDecoder.Limits replyLimits,
        SmtpObserver observer) {
    /** Large pieces cost few calls into the kernel. */
    private static final int MAX_PIECE = 1 << 20;

    private static final int MIN_PIECE = ContentWriter.PIECE;

    /** What all connections together may hold outside of the heap, as far as the smallest pieces allow. */
    private static final int ALL_PIECES = 64 << 20;

    /**
     * The pieces in which content is written, so that all connections together hold a bounded part of it.
     *
     * @param connections how many there may be
     * @return octets
     */
    public static int pieceFor(int connections) {
        return Math.max(MIN_PIECE, Math.min(MAX_PIECE, ALL_PIECES / connections));
    }

    /**
     * When TLS is used.
     *
     * @return the mode for this port
     */
    public TlsMode tlsMode() {
        return security.mode(port);
    }

    /**
     * The same for other credentials or another security.
     *
     * @param security TLS and what depends on it
     * @param credentials asked once per connection; null to not log in
     * @return a changed copy
     */
    public SessionConfig with(
            Security security, @Nullable Supplier<? extends CompletionStage<Credentials>> credentials) {
        return new SessionConfig(
                host,
                port,
                ehloName,
                security,
                credentials,
                mechanisms,
                timeouts,
                flight,
                known,
                pieceOctets,
                content,
                disabledKeywords,
                replyLimits,
                observer);
    }
}
