/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.protocol.EnhancedStatusCode;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Printable;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * What became of a message for one recipient.
 *
 * @param recipient the recipient as given
 * @param disposition the outcome
 * @param phase the step that decided it
 * @param reply the reply that decided it, or came with the failure; null if there was none
 * @param cause why, for {@link Disposition#NOT_SENT} and {@link Disposition#INDETERMINATE}; else null
 */
public record RecipientResult(
        ForwardPath recipient,
        Disposition disposition,
        Phase phase,
        @Nullable Reply reply,
        @Nullable FailureCause cause) {

    /**
     * The outcome of a failure for one recipient.
     *
     * @param recipient the recipient as given
     * @param disposition the outcome
     * @param failure what happened
     * @return a result with the failure's phase, reply and, unless the reply alone decided, cause
     */
    public static RecipientResult of(ForwardPath recipient, Disposition disposition, Failure failure) {
        FailureCause why = failure.cause() == FailureCause.REJECTED ? null : failure.cause();
        return new RecipientResult(recipient, disposition, failure.phase(), failure.reply(), why);
    }

    /**
     * Tells whether the server took responsibility.
     *
     * @return true for {@link Disposition#ACCEPTED}
     */
    public boolean isAccepted() {
        return disposition == Disposition.ACCEPTED;
    }

    /**
     * The enhanced status code of the deciding reply.
     *
     * @return the code, or null
     */
    public @Nullable EnhancedStatusCode enhancedStatus() {
        return reply == null ? null : reply.enhancedStatus();
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(Printable.of(recipient.toString()))
                .append(' ')
                .append(disposition);
        if (cause != null) {
            out.append(" (").append(cause).append(')');
        }
        out.append(" at ").append(phase);
        return reply == null ? out.toString() : out.append(": ").append(reply).toString();
    }
}
