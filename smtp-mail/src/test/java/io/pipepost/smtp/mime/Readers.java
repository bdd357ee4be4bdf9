/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import jakarta.mail.Address;
import jakarta.mail.Header;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;

/** Two parsers that we did not write: Angus Mail and Apache Mime4j. */
final class Readers {
    private static final Session SESSION = Session.getInstance(new Properties());

    private Readers() {}

    static MimeMessage angus(HeaderField... fields) throws MessagingException {
        return new MimeMessage(SESSION, new ByteArrayInputStream(message(fields)));
    }

    static Message mime4j(HeaderField... fields) throws IOException {
        DefaultMessageBuilder builder = new DefaultMessageBuilder();
        builder.setMimeEntityConfig(MimeConfig.PERMISSIVE);
        return builder.parseMessage(new ByteArrayInputStream(message(fields)));
    }

    private static byte[] message(HeaderField... fields) {
        String header = new HeaderFields(List.of(fields)).toString();
        return (header + "\r\nBody.\r\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Names and addresses of a field, as Angus sees them. */
    static List<String> addresses(MimeMessage message, String field) throws MessagingException {
        List<String> found = new ArrayList<>();
        for (Address address : InternetAddress.parseHeader(message.getHeader(field, ","), true)) {
            found.add(((InternetAddress) address).getPersonal() + "|" + ((InternetAddress) address).getAddress());
        }
        return found;
    }

    /** The same by Mime4j. */
    static List<String> addresses(Message message) {
        return message.getTo().flatten().stream().map(Readers::show).collect(Collectors.toList());
    }

    private static String show(Mailbox mailbox) {
        return mailbox.getName() + "|" + mailbox.getAddress();
    }

    static List<String> names(MimeMessage message) throws MessagingException {
        return Collections.list(message.getAllHeaders()).stream()
                .map(Header::getName)
                .toList();
    }

    static List<String> names(Message message) {
        return message.getHeader().getFields().stream()
                .map(org.apache.james.mime4j.stream.Field::getName)
                .toList();
    }
}
