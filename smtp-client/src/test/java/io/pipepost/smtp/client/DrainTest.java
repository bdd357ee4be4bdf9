/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client is closed in the middle of thousands of messages: whatever it says of each is true. */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class DrainTest {
    private static final int MESSAGES = 3_000;
    private static final int THREADS = 3;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    /** A server, what became of each message, and who is sending. */
    private final class Load implements AutoCloseable {
        private final SmtpSink sink;
        private final SmtpClient client;
        private final AtomicIntegerArray completions = new AtomicIntegerArray(MESSAGES);
        private final AtomicReferenceArray<Mails.Outcome> outcomes = new AtomicReferenceArray<>(MESSAGES);
        private final CountDownLatch left = new CountDownLatch(MESSAGES);
        private final List<Thread> senders = new ArrayList<>();

        Load(SmtpSink.Builder builder, boolean tls, Duration drain) throws Exception {
            SmtpSink.Builder server = builder.threads(6).keepMessages();
            sink = (tls ? server.startTls() : server).start();
            Path ca = directory.resolve("ca.pem");
            Security security = Security.of(TlsMode.NONE);
            if (tls) {
                Files.writeString(ca, sink.certificates().authorityPem());
                security = Security.of(TlsMode.STARTTLS).trust(ca);
            }
            client = SmtpClient.builder("localhost", sink.port())
                    .security(security)
                    .pool(PoolOptions.DEFAULT.withMaxConnections(6).withMaxMessagesPerConnection(100))
                    .drainTimeout(drain)
                    .build();
        }

        void start() {
            for (int t = 0; t < THREADS; t++) {
                int first = t;
                Thread sender = new Thread(() -> {
                    for (int i = first; i < MESSAGES; i += THREADS) {
                        send(i);
                    }
                });
                senders.add(sender);
                sender.start();
            }
        }

        private void send(int number) {
            client.send(Mails.message(number)).whenComplete((result, error) -> {
                completions.incrementAndGet(number);
                List<RecipientResult> recipients =
                        result != null ? result.recipients() : ((SmtpException) error).recipients();
                outcomes.set(
                        number,
                        new Mails.Outcome(
                                recipients, result, error == null ? null : ((SmtpException) error).failure()));
                left.countDown();
            });
        }

        void awaitAllHandedIn() throws InterruptedException {
            for (Thread sender : senders) {
                sender.join(30_000);
            }
        }

        /** Waits until every future is complete, the client closed, and the server through with all it was given. */
        void finish(CompletableFuture<Void> closed) throws Exception {
            awaitAllHandedIn();
            assertThat(left.await(30, TimeUnit.SECONDS))
                    .as("%s futures are not complete", left.getCount())
                    .isTrue();
            assertThat(closed).succeedsWithin(LONG);
            Mails.await("the server is through", () -> sink.counters().openConnections() == 0);
        }

        void assertTrue() {
            int[] stored = new int[MESSAGES];
            for (Received received : sink.messages()) {
                stored[number(received)]++;
            }
            for (int i = 0; i < MESSAGES; i++) {
                assertThat(completions.get(i)).isEqualTo(1);
                Disposition told = outcomes.get(i).disposition();
                switch (told) {
                    case ACCEPTED -> assertThat(stored[i]).as("accepted").isEqualTo(1);
                    case NOT_SENT -> assertThat(stored[i]).as("not sent").isZero();
                    case INDETERMINATE -> assertThat(stored[i]).isLessThanOrEqualTo(1);
                    default -> throw new AssertionError(outcomes.get(i));
                }
            }
        }

        long count(Disposition disposition) {
            long count = 0;
            for (int i = 0; i < MESSAGES; i++) {
                count += outcomes.get(i).disposition() == disposition ? 1 : 0;
            }
            return count;
        }

        @Override
        public void close() {
            client.close();
            sink.close();
        }
    }

    private static int number(Received received) {
        return Integer.parseInt(received.from().substring(1, received.from().indexOf('@')));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void longDrainSendsAllThatWasHandedIn(boolean tls) throws Exception {
        try (Load load = new Load(SmtpSink.builder(), tls, LONG)) {
            load.start();
            load.awaitAllHandedIn();
            load.finish(load.client.closeAsync());
            load.assertTrue();
            assertThat(load.count(Disposition.ACCEPTED)).isEqualTo(MESSAGES);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsHandedInWhileTheClientClosesIsSentOrNot(boolean tls) throws Exception {
        try (Load load = new Load(SmtpSink.builder(), tls, LONG)) {
            load.start();
            Mails.await("some are through", () -> load.sink.counters().messages() > 50);
            load.finish(load.client.closeAsync());
            load.assertTrue();
            assertThat(load.count(Disposition.INDETERMINATE)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"false,0", "true,0", "false,30", "true,30"})
    void shortDrainTellsTheTruth(boolean tls, int drainMillis) throws Exception {
        SmtpSink.Builder slow = SmtpSink.builder().latency(Duration.ofMillis(5));
        try (Load load = new Load(slow, tls, Duration.ofMillis(drainMillis))) {
            load.start();
            load.awaitAllHandedIn();
            Mails.await("some are through", () -> load.sink.counters().messages() > 50);
            load.finish(load.client.closeAsync());
            load.assertTrue();
            assertThat(load.count(Disposition.ACCEPTED)).isPositive();
            assertThat(load.count(Disposition.NOT_SENT)).isPositive();
            assertThat(load.count(Disposition.ACCEPTED)
                            + load.count(Disposition.NOT_SENT)
                            + load.count(Disposition.INDETERMINATE))
                    .isEqualTo(MESSAGES);
            for (int i = 0; i < MESSAGES; i++) {
                Mails.Outcome outcome = load.outcomes.get(i);
                if (!outcome.isAccepted()) {
                    assertThat(outcome.recipients().get(0).cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
                }
            }
        }
    }

    /** The server stops answering at some step, in all sessions. */
    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"MAIL", "RCPT", "END_OF_DATA"})
    void stalledServerDoesNotKeepTheClient(Phase where) throws Exception {
        SmtpSink.Builder builder = SmtpSink.builder();
        CountDownLatch stalled = new CountDownLatch(1);
        AtomicInteger seen = new AtomicInteger();
        builder.rule((phase, argument) -> {
            if (phase == where && seen.incrementAndGet() > 100) {
                awaitQuietly(stalled);
            }
            return null;
        });
        try (Load load = new Load(builder, false, Duration.ofMillis(300))) {
            load.start();
            load.awaitAllHandedIn();
            Mails.await("stalled", () -> seen.get() > 100);
            CompletableFuture<Void> closed = load.client.closeAsync();
            assertThat(closed).succeedsWithin(Duration.ofSeconds(20));
            stalled.countDown();
            load.finish(closed);
            load.assertTrue();
            assertThat(load.count(Disposition.NOT_SENT)).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 60_000})
    void aFlowOfMessagesIsDrainedToo(int drainMillis) {
        List<SendOutcome> outcomes;
        MessageSource source = MessageSource.of(MESSAGES);
        try (SmtpSink sink =
                SmtpSink.builder().latency(Duration.ofMillis(1)).keepMessages().start()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            SmtpClient client = Mails.client(sink.port())
                    .drainTimeout(Duration.ofMillis(drainMillis))
                    .build();
            client.sendAll(source).subscribe(taker);
            Mails.await("some are through", () -> sink.counters().messages() > 50);
            client.closeAsync().join();
            assertThat(taker.awaitEnd()).isInstanceOf(SmtpException.Request.class);
            outcomes = taker.outcomes;
            Mails.await("the server is through", () -> sink.counters().openConnections() == 0);
            assertThat(outcomes).hasSize((int) source.made());
            int[] stored = new int[MESSAGES];
            sink.messages().forEach(received -> stored[number(received)]++);
            for (SendOutcome outcome : outcomes) {
                String from = outcome.message().envelope().from().toString();
                int copies = stored[Integer.parseInt(from.replaceAll("\\D", ""))];
                switch (outcome.recipients().get(0).disposition()) {
                    case ACCEPTED -> assertThat(copies).isEqualTo(1);
                    case NOT_SENT -> assertThat(copies).isZero();
                    default -> assertThat(copies).isLessThanOrEqualTo(1);
                }
            }
            assertThat(outcomes.stream().filter(SendOutcome::allAccepted)).hasSizeGreaterThan(40);
        }
    }
}
