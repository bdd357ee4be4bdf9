/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.address.Address;
import org.apache.james.mime4j.dom.address.AddressList;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.jspecify.annotations.Nullable;

/** What Apache Mime4j makes of a message. */
final class Mime4jReader {
    private Mime4jReader() {}

    static Message parse(byte[] octets) throws IOException {
        DefaultMessageBuilder builder = new DefaultMessageBuilder();
        builder.setMimeEntityConfig(MimeConfig.PERMISSIVE);
        // Without this a message/rfc822 is taken apart, and its octets are gone.
        builder.setFlatMode(false);
        return builder.parseMessage(new ByteArrayInputStream(octets));
    }

    static String describe(byte[] octets) throws IOException {
        Message message = parse(octets);
        Description to = new Description();
        to.text("Subject", String.valueOf(message.getSubject()));
        message.getFrom().forEach(mailbox -> describe(to, "From", mailbox));
        if (message.getSender() != null) {
            describe(to, "Sender", message.getSender());
        }
        describe(to, "Reply-To", message.getReplyTo());
        describe(to, "To", message.getTo());
        describe(to, "Cc", message.getCc());
        part(to, message, 0);
        return to.toString();
    }

    private static void describe(Description to, String field, @Nullable AddressList list) {
        for (Address address : list == null ? List.<Address>of() : list) {
            new AddressList(List.of(address)).flatten().forEach(mailbox -> describe(to, field, mailbox));
        }
    }

    private static void describe(Description to, String field, Mailbox mailbox) {
        // It gives the local-part's value, without the quotes.
        String address = io.pipepost.smtp.protocol.Mailbox.of(mailbox.getLocalPart(), mailbox.getDomain())
                .toString();
        to.address(field, mailbox.getName(), address);
    }

    private static void part(Description to, Entity part, int depth) throws IOException {
        if (part.getBody() instanceof Multipart multipart) {
            to.multipart(depth, part.getMimeType());
            for (Entity each : multipart.getBodyParts()) {
                part(to, each, depth + 1);
            }
            return;
        }
        Field id = part.getHeader().getField("Content-ID");
        try (InputStream in = ((SingleBody) part.getBody()).getInputStream()) {
            to.part(
                    depth,
                    new Description.Part(
                            part.getMimeType(),
                            in.readAllBytes(),
                            part.getFilename(),
                            id == null ? null : id.getBody().strip(),
                            part.getDispositionType()));
        }
    }
}
