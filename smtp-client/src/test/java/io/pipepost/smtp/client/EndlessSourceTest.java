/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Publishers that answer each request at once, on the event loop that asks, and never come to an end: others have their turn
 * there all the same, and what makes no progress is given up. One event loop does everything.
 */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class EndlessSourceTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofMillis(300);
    private static final byte[] LINE = "From: <a@a.test>\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SmtpSink sink = SmtpSink.builder().start();

    @AfterEach
    void close() {
        sink.close();
    }

    /** Publishes buffers of one size as often as it is asked; of none, or a tiny one. */
    private record Endless(int octets) implements Flow.Publisher<ByteBuffer> {
        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(new Flow.Subscription() {
                private boolean cancelled;

                @Override
                public void request(long n) {
                    if (!cancelled) {
                        subscriber.onNext(ByteBuffer.wrap(new byte[] {'x', '\r', '\n'}, 0, octets));
                    }
                }

                @Override
                public void cancel() {
                    cancelled = true;
                }
            });
        }
    }

    private static List<Message> everyKind(Supplier<Flow.Publisher<ByteBuffer>> source) {
        MailMessage.Builder mail =
                MailMessage.builder().from("a@a.test").to("b@b.test").text("see there");
        MailMessage attached = mail.attach(Attachment.ofPublisher("a", source)).build();
        MailMessage sized = MailMessage.builder()
                .from("a@a.test")
                .to("b@b.test")
                .text("see there")
                .attach(Attachment.ofPublisher("a", source, 1 << 30))
                .build();
        return List.of(
                message(Content.ofPublisher(source)),
                message(Content.ofPublisher(source, 1 << 30)),
                attached.toMessage(),
                sized.toMessage());
    }

    private static Message message(Content content) {
        return Message.of("a@a.test", List.of("b@b.test"), content);
    }

    private SmtpClient.Builder client(boolean chunking) {
        return Mails.client(sink.port())
                .transport(TransportType.AUTO, 1)
                .pool(PoolOptions.DEFAULT.withMaxConnections(2))
                .flight(FlightOptions.DEFAULT.withChunking(chunking))
                .content(ContentOptions.DEFAULT.withLongLines(true))
                .timeouts(Timeouts.DEFAULT.with(Phase.WRITE, DEADLINE).with(Phase.ARGUMENT, DEADLINE));
    }

    private static void assertGivenUp(CompletableFuture<SendResult> sent, Phase phase) {
        Mails.Outcome outcome = Mails.outcome(sent);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.TIMEOUT);
        assertThat(outcome.failure().phase()).isEqualTo(phase);
    }

    private static void assertOthersHaveTheirTurn(SmtpClient client) {
        assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void emptyBuffersAreNoProgress(boolean chunking) {
        SmtpClient client = client(chunking).build();
        for (Message endless : everyKind(() -> new Endless(0))) {
            CompletableFuture<SendResult> sent = client.send(endless);
            assertOthersHaveTheirTurn(client);
            assertGivenUp(sent, Phase.WRITE);
            assertThat(Mails.outcome(sent).failure().message()).startsWith("No content from its source within");
        }
        assertThat(client.closeAsync()).succeedsWithin(SOON);
        assertThat(sink.counters().messages()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tinyBuffersLeaveRoomForOthersAndForTheDeadline(boolean chunking) {
        SmtpClient client = client(chunking).build();
        for (int octets : new int[] {1, 3}) {
            for (Message endless : everyKind(() -> new Endless(octets))) {
                CompletableFuture<SendResult> sent = client.send(endless, SendOptions.within(DEADLINE));
                assertOthersHaveTheirTurn(client);
                assertGivenUp(sent, Phase.QUEUE);
            }
        }
        assertThat(client.closeAsync()).succeedsWithin(SOON);
        assertThat(sink.counters().messages()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void closingEndsThem(int octets) {
        for (Message endless : everyKind(() -> new Endless(octets))) {
            SmtpClient client = client(true)
                    .timeouts(Timeouts.DEFAULT)
                    .drainTimeout(DEADLINE)
                    .build();
            CompletableFuture<SendResult> sent = client.send(endless);
            assertOthersHaveTheirTurn(client);
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            assertThat(Mails.outcome(sent).disposition()).isEqualTo(Disposition.NOT_SENT);
        }
    }

    // ---- signed

    private static DkimSigner dkim() {
        try {
            return DkimSigner.builder(DkimKey.of(
                            "a.test",
                            "s1",
                            KeyPairGenerator.getInstance("Ed25519")
                                    .generateKeyPair()
                                    .getPrivate()))
                    .build();
        } catch (GeneralSecurityException e) {
            throw new CompletionException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void signingIsGivenUp(int octets) {
        SmtpClient client = client(true).signer(dkim()).build();
        for (Message endless : everyKind(() -> new Endless(octets))) {
            CompletableFuture<SendResult> sent = client.send(endless, SendOptions.within(Duration.ofMinutes(1)));
            assertThat(Mails.outcome(client.send(message(Content.of(LINE)))).isAccepted())
                    .isTrue();
            Mails.Outcome outcome = Mails.outcome(sent);
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().phase()).isEqualTo(Phase.ARGUMENT);
        }
        assertThat(client.closeAsync()).succeedsWithin(SOON);
    }

    /** It ends while it is signed, and does not while it is sent. */
    @Test
    void signedContentThatTurnsEndless() {
        SmtpClient client = client(true).signer(dkim()).build();
        AtomicInteger readings = new AtomicInteger();
        Message turning = message(Content.ofPublisher(
                () -> readings.getAndIncrement() == 0 ? Content.of(LINE).open(Runnable::run) : new Endless(0)));
        CompletableFuture<SendResult> sent = client.send(turning);
        assertThat(Mails.outcome(client.send(message(Content.of(LINE)))).isAccepted())
                .isTrue();
        assertGivenUp(sent, Phase.WRITE);
        assertThat(client.closeAsync()).succeedsWithin(SOON);
        assertThat(sink.counters().messages()).isEqualTo(1);
    }
}
