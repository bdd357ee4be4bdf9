/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to log in with one mechanism: answers challenges until the server accepts or refuses. Works on octets;
 * base64 and the wire are the caller's.
 *
 * <p>Used by one connection, one call at a time, on its event loop: no method may block. The next call comes after the
 * stage of the one before has completed; {@link #close()} may come at any time.
 */
public interface SaslExchange extends AutoCloseable {
    /**
     * Whether the client speaks first (RFC 4422 section 5). The caller may send the initial response with the AUTH
     * command or after an empty first challenge; the exchange sees no difference.
     *
     * @return whether {@link #respond} gives an initial response
     */
    boolean hasInitialResponse();

    /**
     * Answers the next challenge.
     *
     * @param challenge the decoded octets; empty for the initial response
     * @return the octets to send, not yet in base64, possibly none. The array belongs to the caller, who wipes it.
     *     May complete later and on any thread, so that a mechanism can fetch or compute elsewhere. Completed
     *     exceptionally, it cancels the dialogue; the exception's message must hold no secret
     */
    CompletionStage<byte[]> respond(byte[] challenge);

    /**
     * Whether the mechanism is satisfied, so that a 235 counts: it has sent all that it must, has verified what it
     * must, and has seen no failure. {@link #close()} does not change it.
     *
     * @return whether the server's success may be believed
     */
    boolean isComplete();

    /**
     * What the server said about a failure inside the dialogue: of OAUTHBEARER and XOAUTH2 the decoded JSON, as it came,
     * control characters included. Escape it before showing it.
     *
     * @return the text, or null if there is none
     */
    @Nullable
    String failureDetail();

    /**
     * Wipes and forgets the secrets that the exchange holds. {@link #respond} fails from then on. Idempotent. The
     * credentials with which the exchange was started stay as they are, and so do responses handed out.
     */
    @Override
    void close();
}
