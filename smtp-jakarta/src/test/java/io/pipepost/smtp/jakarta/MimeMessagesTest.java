/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.james.jdkim.DKIMVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of Jakarta Mail through a client of the program's own. */
class MimeMessagesTest {
    private final Session session = Mimes.session();

    private static SmtpClient client(SmtpSink sink) {
        return SmtpClient.builder(Relay.of("127.0.0.1", sink.port()).withTrust(Trust.FLIGHT))
                .security(Security.of(TlsMode.NONE))
                .build();
    }

    private static Received sendOne(Message message, SmtpSink.Builder server) throws Exception {
        try (SmtpSink sink = server.keepMessages().start();
                SmtpClient client = client(sink)) {
            client.send(message).get(20, TimeUnit.SECONDS);
            return sink.messages().get(0);
        }
    }

    /** One way to put a header line into a message. */
    @FunctionalInterface
    private interface Way {
        void add(MimeMessage message, String value) throws MessagingException;
    }

    private static MimeBodyPart part(MimeMessage message) throws MessagingException {
        MimeBodyPart part = new MimeBodyPart();
        part.setText("see there");
        MimeMultipart inner = new MimeMultipart(part);
        MimeBodyPart outer = new MimeBodyPart();
        outer.setContent(inner);
        message.setContent(new MimeMultipart(outer));
        return part;
    }

    private static final Map<String, Way> WAYS = Map.of(
            "setHeader", (message, value) -> message.setHeader("X-Field", value),
            "addHeader", (message, value) -> message.addHeader("X-Field", value),
            "addHeaderLine", (message, value) -> message.addHeaderLine("X-Field: " + value),
            "a name", (message, value) -> message.setHeader("X-Field: " + value, "x"),
            "setHeader of a part", (message, value) -> part(message).setHeader("X-Field", value),
            "addHeaderLine of a part", (message, value) -> part(message).addHeaderLine("X-Field: " + value),
            "a message in it",
                    (message, value) -> {
                        MimeMessage inner = Mimes.message(Mimes.session(), "c@c.test");
                        inner.setHeader("X-Field", value);
                        MimeBodyPart forwarded = new MimeBodyPart();
                        forwarded.setContent(inner, "message/rfc822");
                        message.setContent(new MimeMultipart(forwarded));
                    });

    /** S-24: Jakarta Mail writes what it is given, so a value with a line end would begin another field. */
    @Test
    void s24_noHeaderFieldBecomesTwo() throws Exception {
        for (Map.Entry<String, Way> way : WAYS.entrySet()) {
            for (String value : List.of(
                    "x\r\nBcc: v@v.test",
                    "x\nBcc: v@v.test",
                    "x\rBcc: v@v.test",
                    "x\r\n\r\nbody",
                    "x\r\n y\r\nBcc: v",
                    "x\r\n")) {
                MimeMessage message = Mimes.message(session, "b@b.test");
                way.getValue().add(message, value);
                message.saveChanges();
                assertThatThrownBy(() -> MimeMessages.content(message))
                        .as("%s: %s", way.getKey(), value)
                        .isInstanceOf(MessagingException.class)
                        .hasMessageContaining("The header field X-Field")
                        .hasMessageContaining("holds a line end that no blank follows");
            }
            MimeMessage folded = Mimes.message(session, "b@b.test");
            way.getValue().add(folded, "x\r\n y\r\n\tz");
            folded.saveChanges();
            assertThat(MimeMessages.content(folded).size()).isPresent();
        }
    }

    /** Jakarta Mail makes a fold of it. */
    @Test
    void s24_subjectsStayOneField() throws Exception {
        MimeMessage message = Mimes.message(session, "b@b.test");
        message.setSubject("x\r\nBcc: v@v.test");
        message.saveChanges();
        Content content = MimeMessages.content(message);
        assertThat(UTF_8.decode(((Content.Bytes) content).octets()).toString())
                .contains("\r\nSubject: x")
                .doesNotContain("\r\nBcc");
        message.setHeader("Subject", "x\r\nBcc: v@v.test");
        assertThatThrownBy(() -> MimeMessages.content(message)).hasMessageContaining("The header field Subject holds");
    }

    /** What was read from octets has lines only, however broken it is; nothing of it is parsed for this. */
    @Test
    void s24_messagesThatWereReadAreSentAsTheyAre() throws Exception {
        String text = "From: <a@a.test>\r\nContent-Type: multipart/mixed; boundary=x\r\nX-Y: z\r\n\r\n--x\r\nno part";
        MimeMessage message = new MimeMessage(session, new ByteArrayInputStream(text.getBytes(UTF_8)));
        assertThat(MimeMessages.content(message).size()).hasValue(text.length());
    }

