/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages, cancellations, other credentials, relays that go away and come back, and the client's end, all at once. The
 * seed decides what is done, the scheduler when. Afterwards what the futures said is held against what the relays took.
 */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class PoolStressTest {
    private static final int SENDERS = 3;
    private static final Duration TUMULT = Duration.ofMillis(900);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Credentials[] CREDENTIALS = {
        Credentials.password("user", "secret"), Credentials.token("user", "token")
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everythingAtOnce(long seed) throws Exception {
        Set<Thread> before = clientThreads();
        Round round = new Round(seed);
        try {
            round.run();
        } catch (Throwable e) {
            throw new AssertionError("Seed " + seed + ": " + round, e);
        }
        Mails.await("the client's threads have ended", () -> before.containsAll(clientThreads()));
    }

    private static Set<Thread> clientThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(EventLoopGuard.LOOP_PREFIX))
                .collect(Collectors.toSet());
    }

    /** A relay that can go away and come back, in the same place. */
    private static final class FlappingRelay implements AutoCloseable {
        private final SmtpSink.Builder builder;
        private @Nullable SmtpSink sink;

        FlappingRelay(SmtpSink.Builder builder) {
            this.builder = builder;
            this.sink = builder.start();
            builder.port(sink.port());
        }

        int port() {
            return sink.port();
        }

        synchronized void flap(Random random) {
            SmtpSink now = sink;
            if (now == null) {
                comeBack();
            } else if (random.nextInt(3) == 0) {
                now.dropConnections();
            } else {
                sink = null;
                now.close();
            }
        }

        private void comeBack() {
            try {
                sink = builder.start();
            } catch (IllegalStateException e) {
                // Some connection on this machine has got the port for the moment.
            }
        }

        @Override
        public synchronized void close() {
            if (sink != null) {
                sink.close();
            }
        }
    }

    /** A message that was handed in. */
    private static final class Sent {
        private final int number;
        private final List<String> recipients;
        private final CompletableFuture<SendResult> future;
        private final AtomicInteger completions = new AtomicInteger();

        Sent(int number, List<String> recipients, CompletableFuture<SendResult> future) {
            this.number = number;
            this.recipients = recipients;
            this.future = future;
            future.whenComplete((result, error) -> completions.incrementAndGet());
        }

        String key(String recipient) {
            return number + " " + recipient;
        }

        /** What the future says of each recipient. */
        Map<String, Disposition> said() {
            try {
                return said(future.join().recipients());
            } catch (CancellationException e) {
                return recipients.stream().collect(Collectors.toMap(this::key, recipient -> Disposition.NOT_SENT));
            } catch (CompletionException e) {
                return said(((SmtpException) e.getCause()).recipients());
            }
        }

        private Map<String, Disposition> said(List<RecipientResult> results) {
            assertThat(results).hasSameSizeAs(recipients);
            return results.stream()
                    .collect(Collectors.toMap(
                            result -> key(result.recipient().toString()), RecipientResult::disposition));
        }
    }

    private static final class Round {
        private final Random random;
        private final Map<String, AtomicInteger> stored = new ConcurrentHashMap<>();
        private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
        private final Queue<Sent> unwanted = new ConcurrentLinkedQueue<>();
        private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
        private final AtomicInteger numbers = new AtomicInteger();
        private final List<FlappingRelay> relays = new ArrayList<>();
        private final SmtpClient client;
        private volatile boolean over;

        Round(long seed) {
            random = new Random(seed);
            relays.add(newRelay());
            relays.add(newRelay());
            client = newClient();
        }

        private FlappingRelay newRelay() {
            SmtpSink.Builder builder = SmtpSink.builder()
                    .threads(1)
                    .credentials("user", "secret")
                    .token("user", "token")
                    .requireAuth()
                    .latency(Duration.ofMillis(random.nextInt(3)))
                    .onMessage(this::store);
            return new FlappingRelay(random.nextBoolean() ? builder : builder.hide("CHUNKING"));
        }

        private void store(Received received) {
            String number = received.from().substring(1, received.from().indexOf('@'));
            for (String recipient : received.recipients()) {
                stored.computeIfAbsent(number + " " + recipient, key -> new AtomicInteger())
                        .incrementAndGet();
            }
        }

        private SmtpClient newClient() {
            PoolOptions.WhenFull mode = PoolOptions.WhenFull.values()[random.nextInt(2)];
            SmtpClient.Builder builder = SmtpClient.builder(relay(0))
                    .relay(relay(1))
                    .ehloName("client.test")
                    .security(Security.of(TlsMode.NONE).allowAuthWithoutTls())
                    .credentials(CREDENTIALS[0])
                    .drainTimeout(Duration.ofMillis(random.nextInt(4) * 100))
                    .flight(FlightOptions.DEFAULT
                            .withTransactionsInFlight(random.nextBoolean() ? 1 : 8)
                            .withHoldContentAfterIdle(Duration.ofMillis(random.nextInt(20))))
                    .pool(PoolOptions.DEFAULT
                            .withMaxConnections(1 + random.nextInt(6))
                            .withQueue(random.nextInt(100), mode)
                            .withAcquireTimeout(Duration.ofMillis(20 + random.nextInt(500)))
                            .withIdleTime(Duration.ofMillis(1 + random.nextInt(50)))
                            .withMaxMessagesPerConnection(1 + random.nextInt(100))
                            .withMaxRecipients(2)
                            .withGrowth(GrowthOptions.DEFAULT
                                    .withMinConnections(random.nextInt(3))
                                    .withBackOff(Duration.ofMillis(5), Duration.ofMillis(20))));
            return (random.nextBoolean() ? builder : builder.throttle(SendThrottle.perRelay(3_000, 10))).build();
        }

        private Relay relay(int index) {
            Relay relay = Relay.of("127.0.0.1", relays.get(index).port()).withPriority(10 * (1 + random.nextInt(2)));
            return random.nextInt(3) == 0 ? relay : relay.withTrust(Trust.FLIGHT);
        }

        // ---- the tumult

        private interface Step {
            void take(Random random) throws Exception;
        }

        /** Takes steps until it is over, each behind a pause of up to so many microseconds. */
        private Thread repeat(String name, int pauseMicros, Step step) {
            Random own = new Random(random.nextLong());
            Thread thread = new Thread(
                    () -> {
                        try {
                            while (!over) {
                                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(own.nextInt(pauseMicros)));
                                step.take(own);
                            }
                        } catch (Throwable e) {
                            errors.add(e);
                        }
                    },
                    name);
            thread.start();
            return thread;
        }

        void run() throws Exception {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                threads.add(repeat("sender", 300, this::send));
            }
            threads.add(repeat("canceller", 500, this::cancel));
            threads.add(repeat("rotator", 40_000, own -> client.replaceCredentials(CREDENTIALS[own.nextInt(2)])));
            threads.add(repeat("asker", 20_000, this::ask));
            relays.forEach(relay -> threads.add(repeat("flapper", 120_000, relay::flap)));
            LockSupport.parkNanos(TUMULT.toNanos());
            CompletableFuture<Void> closed = client.closeAsync();
            assertThat(CompletableFuture.supplyAsync(client::closeAsync).join()).isSameAs(closed);
            assertThat(closed).succeedsWithin(LIMIT);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            over = true;
            for (Thread thread : threads) {
                thread.join(LIMIT.toMillis());
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
            relays.forEach(FlappingRelay::close);
            assertThat(errors).isEmpty();
            compare();
        }

        private void send(Random own) {
            int number = numbers.incrementAndGet();
            List<String> recipients = IntStream.rangeClosed(0, own.nextInt(4) == 0 ? 2 : 0)
                    .mapToObj(i -> "r" + i + "@b.test")
                    .toList();
            Message message = Message.of("a" + number + "@a.test", recipients, content(own));
            if (own.nextInt(10) == 0 && recipients.size() == 1) {
                message = message.withRecipientPolicy(RecipientPolicy.ALL);
            }
            CompletableFuture<SendResult> future = own.nextInt(5) == 0
                    ? client.send(message, SendOptions.within(Duration.ofMillis(1 + own.nextInt(60))))
                    : client.send(message);
            Sent handedIn = new Sent(number, recipients, future);
            sent.add(handedIn);
            if (own.nextInt(5) == 0) {
                unwanted.add(handedIn);
            }
        }

        private static Content content(Random own) {
            byte[] octets = ".line\r\n"
                    .repeat(1 + own.nextInt(own.nextInt(20) == 0 ? 40_000 : 40))
                    .getBytes(StandardCharsets.US_ASCII);
            return own.nextInt(4) > 0
                    ? Content.of(octets)
                    : Content.ofPublisher(() -> Content.of(octets).open(Runnable::run));
        }

        private void cancel(Random own) {
            Sent victim = unwanted.poll();
            if (victim != null && victim.future.cancel(true)) {
                assertThat(victim.future).isCancelled();
            }
        }

        private void ask(Random own) {
            PoolStats stats = client.stats();
            assertThat(stats.connecting() >= 0 && stats.idle() >= 0 && stats.busy() >= 0 && stats.queued() >= 0)
                    .as("%s", stats)
                    .isTrue();
            switch (own.nextInt(3)) {
                case 0 -> client.warmUp();
                case 1 -> client.connect().thenCompose(SmtpSession::quit);
                default -> assertThat(client).asString().startsWith("SmtpClient");
            }
        }

        // ---- the end

        private void compare() {
            assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 0, 0));
            for (Sent each : sent) {
                assertThat(each.future).as("message %s", each.number).isDone();
                assertThat(each.completions).as("message %s", each.number).hasValue(1);
                each.said().forEach(this::compare);
            }
            Set<String> known = sent.stream()
                    .flatMap(each -> each.recipients.stream().map(each::key))
                    .collect(Collectors.toSet());
            assertThat(known).containsAll(stored.keySet());
        }

        private void compare(String key, Disposition said) {
            AtomicInteger found = stored.get(key);
            int times = found == null ? 0 : found.get();
            switch (said) {
                case ACCEPTED -> assertThat(times).as("accepted: %s", key).isEqualTo(1);
                case INDETERMINATE ->
                    assertThat(times).as("indeterminate: %s", key).isLessThanOrEqualTo(1);
                default -> assertThat(times).as("%s: %s", said, key).isZero();
            }
        }

        @Override
        public String toString() {
            Map<String, Long> outcomes = sent.stream()
                    .collect(Collectors.groupingBy(
                            each -> each.future.isDone() ? each.said().values().toString() : "under way",
                            Collectors.counting()));
            return client + ", " + sent.size() + " messages: " + outcomes;
        }
    }
}
