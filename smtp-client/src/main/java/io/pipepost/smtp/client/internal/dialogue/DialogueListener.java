/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.Reply;
import java.util.function.Consumer;

/** Whose dialogue it is: hears of what concerns more than one exchange, on the event loop. */
public interface DialogueListener {
    /**
     * A reply has come, and its owner is about to hear of it.
     *
     * @param owner what the reply answers
     * @param reply the reply
     * @param waited for how long it was the oldest that was missing, in nanoseconds; 0 if it was none
     */
    void onReply(Exchange owner, Reply reply, long waited);

    /** The server does not greet; returns the failure with what may help. */
    Failure silent(Failure failure);

    void onTlsHandshake(SslHandshakeCompletionEvent event);

    /** Whether the exception belongs to a TLS handshake, which reports it itself. */
    boolean onTlsException(Throwable cause);

    /** The connection has ended: what is to be done before those hear of it whose replies are missing, each by itself. */
    void beforeUnanswered(Failure failure, Consumer<Runnable> steps);

    /** The same for what is to be done after that. */
    void afterUnanswered(Failure failure, Consumer<Runnable> steps);
}
