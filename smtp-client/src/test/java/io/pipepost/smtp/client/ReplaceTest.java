/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Credentials and TLS are replaced while messages are under way. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class ReplaceTest {
    private static final int BATCH = 500;

    @TempDir
    Path directory;

    private static Credentials user(String name) {
        return Credentials.password(name, "secret");
    }

    private static List<CompletableFuture<SendResult>> sendFrom(SmtpClient client, int first) {
        List<CompletableFuture<SendResult>> futures = new ArrayList<>();
        for (int i = first; i < first + BATCH; i++) {
            futures.add(client.send(Mails.message(i)));
        }
        return futures;
    }

    private static int number(Received received) {
        return Integer.parseInt(received.from().substring(1, received.from().indexOf('@')));
    }

    @Test
    void newCredentialsAreForAllThatIsHandedInLater() {
        try (SmtpSink sink =
                SmtpSink.builder().credentials("new", "secret").keepMessages().start()) {
            List<CompletableFuture<SendResult>> futures = new ArrayList<>();
            try (SmtpClient client = Mails.client(sink.port())
                    .security(Security.of(TlsMode.NONE).allowAuthWithoutTls())
                    .build()) {
                futures.addAll(sendFrom(client, 0));
                Mails.await("under way", () -> sink.counters().messages() > 20);
                client.replaceCredentials(user("new"));
                futures.addAll(sendFrom(client, BATCH));
                assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages()).hasSize(2 * BATCH);
            assertThat(sink.messages().stream().filter(received -> number(received) >= BATCH))
                    .hasSize(BATCH)
                    .allMatch(received -> "new".equals(received.user()));
            assertThat(sink.messages()).anyMatch(received -> received.user() == null);
            // One that is still being opened when nothing waits any more is closed without.
            long carried =
                    sink.messages().stream().map(Received::session).distinct().count();
            assertThat(sink.counters().commands(Verb.QUIT))
                    .isBetween(carried, sink.counters().connections());
        }
    }

    /** Those whose credentials are refused fail until they are replaced; the client goes on. */
    @Test
    void wrongCredentialsCanBeReplaced() {
        try (SmtpSink sink = SmtpSink.builder()
                        .credentials("new", "secret")
                        .requireAuth()
                        .start();
                SmtpClient client = Mails.client(sink.port())
                        .security(Security.of(TlsMode.NONE).allowAuthWithoutTls())
                        .credentials(user("old"))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).failure().cause())
                    .isEqualTo(FailureCause.AUTH_FAILED);
            client.replaceCredentials(() -> CompletableFuture.completedFuture(user("new")));
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(client.connect().join().noop().join().isPositive()).isTrue();
        }
    }

    @Test
    void newSecurityIsForAllThatIsHandedInLater() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().startTls().keepMessages().start()) {
            Path ca = directory.resolve("ca.pem");
            Files.writeString(ca, sink.certificates().authorityPem());
            List<CompletableFuture<SendResult>> futures = new ArrayList<>();
            try (SmtpClient client = SmtpClient.builder("localhost", sink.port())
                    .security(Security.of(TlsMode.NONE))
                    .build()) {
                futures.addAll(sendFrom(client, 0));
                Mails.await("under way", () -> sink.counters().messages() > 20);
                client.replaceSecurity(Security.of(TlsMode.STARTTLS).trust(ca));
                futures.addAll(sendFrom(client, BATCH));
                assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages()).hasSize(2 * BATCH);
            assertThat(sink.messages().stream().filter(received -> number(received) >= BATCH))
                    .hasSize(BATCH)
                    .allMatch(Received::tls);
            assertThat(sink.messages()).anyMatch(received -> !received.tls());
        }
    }

    @Test
    void securityThatCannotBeHadChangesNothing() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            assertThatThrownBy(() -> client.replaceSecurity(
                            Security.of(TlsMode.STARTTLS).trust(directory.resolve("no such file"))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(sink.counters().connections()).isEqualTo(1);
        }
    }
}
