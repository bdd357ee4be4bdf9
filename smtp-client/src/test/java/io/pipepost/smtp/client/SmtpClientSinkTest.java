/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sessions against the sink, with everything on: STARTTLS, AUTH, the pool. */
class SmtpClientSinkTest {
    private static final byte[] OCTETS = "Subject: x\r\n\r\n.dot\r\nlast\r\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    @Test
    void sendsOverStartTlsWithAuth() throws Exception {
        Path ca = directory.resolve("ca.pem");
        try (SmtpSink sink = SmtpSink.builder()
                .startTls()
                .credentials("user", "secret")
                .requireAuth()
                .keepMessages()
                .start()) {
            Files.writeString(ca, sink.certificates().authorityPem());
            try (SmtpClient client = SmtpClient.builder("localhost", sink.port())
                    .security(Security.DEFAULT.trust(ca))
                    .credentials(Credentials.password("user", "secret"))
                    .build()) {
                Message message = Message.of("alice@example.com", List.of("bob@example.org"), Content.of(OCTETS));
                SendResult first = client.send(message).get(20, java.util.concurrent.TimeUnit.SECONDS);
                SendResult second = client.send(message).get(20, java.util.concurrent.TimeUnit.SECONDS);
                assertThat(first.allAccepted()).isTrue();
                assertThat(second.session().id()).isEqualTo(first.session().id());
                assertThat(first.session().tls()).isNotNull();
            }
            sink.awaitCount(2, Duration.ofSeconds(5));
            for (Received received : sink.messages()) {
                assertThat(received.content()).isEqualTo(OCTETS);
            }
        }
    }
}
