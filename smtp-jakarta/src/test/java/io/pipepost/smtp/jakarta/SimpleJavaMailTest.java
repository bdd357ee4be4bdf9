/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.simplejavamail.MailException;
import org.simplejavamail.api.email.Email;
import org.simplejavamail.api.mailer.Mailer;
import org.simplejavamail.api.mailer.config.TransportStrategy;
import org.simplejavamail.converter.EmailConverter;
import org.simplejavamail.email.EmailBuilder;
import org.simplejavamail.mailer.MailerBuilder;

/** Simple Java Mail, unchanged but for the protocol, which is a property to it. */
@SuppressWarnings("try") // a mailer that closes may be interrupted
class SimpleJavaMailTest {
    @TempDir
    Path directory;

    @AfterEach
    void close() throws Exception {
        PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
    }

    private static SmtpSink.Builder server(TransportStrategy strategy) {
        SmtpSink.Builder builder = SmtpSink.builder()
                .keepMessages()
                .reply(Phase.RCPT, argument -> argument.contains("bad"), Reply.of(550, "5.1.1 no such user"));
        return switch (strategy) {
            case SMTP -> builder;
            case SMTPS -> builder.implicitTls().credentials("user", "secret").requireAuth();
            case SMTP_TLS -> builder.requireTls().credentials("user", "secret").requireAuth();
            case SMTP_OAUTH2 -> builder.requireTls().token("user", "secret").requireAuth();
        };
    }

    private Mailer mailer(SmtpSink sink, TransportStrategy strategy, String password) throws Exception {
        Path ca = Files.writeString(
                directory.resolve("ca.pem"), sink.certificates().authorityPem());
        String protocol = strategy == TransportStrategy.SMTPS ? "pipeposts" : "pipepost";
        var builder = strategy == TransportStrategy.SMTP
                ? MailerBuilder.withSMTPServer("localhost", sink.port())
                : MailerBuilder.withSMTPServer("localhost", sink.port(), "user", password);
        return builder.withTransportStrategy(strategy)
                .trustingAllHosts(false)
                .withProperty("mail.transport.protocol", protocol)
                .withProperty("mail." + protocol + ".ssl.cafile", ca.toString())
                .buildMailer();
    }

    private static Email email(String... to) {
        return EmailBuilder.startingBlank()
                .from("Ä", "a@a.test")
                .toMultiple(to)
                .bcc("d@d.test")
                .withSubject("Grüße")
                .withPlainText("line\n.dot")
                .withHTMLText("<p>html</p>")
                .withAttachment("附件.pdf", new byte[400_000], "application/pdf")
                .buildEmail();
    }

    @ParameterizedTest
    @EnumSource
    void everyStrategyWorks(TransportStrategy strategy) throws Exception {
        try (SmtpSink sink = server(strategy).start();
                Mailer mailer = mailer(sink, strategy, "secret")) {
            mailer.testConnection();
            mailer.sendMail(email("b@b.test", "c@c.test")).get(20, TimeUnit.SECONDS);
            Received received = sink.messages().get(0);
            boolean plain = strategy == TransportStrategy.SMTP;
            assertThat(received.tls()).isEqualTo(!plain);
            assertThat(received.user()).isEqualTo(plain ? null : "user");
            assertThat(received.from()).isEqualTo("a@a.test");
            assertThat(received.recipients()).containsExactlyInAnyOrder("b@b.test", "c@c.test", "d@d.test");
            Email parsed = EmailConverter.emlToEmail(received.text());
            assertThat(parsed.getSubject()).isEqualTo("Grüße");
            assertThat(parsed.getPlainText()).isEqualToNormalizingNewlines("line\n.dot");
            assertThat(parsed.getAttachments()).singleElement().satisfies(one -> {
                assertThat(one.getName()).isEqualTo("附件.pdf");
                assertThat(one.readAllBytes()).isEqualTo(new byte[400_000]);
            });
            assertThat(parsed.getBccRecipients()).isEmpty();
        }
    }

    @Test
    void messagesInTheBackgroundShareConnections() throws Exception {
        try (SmtpSink sink = server(TransportStrategy.SMTP_TLS).start();
                Mailer mailer = mailer(sink, TransportStrategy.SMTP_TLS, "secret")) {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                all.add(mailer.sendMail(email("b@b.test"), true));
            }
            CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).get(60, TimeUnit.SECONDS);
            assertThat(sink.counters().messages()).isEqualTo(40);
            assertThat(sink.counters().connections()).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void failuresComeThrough() throws Exception {
        try (SmtpSink sink = server(TransportStrategy.SMTP_TLS).start();
                Mailer wrong = mailer(sink, TransportStrategy.SMTP_TLS, "wrong");
                Mailer mailer = mailer(sink, TransportStrategy.SMTP_TLS, "secret")) {
            assertThatThrownBy(() -> wrong.sendMail(email("b@b.test")))
                    .isInstanceOf(MailException.class)
                    .hasCauseInstanceOf(jakarta.mail.AuthenticationFailedException.class);
            assertThatThrownBy(() -> mailer.sendMail(email("b@b.test", "bad@b.test")))
                    .isInstanceOf(MailException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            SmtpSendFailedException.class,
                            failure ->
                                    assertThat(failure.getInvalidAddresses()[0]).hasToString("bad@b.test"));
            assertThat(sink.counters().messages()).isZero();
        }
    }
}
