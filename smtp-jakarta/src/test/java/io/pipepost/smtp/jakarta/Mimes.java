/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.testing.SmtpSink;
import jakarta.activation.DataHandler;
import jakarta.activation.DataSource;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Properties;
import java.util.SplittableRandom;

/** What the tests of this package share: sessions, messages, and what Jakarta Mail itself would send of them. */
final class Mimes {
    private Mimes() {}

    /** A session with properties, given as name, value, name, value. */
    static Session session(Object... properties) {
        Properties all = new Properties();
        for (int i = 0; i < properties.length; i += 2) {
            all.put(properties[i], properties[i + 1]);
        }
        return Session.getInstance(all);
    }

    /** A session for a server on this machine without TLS. */
    static Session plain(int port, Object... more) {
        Session session = session(more);
        session.getProperties().put("mail.smtp.host", "127.0.0.1");
        session.getProperties().put("mail.smtp.port", port);
        session.getProperties().put("mail.smtp.starttls.enable", "false");
        return session;
    }

    static Session plain(SmtpSink sink, Object... more) {
        return plain(sink.port(), more);
    }

    static Transport connected(Session session) throws MessagingException {
        Transport transport = session.getTransport("pipepost");
        transport.connect();
        return transport;
    }

    /** From a@a.test, with a text; recipients are comma-separated. */
    static MimeMessage message(Session session, String to) throws MessagingException {
        MimeMessage message = new MimeMessage(session);
        message.setFrom("a@a.test");
        message.setRecipients(RecipientType.TO, InternetAddress.parse(to));
        message.setSubject("Grüße");
        message.setText("first\n.dot\nlast\n");
        message.saveChanges();
        return message;
    }

    /** With an attachment of so many octets, which are the same each time. */
    static MimeMessage large(Session session, long octets) throws MessagingException {
        MimeMessage message = message(session, "b@b.test");
        MimeBodyPart text = new MimeBodyPart();
        text.setText("see below");
        MimeBodyPart file = new MimeBodyPart();
        file.setDataHandler(new DataHandler(new Attachment(octets)));
        file.setFileName("附件.bin");
        file.setHeader("Content-Transfer-Encoding", "base64");
        message.setContent(new MimeMultipart(text, file));
        message.saveChanges();
        return message;
    }

    /** What Jakarta Mail's own transport would send, but for dots. */
    static byte[] rendered(MimeMessage message) throws MessagingException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message.writeTo(out, new String[] {"Bcc", "Content-Length"});
        return out.toString(UTF_8).replaceAll("\r\n|\r|\n", "\r\n").getBytes(UTF_8);
    }

    /** Random octets that are held nowhere. */
    private record Attachment(long octets) implements DataSource {
        @Override
        public InputStream getInputStream() {
            SplittableRandom random = new SplittableRandom(1);
            return new InputStream() {
                private long left = octets;

                @Override
                public int read() {
                    return left-- > 0 ? random.nextInt(256) : -1;
                }

                @Override
                public int read(byte[] target, int offset, int length) {
                    if (left <= 0) {
                        return -1;
                    }
                    int n = (int) Math.min(left, length);
                    for (int i = 0; i < n; i++) {
                        target[offset + i] = (byte) random.nextInt(256);
                    }
                    left -= n;
                    return n;
                }
            };
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getContentType() {
            return "application/octet-stream";
        }

        @Override
        public String getName() {
            return "attachment";
        }
    }
}
