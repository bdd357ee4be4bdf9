/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of one message of many: either a result, or the failure that a future of {@link SmtpClient#send} would
 * have carried.
 *
 * @param message the message, the same object that was handed in, or what composed mail became
 * @param result what the server took responsibility for; null if it took nothing
 * @param failure why it took nothing; null if there is a result
 */
public record SendOutcome(
        Message message,
        @Nullable SendResult result,
        @Nullable SmtpException failure) {
    /** Checks that there is either a result or a failure. */
    public SendOutcome {
        Objects.requireNonNull(message, "message");
        if ((result == null) == (failure == null)) {
            throw new IllegalArgumentException("An outcome is either a result or a failure");
        }
    }

    /**
     * The caller's own key.
     *
     * @return {@link Message#key()} of the message
     */
    public @Nullable Object key() {
        return message.key();
    }

    /**
     * What is known about each recipient.
     *
     * @return one result for each recipient, in the order of the envelope
     */
    public List<RecipientResult> recipients() {
        return result != null
                ? result.recipients()
                : Objects.requireNonNull(failure).recipients();
    }

    /**
     * Tells whether the server took responsibility for every recipient.
     *
     * @return true if nobody was refused or left out
     */
    public boolean allAccepted() {
        return result != null && result.allAccepted();
    }
}
