/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import java.util.function.Consumer;

/** Sends one message of many. */
@FunctionalInterface
public interface MessageSender {
    /**
     * Sends a message; never blocks.
     *
     * @param message the message
     * @param listener told once what became of it, by any thread, perhaps before this method returns
     */
    void send(Message message, Consumer<SendOutcome> listener);

    /**
     * Whether nothing more can be sent at all.
     *
     * @param outcome what became of one message
     * @return true if it failed because the client is closed
     */
    static boolean saysClosed(SendOutcome outcome) {
        SmtpException failure = outcome.failure();
        return failure != null && failure.failure().cause() == FailureCause.CLIENT_CLOSED;
    }
}
