/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that send through several relays, and connections that are opened before they are needed. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class RelaysTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final GrowthOptions FAST =
            GrowthOptions.DEFAULT.withBackOff(Duration.ofMillis(20), Duration.ofMillis(50));

    private final Queue<String> news = new ConcurrentLinkedQueue<>();

    private final SmtpObserver observer = new SmtpObserver() {
        @Override
        public void relayDown(Relay relay, Failure failure) {
            news.add("down " + relay.port());
        }

        @Override
        public void relayUp(Relay relay) {
            news.add("up " + relay.port());
        }

        @Override
        public void relayLimited(Relay relay, int connections, Failure failure) {
            news.add("limited " + relay.port());
        }
    };

    private static Relay relay(int port) {
        return Relay.of("127.0.0.1", port).withPriority(10);
    }

    private SmtpClient.Builder client(Relay first, Relay... others) {
        SmtpClient.Builder builder = SmtpClient.builder(first);
        List.of(others).forEach(builder::relay);
        return builder.security(Security.of(TlsMode.NONE))
                .ehloName("client.test")
                .observer(observer)
                .pool(PoolOptions.DEFAULT.withGrowth(FAST));
    }

    // ---- failover

    @Test
    void backupTakesOverWhenTheFirstRelayIsNotThere() throws Exception {
        int closed = ClosedPort.take();
        try (SmtpSink backup = SmtpSink.builder().start();
                SmtpClient client = client(relay(closed), relay(backup.port()).withPriority(20))
                        .build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 200))).allMatch(Mails.Outcome::isAccepted);
            assertThat(backup.counters().messages()).isEqualTo(200);
            assertThat(news).containsExactly("down " + closed);
        }
    }

    @Test
    void allFailWhenNoRelayIsThere() throws Exception {
        try (SmtpClient client =
                client(relay(ClosedPort.take()), relay(ClosedPort.take())).build()) {
            for (Mails.Outcome outcome : Mails.outcomes(Mails.sendAll(client, 200))) {
                assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
                assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONNECT_FAILED);
            }
        }
    }

    @Test
    void relayThatRecoversGetsTheWorkAgain() {
        AtomicBoolean sick = new AtomicBoolean(true);
        try (SmtpSink first = SmtpSink.builder()
                        .rule((phase, argument) ->
                                phase == Phase.GREETING && sick.get() ? Reply.of(554, "5.3.0 sick") : null)
                        .start();
                SmtpSink backup = SmtpSink.builder().start();
                SmtpClient client = client(
                                relay(first.port()), relay(backup.port()).withPriority(20))
                        .build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 20))).allMatch(Mails.Outcome::isAccepted);
            assertThat(backup.counters().messages()).isEqualTo(20);
            sick.set(false);
            Mails.await("recovered", () -> {
                assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                        .isTrue();
                return news.contains("up " + first.port());
            });
            long before = backup.counters().messages();
            Mails.await("idle", () -> client.stats().busy() == 0);
            for (int i = 0; i < 20; i++) {
                assertThat(Mails.outcome(client.send(Mails.message(i))).isAccepted())
                        .isTrue();
                Mails.await("idle", () -> client.stats().busy() == 0);
            }
            assertThat(backup.counters().messages()).isEqualTo(before);
            assertThat(news).containsExactly("down " + first.port(), "up " + first.port());
        }
    }

    /** Every place is taken by sessions of the backup, all of them at work without a pause. */
    @Test
    void relayThatRecoversUnderLoadGetsTheWorkAgain() {
        AtomicBoolean sick = new AtomicBoolean(true);
        try (SmtpSink first = SmtpSink.builder()
                        .rule((phase, argument) ->
                                phase == Phase.GREETING && sick.get() ? Reply.of(554, "5.3.0 sick") : null)
                        .start();
                SmtpSink backup = SmtpSink.builder().start();
                SmtpClient client = client(
                                relay(first.port()), relay(backup.port()).withPriority(20))
                        .pool(PoolOptions.DEFAULT.withMaxConnections(3).withGrowth(FAST))
                        .build()) {
            Mails.await("the first relay has all sessions", () -> {
                assertThat(Mails.outcomes(Mails.sendAll(client, 500))).allMatch(Mails.Outcome::isAccepted);
                sick.set(false);
                return first.counters().openConnections() == 3;
            });
            long before = backup.counters().messages();
            assertThat(Mails.outcomes(Mails.sendAll(client, 500))).allMatch(Mails.Outcome::isAccepted);
            assertThat(backup.counters().messages()).isEqualTo(before);
        }
    }

    @Test
    void contentThatWasHandedOverIsNotSentElsewhere() {
        try (SmtpSink first = SmtpSink.builder().dropAfter(Phase.END_OF_DATA).start();
                SmtpSink backup = SmtpSink.builder().start();
                SmtpClient client = client(
                                relay(first.port()), relay(backup.port()).withPriority(20))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).disposition())
                    .isEqualTo(Disposition.INDETERMINATE);
            assertThat(backup.counters().messages()).isZero();
        }
    }

    // ---- limits

    @Test
    void eachRelayHasItsOwnLimitAndName() throws Exception {
        Queue<String> names = new ConcurrentLinkedQueue<>();
        CountDownLatch all = new CountDownLatch(5);
        CountDownLatch go = new CountDownLatch(1);
        try (SmtpSink first = held(names, all, go);
                SmtpSink second = held(names, all, go);
                SmtpClient client = client(
                                relay(first.port()).withMaxConnections(2),
                                relay(second.port()).withMaxConnections(3).withEhloName("other.test"))
                        .build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 50);
            assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 5, 45));
            go.countDown();
            assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
            assertThat(names)
                    .containsExactlyInAnyOrder("client.test", "client.test", "other.test", "other.test", "other.test");
        }
    }

    private static SmtpSink held(Queue<String> names, CountDownLatch all, CountDownLatch go) {
        return SmtpSink.builder()
                .threads(4)
                .rule((phase, argument) -> {
                    if (phase == Phase.EHLO) {
                        names.add(argument);
                    }
                    return null;
                })
                .onMessage(received -> {
                    all.countDown();
                    awaitQuietly(go);
                })
                .start();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Four connections are taken, more are refused until one is tried a while later. */
    @Test
    void tooManyConnectionsLowerTheLimitForAWhile() {
        Queue<SmtpSink> self = new ConcurrentLinkedQueue<>();
        try (SmtpSink sink = SmtpSink.builder()
                .latency(Duration.ofMillis(5))
                .rule((phase, argument) ->
                        phase == Phase.GREETING && self.element().counters().openConnections() > 4
                                ? Reply.of(421, "4.7.0 Too many connections")
                                : null)
                .start()) {
            self.add(sink);
            try (SmtpClient client = client(relay(sink.port())).build()) {
                assertThat(Mails.outcomes(Mails.sendAll(client, 400))).allMatch(Mails.Outcome::isAccepted);
                assertThat(news).containsOnly("limited " + sink.port());
                assertThat(sink.counters().connections()).isLessThanOrEqualTo(8);
            }
        }
    }

    @Test
    void refusesRelaysThatCannotBe() {
        assertThatThrownBy(() -> Relay.of("a", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Relay.of(" ", 25)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> relay(25).withWeight(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> relay(25).withMaxConnections(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FAST.withBackOff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- warm-up

    @Test
    void warmUpOpensTheMinimum() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(relay(sink.port()))
                        .pool(PoolOptions.DEFAULT
                                .withIdleTime(Duration.ofMillis(20))
                                .withGrowth(FAST.withMinConnections(3)))
                        .build()) {
            assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 0, 0));
            assertThat(client.warmUp()).succeedsWithin(SOON);
            Mails.await("idle", () -> client.stats().equals(new PoolStats(0, 3, 0, 0)));
            assertThat(Mails.outcomes(Mails.sendAll(client, 100))).allMatch(Mails.Outcome::isAccepted);
            Mails.await("idle", () -> client.stats().equals(new PoolStats(0, 3, 0, 0)));
        }
    }

    @Test
    void warmUpFailsIfAConnectionCannotBeOpened() throws Exception {
        SmtpClient client = client(relay(ClosedPort.take())).build();
        try (client) {
            assertThat(client.warmUp()).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(SmtpException.class);
        }
        assertThat(client.warmUp()).failsWithin(SOON).withThrowableOfType(ExecutionException.class);
    }

    @Test
    void minimumIsOpenedWithTheFirstMessage() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(relay(sink.port()))
                        .pool(PoolOptions.DEFAULT.withGrowth(FAST.withMinConnections(4)))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.await("idle", () -> client.stats().equals(new PoolStats(0, 4, 0, 0)));
        }
    }
}
