/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Collection;
import java.util.List;

/**
 * The envelope of a message (RFC 5321 section 2.3.1): where it comes from and where it goes. Never taken from, and never
 * written into, the content's header fields.
 *
 * @param from where delivery notifications go
 * @param recipients at least one; duplicates are sent and reported by position
 */
public record Envelope(ReversePath from, List<ForwardPath> recipients) {
    /** Copies the list and checks that somebody is to receive the message. */
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new SmtpSyntaxException("An envelope needs at least one recipient", -1);
        }
    }

    /**
     * Reads an envelope.
     *
     * @param from an address; the empty string is the null reverse-path of notifications
     * @param recipients addresses
     * @return the envelope
     * @throws SmtpSyntaxException if an address is malformed or there is no recipient
     */
    public static Envelope of(String from, Collection<String> recipients) {
        return new Envelope(
                ReversePath.of(from), recipients.stream().map(ForwardPath::of).toList());
    }
}
