/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import jakarta.mail.BodyPart;
import jakarta.mail.MessagingException;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimePart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** What Angus Mail makes of a message. */
final class AngusReader {
    private AngusReader() {}

    static MimeMessage parse(byte[] octets) throws MessagingException {
        return new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(octets));
    }

    static String describe(byte[] octets) throws Exception {
        MimeMessage message = parse(octets);
        Description to = new Description();
        to.text("Subject", String.valueOf(message.getSubject()));
        for (String field : List.of("From", "Sender", "Reply-To", "To", "Cc")) {
            String value = message.getHeader(field, null);
            if (value != null) {
                for (InternetAddress address : InternetAddress.parseHeader(value, true)) {
                    describe(to, field, address);
                }
            }
        }
        part(to, message, 0);
        return to.toString();
    }

    private static void describe(Description to, String field, InternetAddress address) throws MessagingException {
        if (!address.isGroup()) {
            to.address(field, address.getPersonal(), address.getAddress());
            return;
        }
        InternetAddress[] members = address.getGroup(true);
        for (InternetAddress member : members == null ? new InternetAddress[0] : members) {
            to.address(field, member.getPersonal(), member.getAddress());
        }
    }

    private static void part(Description to, MimePart part, int depth) throws Exception {
        String type = new ContentType(part.getContentType()).getBaseType();
        if (!type.startsWith("multipart/")) {
            to.part(depth, new Description.Part(type, octets(part), part.getFileName(), id(part), disposition(part)));
            return;
        }
        to.multipart(depth, type);
        MimeMultipart parts = new MimeMultipart(new ByteArrayDataSource(octets(part), part.getContentType()));
        for (int i = 0; i < parts.getCount(); i++) {
            BodyPart each = parts.getBodyPart(i);
            part(to, (MimePart) each, depth + 1);
        }
        if (!parts.isComplete()) {
            to.text("incomplete", type);
        }
    }

    private static byte[] octets(Part part) throws IOException, MessagingException {
        try (InputStream in = part.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static @Nullable String id(MimePart part) throws MessagingException {
        return part.getContentID();
    }

    private static @Nullable String disposition(MimePart part) throws MessagingException {
        return part.getDisposition();
    }
}
