/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import jakarta.mail.SendFailedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message was not accepted for everybody. Who is in which list:
 *
 * <ul>
 *   <li>valid sent: the server took responsibility; never send again.
 *   <li>invalid: the address is malformed, or was refused with a 5yz reply to RCPT.
 *   <li>valid unsent: all others, refused with a 4yz reply, or together with the sender, the content or another recipient,
 *       or not reached. If {@link #mayHaveBeenDelivered()} is true, the server may have the message all the same.
 * </ul>
 *
 * <p>{@code getNextException} leads to a {@link SmtpAddressFailedException} for each address that was refused, and behind
 * these to the {@link io.pipepost.smtp.client.SmtpException}, if nobody was accepted.
 */
public final class SmtpSendFailedException extends SendFailedException {
    private static final long serialVersionUID = 1L;

    private final transient List<RecipientResult> recipients;
    private final transient @Nullable SendResult result;
    /** Whether the server may have the message for an address that is among the valid unsent. */
    private final boolean mayHaveBeenDelivered;

    SmtpSendFailedException(
            String message, @Nullable Exception next, Report.Lists lists, Report.Outcome outcome, boolean doubtful) {
        super(message, next, Report.array(lists.sent()), Report.array(lists.unsent()), Report.array(lists.invalid()));
        this.recipients = List.copyOf(outcome.recipients());
        this.result = outcome.result();
        this.mayHaveBeenDelivered = doubtful;
    }

    /**
     * What is known about each recipient.
     *
     * @return the results in the order of the envelope, without malformed addresses; empty if nothing was sent, or the
     *     outcome is not known
     */
    public List<RecipientResult> recipients() {
        return recipients;
    }

    /**
     * The result, if somebody was accepted.
     *
     * @return the result, or null
     */
    public @Nullable SendResult result() {
        return result;
    }

    /**
     * Tells whether the server may have the message for an address that is among the valid unsent, so that sending it again
     * may make a duplicate.
     *
     * @return true if the end of the data was handed over and no reply came, {@link Disposition#INDETERMINATE}
     */
    public boolean mayHaveBeenDelivered() {
        return mayHaveBeenDelivered;
    }
}
