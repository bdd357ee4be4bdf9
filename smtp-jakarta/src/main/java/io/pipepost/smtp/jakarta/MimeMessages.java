/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import jakarta.mail.Address;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages of Jakarta Mail as messages of this library.
 *
 * <p>A message must not be changed until it is settled, since it may be written again. Bcc fields are never sent.
 *
 * <p>Octets beyond ASCII in header fields, which Jakarta Mail writes if {@code mail.mime.allowutf8} is true, and
 * local-parts beyond ASCII need a server with SMTPUTF8; it is asked for where it is needed and only there. Domains of
 * addresses with an ASCII local-part go out in A-labels.
 */
public final class MimeMessages {
    private MimeMessages() {}

    /**
     * The content of a message as it is: like {@link jakarta.mail.Transport#sendMessage}, this calls
     * {@link MimeMessage#saveChanges} only if it was never called before.
     *
     * <p>Reads the message once, on the calling thread, attachments included. Up to 256 KiB are kept in memory; of a larger
     * message only what was found, and it is written again for each transaction, on the client's
     * {@linkplain io.pipepost.smtp.client.SmtpClient.Builder#blockingExecutor executor for blocking work} and no faster than
     * the connection takes it. If it turns out to be of another size then, it is given up and not delivered.
     *
     * <p>So data sources must give all their data each time they are asked, and a large message keeps one of the executor's
     * threads waiting while it is sent or signed: an executor with a fixed number of threads needs more of them than there
     * are such messages at a time.
     *
     * @param message the message
     * @return its content, of known size
     * @throws MessagingException if the message cannot be written, or holds a header field, also of a part, with a line end
     *     that no blank follows: it would be two
     */
    public static Content content(MimeMessage message) throws MessagingException {
        FirstReading reading = new FirstReading();
        try {
            message.writeTo(reading, Rendering.LEFT_OUT);
        } catch (IOException e) {
            throw new MessagingException("Cannot read the message: " + e.getMessage(), e);
        }
        HeaderLines.requireSound(message);
        byte[] octets = reading.octets();
        if (octets != null) {
            return Content.of(octets);
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return Content.ofPublisher(blocking -> new RenderedMessage(message, loader, blocking), reading.facts());
    }

    /**
     * A message with the envelope that its header names, {@link RecipientPolicy#ANY}: like
     * {@link jakarta.mail.Transport#send(jakarta.mail.Message)}, this calls {@link MimeMessage#saveChanges} first. See
     * {@link #content} and {@link #envelope}.
     *
     * @param message the message
     * @return the same for {@link io.pipepost.smtp.client.SmtpClient#send}
     * @throws MessagingException if the message cannot be written or names no sender or recipient
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if an address is malformed
     */
    public static Message message(MimeMessage message) throws MessagingException {
        message.saveChanges();
        return new Message(envelope(message), content(message), RecipientPolicy.ANY);
    }

    /**
     * The envelope that a message's header names. The reverse-path is the session's property {@code mail.smtp.from}, else
     * From, or Sender if From is missing or names several; the recipients are To, Cc and Bcc, groups resolved, each once.
     *
     * @param message the message
     * @return the envelope
     * @throws MessagingException if a field cannot be parsed, or there is no sender or no recipient
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if an address is malformed
     */
    public static Envelope envelope(MimeMessage message) throws MessagingException {
        Set<ForwardPath> recipients = new LinkedHashSet<>();
        for (RecipientType type : List.of(RecipientType.TO, RecipientType.CC, RecipientType.BCC)) {
            for (InternetAddress address : Recipients.expanded(message.getRecipients(type))) {
                recipients.add(ForwardPath.of(address.getAddress()));
            }
        }
        if (recipients.isEmpty()) {
            throw new MessagingException("The message has no recipient in To, Cc and Bcc");
        }
        String property =
                message.getSession() == null ? null : message.getSession().getProperty("mail.smtp.from");
        return new Envelope(from(message, property), List.copyOf(recipients));
    }

    static ReversePath from(MimeMessage message, @Nullable String configured) throws MessagingException {
        if (configured != null && !configured.isBlank()) {
            return ReversePath.of(configured.equals("<>") ? "" : configured);
        }
        Address[] authors = message.getFrom();
        Address sender = message.getSender();
        if (sender != null && authors != null && authors.length > 1) {
            return pathOf(sender);
        }
        if (authors == null || authors.length == 0) {
            throw new MessagingException("The message has neither From nor Sender, and there is no property for the"
                    + " reverse-path (from)");
        }
        return pathOf(authors[0]);
    }

    private static ReversePath pathOf(Address address) {
        return ReversePath.of(address instanceof InternetAddress internet ? internet.getAddress() : address.toString());
    }
}
