/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.inClear;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.Sendable;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One call of {@code send}: what holds for it, whoever sends. */
class SendOptionsTest {
    private static final Message ONE = Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n"));

    private static MailMessage composed() {
        return MailMessage.builder()
                .from("a@b.test")
                .to("c@d.test")
                .subject("x")
                .text("x")
                .build();
    }

    @Test
    void aTestStandsInWithALambda() {
        AtomicReference<Sendable> sent = new AtomicReference<>();
        SmtpSender sender = (mail, options) -> {
            sent.set(mail);
            return new CompletableFuture<>();
        };
        assertThat(sender.send(ONE)).isNotDone();
        assertThat(sent.get()).isSameAs(ONE);
    }

    @Test
    void clientsAndSessionsAreSenders() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = inClear(sink.port()).build()) {
            SmtpSession session = client.connect().join();
            for (SmtpSender sender : List.of(client, session)) {
                for (Sendable mail : List.of(ONE, composed())) {
                    SendResult result = sender.send(mail).join();
                    assertThat(result.allAccepted()).isTrue();
                }
            }
            session.quit().join();
            assertThat(sink.counters().messages()).isEqualTo(4);
        }
    }

    @Test
    void thePolicyOfOneCall() {
        try (SmtpSink sink = SmtpSink.builder()
                        .reply(Phase.RCPT, argument -> argument.contains("no@"), Reply.of(550, "5.1.1 No"))
                        .start();
                SmtpClient client = inClear(sink.port()).build()) {
            Message mixed = Message.of("a@b.test", List.of("yes@d.test", "no@d.test"), Content.of("x\r\n"));
            assertThat(client.send(mixed).join().failed()).hasSize(1);
            SendOptions all = SendOptions.DEFAULT.withRecipientPolicy(RecipientPolicy.ALL);
            assertThat(Mails.outcome(client.send(mixed, all)).isAccepted()).isFalse();
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void theDeadlineOfOneCall() {
        try (RawServer silent = RawServer.silent();
                SmtpClient client = inClear(silent.port()).build()) {
            SendOptions soon = SendOptions.within(Duration.ofMillis(20));
            assertThat(Mails.outcome(client.send(ONE, soon)).failure().cause()).isEqualTo(FailureCause.TIMEOUT);
        }
        assertThatThrownBy(() -> SendOptions.within(Duration.ZERO)).hasMessageContaining("more than zero, found 0");
        assertThat(SendOptions.within(Duration.ofSeconds(2)))
                .hasToString("SendOptions[deadline=2 s, recipientPolicy=null, tag=null, priority=NORMAL]");
    }

    @Test
    void tagAndPriorityAreKept() {
        SendOptions options = SendOptions.DEFAULT.withTag("July, 发票").withPriority(Priority.LOW);
        assertThat(options.tag()).isEqualTo("July, 发票");
        assertThat(options.priority()).isEqualTo(Priority.LOW);
        for (String bad : List.of("", "  ", "a\r\nb", "a\u200Bb")) {
            assertThatThrownBy(() -> SendOptions.DEFAULT.withTag(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("A tag is text on one line, found \"\\p{Print}*\"");
        }
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = inClear(sink.port()).build()) {
            assertThat(client.send(ONE, options).join().allAccepted()).isTrue();
        }
    }

    @Test
    void outcomesOfManyCarryTheCallersKey() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = inClear(sink.port()).build()) {
            Stream<Sendable> mails =
                    Stream.of(ONE.withKey(7), composed().toMessage().withKey("row 8"), composed());
            assertThat(client.sendAll(mails).map(SendOutcome::key).toList())
                    .containsExactlyInAnyOrder(7, "row 8", null);
            assertThat(sink.counters().messages()).isEqualTo(3);
        }
    }

    @Test
    void keysStayWithTheMessage() {
        assertThat(ONE.withKey("k").withRecipientPolicy(RecipientPolicy.ALL).key())
                .isEqualTo("k");
        assertThat(ONE.withKey("k").withEnvelope(ONE.envelope()).key()).isEqualTo("k");
        assertThat(ONE.key()).isNull();
    }
}
