/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What holds for one call of {@link SmtpSender#send(io.pipepost.smtp.mail.Sendable, SendOptions)}.
 *
 * <p>Immutable; each method returns a changed copy.
 */
public final class SendOptions {
    /** Nothing but what client and message say. */
    public static final SendOptions DEFAULT = new SendOptions(new Values());

    private final Values values;

    private SendOptions(Values values) {
        this.values = values;
    }

    private SendOptions with(Consumer<Values> change) {
        return new SendOptions(values.with(change));
    }

    private static final class Values extends OptionValues<Values> {
        private @Nullable Duration deadline;
        private @Nullable RecipientPolicy recipientPolicy;
        private @Nullable String tag;
        private Priority priority = Priority.NORMAL;

        @Override
        void check() {
            if (deadline != null) {
                Terms.checked(deadline);
            }
            if (tag != null
                    && (tag.isBlank() || !Printable.of(tag, Integer.MAX_VALUE).equals(tag))) {
                throw new IllegalArgumentException("A tag is text on one line, found \"" + Printable.of(tag) + "\"");
            }
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("deadline", deadline),
                    named("recipientPolicy", recipientPolicy),
                    named("tag", tag),
                    named("priority", priority));
        }
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

    /** {@return how long the message may take; null for as long as the client says} */
    public @Nullable Duration deadline() {
        return values.deadline;
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
        Objects.requireNonNull(time, "time");
        return with(v -> v.deadline = time);
    }

    /** {@return what happens if some recipients are refused; null for what the message says} */
    public @Nullable RecipientPolicy recipientPolicy() {
        return values.recipientPolicy;
    }

    /**
     * With another policy than the message's; composed mail has {@link RecipientPolicy#ANY}.
     *
     * @param policy what to do if some recipients are refused
     * @return changed options
     */
    public SendOptions withRecipientPolicy(RecipientPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(v -> v.recipientPolicy = policy);
    }

    /** {@return what the message belongs to; null if nothing was said} */
    public @Nullable String tag() {
        return values.tag;
    }

    /**
     * Says what the message belongs to, such as a campaign or a customer. Nothing that the server is told, and it does not
     * yet change how the message is sent: it is kept here for whoever reads the options.
     *
     * @param name any text that fits on one line
     * @return changed options
     * @throws IllegalArgumentException if it is blank, or holds control characters or others that nobody sees
     */
    public SendOptions withTag(String name) {
        Objects.requireNonNull(name, "name");
        return with(v -> v.tag = name);
    }

    /** {@return how urgent the message is; default {@link Priority#NORMAL}} */
    public Priority priority() {
        return values.priority;
    }

    /**
     * Says how urgent the message is. It does not yet change how the message is sent: it is kept here for whoever reads the
     * options.
     *
     * @param lane how urgent it is
     * @return changed options
     */
    public SendOptions withPriority(Priority lane) {
        Objects.requireNonNull(lane, "lane");
        return with(v -> v.priority = lane);
    }

    /** The message as these options have it. */
    Message applyTo(Message message) {
        RecipientPolicy policy = values.recipientPolicy;
        return policy == null ? message : message.withRecipientPolicy(policy);
    }

    /** The terms as these options have them. */
    Terms applyTo(Terms terms) {
        Duration deadline = values.deadline;
        return deadline == null ? terms : terms.withDeadline(deadline);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SendOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "SendOptions" + values;
    }
}