    @Test
    void smallMessagesAreKeptInMemory() throws Exception {
        MimeMessage mail = Mimes.message(session, "b@b.test");
        Content content = MimeMessages.content(mail);
        assertThat(content).isInstanceOf(Content.Bytes.class);
        Received received = sendOne(MimeMessages.message(mail), SmtpSink.builder());
        assertThat(received.content()).isEqualTo(Mimes.rendered(mail));
        assertThat(received.text()).contains("\r\n.dot\r\nlast\r\n");
    }

    @Test
    void largeMessagesAreStreamedWithTheirExactSize() throws Exception {
        for (String hidden : List.of("NONE", "CHUNKING")) {
            MimeMessage mail = Mimes.large(session, 3_000_000);
            Message message = MimeMessages.message(mail);
            assertThat(message.content()).isInstanceOf(Content.Published.class);
            byte[] expected = Mimes.rendered(mail);
            assertThat(message.content().size()).hasValue(expected.length);
            Received received = sendOne(message, SmtpSink.builder().hide(hidden));
            assertThat(received.content()).isEqualTo(expected);
            assertThat(received.parameters()).contains("SIZE=" + expected.length);
        }
    }

    @Test
    void aMessageThatIsAnotherWhenItIsSentIsNotDelivered() throws Exception {
        MimeMessage changing = new MimeMessage(session) {
            private int written;

            @Override
            public void writeTo(OutputStream out, String[] ignored) throws IOException {
                out.write(("Subject: x\r\n\r\n" + "line\r\n".repeat(100_000 + written++)).getBytes(UTF_8));
            }
        };
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink)) {
            Content content = MimeMessages.content(changing);
            assertThatThrownBy(() -> client.send(Message.of("a@a.test", List.of("b@b.test"), content))
                            .get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            SmtpException.class,
                            failure -> assertThat(failure.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED));
            assertThat(sink.counters().messages()).isZero();
        }
    }

    /** In memory and streamed; a signer is given what is sent, without Bcc. */
    @ParameterizedTest
    @ValueSource(ints = {10, 600_000, 3_000_000})
    void signedMessagesVerify(int octets) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        KeyPair pair = generator.generateKeyPair();
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        MimeMessage mail = Mimes.large(session, octets);
        mail.setRecipients(RecipientType.BCC, "secret@f.test");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = SmtpClient.builder("127.0.0.1", sink.port())
                        .security(Security.of(TlsMode.NONE))
                        .signer(DkimSigner.builder(DkimKey.ofPem("a.test", "s", pem))
                                .build())
                        .build()) {
            client.send(MimeMessages.message(mail)).get(20, TimeUnit.SECONDS);
            Received received = sink.messages().get(0);
            String record = "v=DKIM1; k=rsa; p="
                    + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
            DKIMVerifier verifier = new DKIMVerifier((method, selector, domain) -> List.of(record));
            assertThat(verifier.verify(new ByteArrayInputStream(received.content())))
                    .hasSize(1);
            assertThat(received.text().endsWith(new String(Mimes.rendered(mail), UTF_8)))
                    .as("the message follows its signature")
                    .isTrue();
            assertThat(received.recipients()).containsExactly("b@b.test", "secret@f.test");
        }
    }

    @Test
    void bccIsInTheEnvelopeAndNowhereElse() throws Exception {
        MimeMessage mail = Mimes.message(session, "b@b.test, team: c@c.test, D <d@d.test>;, nobody:;");
        mail.setRecipients(RecipientType.CC, "e@e.test");
        mail.setRecipients(RecipientType.BCC, "secret@f.test");
        mail.setHeader("Content-Length", "7");
        Received received = sendOne(MimeMessages.message(mail), SmtpSink.builder());
        assertThat(received.recipients())
                .containsExactly("b@b.test", "c@c.test", "d@d.test", "e@e.test", "secret@f.test");
        assertThat(received.text())
                .doesNotContain("Bcc")
                .doesNotContain("secret")
                .doesNotContain("Content-Length");
    }

    @Test
    void contentIsTakenAsItIsAndAMessageIsSavedFirst() throws Exception {
        MimeMessage mail = new MimeMessage(session);
        mail.setFrom("a@a.test");
        mail.setRecipients(RecipientType.TO, "b@b.test");
        mail.setText("x");
        MimeMessages.content(mail);
        String id = mail.getMessageID();
        assertThat(id).as("never saved before").isNotNull();
        mail.setHeader("Message-ID", "<mine@a.test>");
        assertThat(UTF_8.decode(((Content.Bytes) MimeMessages.content(mail)).octets())
                        .toString())
                .contains("Message-ID: <mine@a.test>");
        MimeMessages.message(mail);
        assertThat(mail.getMessageID()).isNotEqualTo("<mine@a.test>");
    }

    @Test
    void messagesThatWereParsedKeepEveryOctet() throws Exception {
        String text = "X-Odd:   spaced\r\nFrom: a@a.test\r\nTo: b@b.test\r\n\r\n.x\r\ny";
        MimeMessage mail = new MimeMessage(session, new ByteArrayInputStream(text.getBytes(UTF_8)));
        assertThat(UTF_8.decode(((Content.Bytes) MimeMessages.content(mail)).octets())
                        .toString())
                .isEqualTo(text);
    }

    @Test
    void theReversePath() throws Exception {
        MimeMessage mail = Mimes.message(session, "b@b.test");
        mail.setSender(new InternetAddress("s@s.test"));
        assertThat(from(mail)).isEqualTo("a@a.test");
        mail.addFrom(InternetAddress.parse("a2@a.test"));
        assertThat(from(mail)).isEqualTo("s@s.test");
        mail.removeHeader("From");
        assertThat(from(mail)).isEqualTo("s@s.test");
        mail.removeHeader("Sender");
        assertThatThrownBy(() -> from(mail))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("From");
        session.getProperties().put("mail.smtp.from", "bounces@a.test");
        assertThat(from(mail)).isEqualTo("bounces@a.test");
        session.getProperties().put("mail.smtp.from", "<>");
        assertThat(from(mail)).isEmpty();
    }

    private static String from(MimeMessage mail) throws MessagingException {
        return MimeMessages.envelope(mail).from().toString();
    }

    @Test
    void recipientsMustBeThereAndWellFormed() throws Exception {
        assertThatThrownBy(() -> MimeMessages.message(Mimes.message(session, "nobody:;")))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("no recipient");
        MimeMessage local = Mimes.message(session, "b@b.test");
        local.setRecipient(RecipientType.TO, new InternetAddress("root", false));
        assertThatThrownBy(() -> MimeMessages.message(local)).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void whoIsNamedTwiceIsOneRecipient() throws Exception {
        MimeMessage mail = Mimes.message(session, "b@b.test");
        mail.setRecipients(RecipientType.CC, "c@b.test, B <b@B.test>");
        mail.setRecipients(RecipientType.BCC, "c@b.test, d@b.test");
        assertThat(MimeMessages.envelope(mail).recipients()).hasToString("[b@b.test, c@b.test, d@b.test]");
    }

    /** R-6531-03: a domain alone needs no extension. */
    @Test
    void internationalDomainsGoOutInALabels() throws Exception {
        MimeMessage mail = Mimes.message(session, "b@b.test");
        mail.setRecipient(RecipientType.TO, new InternetAddress("b@bücher.test", false));
        Envelope envelope = MimeMessages.envelope(mail);
        assertThat(envelope.recipients()).hasToString("[b@xn--bcher-kva.test]");
    }

    /** R-6531-01: header fields beyond ASCII need it, large or small. */
    @Test
    void internationalHeadersAskForSmtpUtf8() throws Exception {
        Session utf8 = Mimes.session("mail.mime.allowutf8", "true", "mail.smtp.from", "a@a.test");
        for (int octets : new int[] {10, 600_000}) {
            MimeMessage mail = Mimes.large(utf8, octets);
            mail.setFrom(new InternetAddress("ä@a.test", false));
            mail.saveChanges();
            Message message = MimeMessages.message(mail);
            Received received = sendOne(message, SmtpSink.builder());
            assertThat(received.parameters()).contains("SMTPUTF8");
            assertThat(received.text()).contains("From: ä@a.test");
            assertThatThrownBy(() -> sendOne(message, SmtpSink.builder().hide("SMTPUTF8")))
                    .cause()
                    .isInstanceOfSatisfying(
                            SmtpException.class,
                            failure -> assertThat(failure.failure().cause()).isEqualTo(FailureCause.EXTENSION_MISSING));
        }
        Received ascii = sendOne(MimeMessages.message(Mimes.message(session, "b@b.test")), SmtpSink.builder());
        assertThat(ascii.parameters()).doesNotContain("SMTPUTF8");
    }

    @Test
    void aMessageThatCannotBeWrittenSaysWhy() {
        MimeMessage broken = new MimeMessage(session) {
            @Override
            public void writeTo(OutputStream out, String[] ignored) throws IOException {
                throw new IOException("disk gone");
            }
        };
        assertThatThrownBy(() -> MimeMessages.content(broken))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("disk gone");
    }
}
