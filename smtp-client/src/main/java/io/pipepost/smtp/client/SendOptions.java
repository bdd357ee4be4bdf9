/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What holds for one call of {@link SmtpSender#send(io.pipepost.smtp.mail.Sendable, SendOptions)}. Immutable. */
public final class SendOptions {
    /** Nothing but what client and message say. */
    public static final SendOptions DEFAULT = new SendOptions(null, null);

    private final @Nullable Duration deadline;
    private final @Nullable RecipientPolicy recipientPolicy;

    private SendOptions(@Nullable Duration deadline, @Nullable RecipientPolicy recipientPolicy) {
        this.deadline = deadline;
        this.recipientPolicy = recipientPolicy;
    }

    /**
     * The message is given up if it takes too long: short for {@code DEFAULT.withDeadline(deadline)}.
     *
     * @param deadline how long it may take, more than zero
     * @return the options
     */
    public static SendOptions within(Duration deadline) {
        return DEFAULT.withDeadline(deadline);
    }

    /**
     * How long the message may take.
     *
     * @return the deadline, or null for the client's
     */
    public @Nullable Duration deadline() {
        return deadline;
    }

    /**
     * With a deadline, which covers everything from the call of {@code send} on: preparing content, signing it, waiting for
     * a session, connecting, and the transaction. When it passes, the future fails at once with cause
     * {@link io.pipepost.smtp.mail.FailureCause#TIMEOUT}: {@code NOT_SENT} if the end of the data was not handed over,
     * which then does not happen any more, else {@code INDETERMINATE}.
     *
     * @param time how long the message may take, more than zero; overrides {@link SmtpClient.Builder#messageDeadline}
     * @return changed options
     * @throws IllegalArgumentException if it is not more than zero
     */
    public SendOptions withDeadline(Duration time) {
        return new SendOptions(Delivery.Terms.checked(time), recipientPolicy);
    }

    /**
     * What happens if some recipients are refused.
     *
     * @return the policy, or null for the message's own
     */
    public @Nullable RecipientPolicy recipientPolicy() {
        return recipientPolicy;
    }

    /**
     * With another policy than the message's; composed mail has {@link RecipientPolicy#ANY}.
     *
     * @param policy what to do if some recipients are refused
     * @return changed options
     */
    public SendOptions withRecipientPolicy(RecipientPolicy policy) {
        return new SendOptions(deadline, Objects.requireNonNull(policy, "policy"));
    }

    /** The message as these options have it. */
    Message applyTo(Message message) {
        return recipientPolicy == null ? message : message.withRecipientPolicy(recipientPolicy);
    }

    /** The terms as these options have them. */
    Delivery.Terms applyTo(Delivery.Terms terms) {
        return deadline == null ? terms : terms.withDeadline(deadline);
    }

    @Override
    public String toString() {
        return "SendOptions[deadline=" + (deadline == null ? null : Words.of(deadline)) + ", recipientPolicy="
                + recipientPolicy + "]";
    }
}
