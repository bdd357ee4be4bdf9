/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.mail.MailAuthenticationException;
import org.springframework.mail.MailSendException;
import org.springframework.mail.SimpleMailMessage;
import org.springframework.mail.javamail.JavaMailSenderImpl;
import org.springframework.mail.javamail.MimeMessageHelper;

/** Spring's sender, unchanged but for the protocol. */
class SpringTest {
    private final SmtpSink sink = SmtpSink.builder()
            .credentials("user", "secret")
            .requireAuth()
            .requireTls()
            .reply(Phase.RCPT, argument -> argument.contains("bad"), Reply.of(550, "5.1.1 no such user"))
            // What a server makes of a refused chunk is tried between messages, which takes its connection for a
            // moment.
            .hide("CHUNKING")
            .keepMessages()
            .start();

    private final JavaMailSenderImpl sender = new JavaMailSenderImpl();

    @TempDir
    Path directory;

    @BeforeEach
    void configure() throws Exception {
        Path ca = Files.writeString(
                directory.resolve("ca.pem"), sink.certificates().authorityPem());
        sender.setProtocol("pipepost");
        sender.setHost("localhost");
        sender.setPort(sink.port());
        sender.setUsername("user");
        sender.setPassword("secret");
        sender.getJavaMailProperties().put("mail.smtp.auth", "true");
        sender.getJavaMailProperties().put("mail.smtp.starttls.enable", "true");
        sender.getJavaMailProperties().put("mail.smtp.connectiontimeout", "5000");
        sender.getJavaMailProperties().put("mail.smtp.timeout", "20000");
        sender.getJavaMailProperties().put("mail.pipepost.ssl.cafile", ca.toString());
    }

    @AfterEach
    void close() throws Exception {
        PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
        sink.close();
    }

    private static SimpleMailMessage simple(String... to) {
        SimpleMailMessage message = new SimpleMailMessage();
        message.setFrom("a@a.test");
        message.setTo(to);
        message.setSubject("Grüße");
        message.setText("line\n.dot");
        return message;
    }

    @Test
    void sendsMessagesWithAttachments() throws Exception {
        MimeMessage mail = sender.createMimeMessage();
        MimeMessageHelper helper = new MimeMessageHelper(mail, true, "UTF-8");
        helper.setFrom("a@a.test", "Ä");
        helper.setTo(new String[] {"b@b.test", "c@c.test"});
        helper.setBcc("d@d.test");
        helper.setSubject("Grüße");
        helper.setText("text", "<p>html</p>");
        helper.addAttachment("附件.pdf", new ByteArrayResource(new byte[400_000]));
        sender.send(mail);

        Received received = sink.messages().get(0);
        assertThat(received.tls()).isTrue();
        assertThat(received.user()).isEqualTo("user");
        assertThat(received.from()).isEqualTo("a@a.test");
        assertThat(received.recipients()).containsExactly("b@b.test", "c@c.test", "d@d.test");
        assertThat(received.content()).isEqualTo(Mimes.rendered(mail));
        MimeMessage parsed = new MimeMessage(sender.getSession(), new ByteArrayInputStream(received.content()));
        assertThat(parsed.getSubject()).isEqualTo("Grüße");
        assertThat(parsed.getHeader("Bcc")).isNull();
    }

    @Test
    void manyMessagesShareAConnection() {
        for (int i = 0; i < 3; i++) {
            sender.send(simple("b@b.test"), simple("c@c.test"));
        }
        assertThat(sink.counters().messages()).isEqualTo(6);
        assertThat(sink.counters().connections()).isEqualTo(1);
        assertThat(new String(sink.messages().get(0).content(), UTF_8)).contains("\r\nline\r\n.dot");
    }

    @Test
    void failuresAreWhatSpringExpects() {
        MailSendException failure = catchThrowableOfType(
                MailSendException.class,
                () -> sender.send(simple("b@b.test"), simple("b@b.test", "bad@b.test"), simple("c@c.test")));
        assertThat(failure.getFailedMessages()).hasSize(1);
        assertThat(failure.getMessageExceptions())
                .singleElement()
                .isInstanceOfSatisfying(
                        SmtpSendFailedException.class,
                        one -> assertThat(one.getInvalidAddresses()[0]).hasToString("bad@b.test"));
        assertThat(sink.counters().messages()).isEqualTo(2);
    }

    @Test
    void connectionsAreTested() throws Exception {
        sender.testConnection();
        assertThat(sink.counters().connections()).isEqualTo(1);
        sender.setPassword("wrong");
        assertThatThrownBy(sender::testConnection).isInstanceOf(jakarta.mail.AuthenticationFailedException.class);
        assertThatThrownBy(() -> sender.send(simple("b@b.test"))).isInstanceOf(MailAuthenticationException.class);
    }
}
