/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.SendOutcome;
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
}
