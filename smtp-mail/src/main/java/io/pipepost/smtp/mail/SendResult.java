/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.mail.internal.QueueIds;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a message of which at least one recipient was accepted. Look at every recipient: others may have been
 * rejected, and in a message of several transactions even be indeterminate.
 *
 * @param recipients one result for each recipient, in the order of the envelope
 * @param reply the reply by which the server took responsibility
 * @param session the session that carried the message; of a message of several transactions, the last accepted one's
 * @param queued how long the message waited for a session, connecting included
 * @param elapsed from the call of {@code send} to the outcome
 */
public record SendResult(
        List<RecipientResult> recipients, Reply reply, SessionInfo session, Duration queued, Duration elapsed) {
    /** Copies the list. */
    public SendResult {
        recipients = List.copyOf(recipients);
    }

    /**
     * The id under which the server has the message, to be found in its logs: {@code queued as 4XyZ}, {@code id=1abC-00},
     * and the like. No standard says where it stands, so this is the best that can be told of the reply, and may be
     * missing or wrong.
     *
     * @return the id, or null if none can be told
     */
    public @Nullable String queueId() {
        return QueueIds.of(reply);
    }

    /**
     * Tells whether the server took responsibility for every recipient.
     *
     * @return true if nobody was refused or left out
     */
    public boolean allAccepted() {
        return recipients.stream().allMatch(RecipientResult::isAccepted);
    }

    /**
     * The recipients that were not accepted.
     *
     * @return their results, in the order of the envelope
     */
    public List<RecipientResult> failed() {
        return recipients.stream().filter(result -> !result.isAccepted()).toList();
    }
}
