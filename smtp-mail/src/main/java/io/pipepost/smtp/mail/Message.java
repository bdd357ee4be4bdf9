/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is handed to an SMTP server: an envelope, a content (header and body as RFC 5322 defines them), and what to do if
 * some recipients are refused.
 *
 * @param envelope sender and recipients
 * @param content the content
 * @param recipientPolicy what to do if some recipients are refused
 * @param key the caller's own, to find the message again in its {@code SendOutcome}; null if there is none. Never sent
 */
public record Message(
        Envelope envelope,
        Content content,
        RecipientPolicy recipientPolicy,
        @Nullable Object key) implements Sendable {

    /**
     * A message without a key.
     *
     * @param envelope who gets it, and who hears of failures
     * @param content the content
     * @param recipientPolicy what to do if some recipients are refused
     */
    public Message(Envelope envelope, Content content, RecipientPolicy recipientPolicy) {
        this(envelope, content, recipientPolicy, null);
    }

    /**
     * A message with {@link RecipientPolicy#ANY}.
     *
     * @param from an address; the empty string is the null reverse-path of notifications
     * @param recipients addresses, at least one
     * @param content the content
     * @return the message
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if an address is malformed or there is no recipient
     */
    public static Message of(String from, Collection<String> recipients, Content content) {
        return new Message(Envelope.of(from, recipients), content, RecipientPolicy.ANY);
    }

    /**
     * This message with another policy.
     *
     * @param policy what to do if some recipients are refused
     * @return the message
     */
    public Message withRecipientPolicy(RecipientPolicy policy) {
        return new Message(envelope, content, policy, key);
    }

    /**
     * This message with another envelope.
     *
     * @param other the envelope
     * @return the message
     */
    public Message withEnvelope(Envelope other) {
        return new Message(other, content, recipientPolicy, key);
    }

    /**
     * This message with a key of the caller's own, such as the id of a row.
     *
     * @param other the key
     * @return the message
     */
    public Message withKey(Object other) {
        return new Message(envelope, content, recipientPolicy, Objects.requireNonNull(other, "other"));
    }

    /**
     * This message.
     *
     * @return this
     */
    @Override
    public Message toMessage() {
        return this;
    }
}
