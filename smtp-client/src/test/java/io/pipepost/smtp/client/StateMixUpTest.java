/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No message goes to another's recipients, over another's connection, or by another's reply. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class StateMixUpTest {
    private static final PoolOptions ONE = PoolOptions.DEFAULT.withMaxConnections(1);

    // ---- S-41

    /** What a server keeps between MAIL and the end of a transaction, as one that trusts its client would. */
    private static final class Ledger {
        private final List<String> recipients = new ArrayList<>();
        private final List<String> mixedUp = new ArrayList<>();

        void mail(String line) {
            if (!recipients.isEmpty()) {
                mixedUp.add(line + " over " + recipients);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"550 5.1.1 no such user", "450 4.2.1 later"})
    void s41_transactionThatFailedIsResetBeforeTheNext(String refusal) {
        Ledger ledger = new Ledger();
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    while (true) {
                        String line = connection.readLine();
                        if (line.startsWith("RCPT")) {
                            ledger.recipients.add(line);
                            connection.send(refusal);
                            continue;
                        }
                        if (line.startsWith("MAIL")) {
                            ledger.mail(line);
                        } else if (line.equals("RSET")) {
                            ledger.recipients.clear();
                        }
                        connection.send("250 ok");
                    }
                });
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 5);
            futures.get(0).cancel(false);
            futures.subList(1, 5)
                    .forEach(future ->
                            assertThat(Mails.outcome(future).isAccepted()).isFalse());
            assertThat(ledger.mixedUp).isEmpty();
        }
    }

    @Test
    void s41_messageCancelledWhileItIsSentLeavesNothingToTheNext() {
        try (SmtpSink sink = SmtpSink.builder()
                .latency(Duration.ofMillis(20))
                .hide("PIPELINING")
                .keepMessages()
                .start()) {
            try (SmtpClient client = Mails.client(sink.port()).pool(ONE).build()) {
                CompletableFuture<SendResult> first = client.send(Mails.message(1));
                CompletableFuture<SendResult> second = client.send(Mails.message(2));
                Mails.await("at RCPT", () -> sink.counters().recipientsAccepted() == 1);
                first.cancel(false);
                assertThat(Mails.outcome(second).isAccepted()).isTrue();
            }
            for (Received received : sink.messages()) {
                assertThat(received.recipients()).hasSize(1);
                assertThat(received.text())
                        .contains("number " + received.recipients().get(0).charAt(1));
            }
        }
    }

    // ---- S-42

    @Test
    void s42_twoIdentitiesNeverShareAConnection() {
        try (SmtpSink sink = SmtpSink.builder()
                .credentials("anna", "secret")
                .requireAuth()
                .keepMessages()
                .start()) {
            Security plain = Security.of(TlsMode.NONE).allowAuthWithoutTls();
            try (SmtpClient anna = Mails.client(sink.port())
                            .security(plain)
                            .credentials(Credentials.password("anna", "secret"))
                            .build();
                    SmtpClient mallory = Mails.client(sink.port())
                            .security(plain)
                            .credentials(Credentials.password("mallory", "guess"))
                            .build()) {
                assertThat(Mails.outcomes(Mails.sendAll(anna, 10))).allMatch(Mails.Outcome::isAccepted);
                assertThat(Mails.outcomes(Mails.sendAll(mallory, 10))).noneMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages()).hasSize(10).allMatch(received -> "anna".equals(received.user()));
        }
    }

    // ---- S-43

    /** A server that loses or adds a reply must not make another message's reply this one's. */
    @ParameterizedTest
    @CsvSource({
        "1,drop", "2,drop", "3,drop", "4,drop", "5,drop", "9,drop", "17,drop",
        "1,add", "2,add", "3,add", "4,add", "5,add", "9,add", "17,add"
    })
    void s43_lostOrAddedReplyAcceptsNothing(int at, String what) {
        Set<String> taken = ConcurrentHashMap.newKeySet();
        try (RawServer server = new RawServer(connection -> playWithReplies(connection, at, what, taken));
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE)
                        .flight(FlightOptions.DEFAULT.withChunking(false))
                        .timeouts(shortTimeouts())
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            List<Mails.Outcome> outcomes = Mails.outcomes(Mails.sendAll(client, 10));
            for (int i = 0; i < outcomes.size(); i++) {
                if (outcomes.get(i).isAccepted()) {
                    assertThat(taken).contains("Subject: " + i);
                }
            }
            long accepted = outcomes.stream().filter(Mails.Outcome::isAccepted).count();
            long rest = outcomes.stream()
                    .filter(outcome -> !outcome.isAccepted())
                    .flatMap(outcome -> outcome.recipients().stream())
                    .filter(result -> result.cause() != null)
                    .count();
            assertThat(accepted + rest).isEqualTo(10);
        }
    }

    private static Timeouts shortTimeouts() {
        Timeouts timeouts = Timeouts.DEFAULT;
        for (Phase phase : List.of(Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.END_OF_DATA, Phase.RSET)) {
            timeouts = timeouts.with(phase, Duration.ofMillis(150));
        }
        return timeouts;
    }

    private static void playWithReplies(RawServer.Connection connection, int at, String what, Set<String> taken)
            throws IOException {
        connection.open("PIPELINING");
        for (int number = 1; true; number++) {
            String line = connection.readLine();
            if (line.startsWith("Subject: ")) {
                connection.readContent();
                taken.add(line);
            }
            String reply = line.equals("DATA") ? "354 go" : "250 ok";
            boolean disturbed = connection.number() == 1 && number == at;
            if (disturbed && what.equals("add")) {
                connection.send(reply, "250 one too many");
            } else if (!disturbed) {
                connection.send(reply);
            }
        }
    }

    // ---- S-46

    @Test
    void s46_headerFieldsDoNotChangeTheEnvelope() {
        String text = """
                Return-Path: <other@a.test>
                Resent-To: victim@b.test
                Resent-From: other@a.test
                To: somebody@b.test
                Cc: another@b.test
                Bcc: secret@b.test
                X-Envelope-To: more@b.test
                Subject: x

                body
                """.replace("\n", "\r\n");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            Message message = Message.of("a@a.test", List.of("b@b.test"), Content.of(text));
            assertThat(Mails.outcome(client.send(message)).isAccepted()).isTrue();
            Received received = sink.messages().get(0);
            assertThat(received.from()).isEqualTo("a@a.test");
            assertThat(received.recipients()).containsExactly("b@b.test");
            assertThat(received.text()).isEqualTo(text);
        }
    }
}
