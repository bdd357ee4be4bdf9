/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many connections there are, who waits for one, and for how long one is kept. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class PoolLimitsTest {
    private static final PoolOptions ONE = PoolOptions.DEFAULT.withMaxConnections(1);

    /** A sink that answers the end of the data only when it is told to. */
    private static final class HeldSink implements AutoCloseable {
        private final CountDownLatch open = new CountDownLatch(1);
        private final SmtpSink sink = SmtpSink.builder()
                .threads(8)
                .keepMessages()
                .onMessage(received -> awaitQuietly(open))
                .start();

        void release() {
            open.countDown();
        }

        @Override
        public void close() {
            release();
            sink.close();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- connections

    @Test
    void connectionsBeingOpenedCountForTheLimit() {
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .pool(PoolOptions.DEFAULT.withMaxConnections(3))
                        .timeouts(Timeouts.DEFAULT.with(Phase.GREETING, Duration.ofMillis(300)))
                        .build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 50);
            assertThat(client.stats()).isEqualTo(new PoolStats(3, 0, 0, 50));
            for (Mails.Outcome outcome : Mails.outcomes(futures)) {
                assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
                assertThat(outcome.recipients().get(0).cause()).isEqualTo(FailureCause.TIMEOUT);
            }
            assertThat(server.connections()).hasSize(3);
        }
    }

    @Test
    void refusedConnectsFailAllWhoWaitAtOnce() throws Exception {
        try (SmtpClient client = Mails.client(ClosedPort.take()).build()) {
            for (Mails.Outcome outcome : Mails.outcomes(Mails.sendAll(client, 1_000))) {
                assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
                assertThat(outcome.recipients().get(0).cause()).isEqualTo(FailureCause.CONNECT_FAILED);
                assertThat(outcome.failure().isTransient()).isTrue();
            }
        }
    }

    @Test
    void serverThatHangsUpIsNotStormed() {
        try (RawServer server = new RawServer(connection -> {});
                SmtpClient client = Mails.client(server.port()).build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 1_000)))
                    .allMatch(outcome -> outcome.disposition() == Disposition.NOT_SENT);
            // Each burst of eight fails those who wait at that moment; the sender is faster than a few bursts.
            assertThat(server.connections().size()).isLessThan(100);
        }
    }

    @Test
    void serverThatTakesFourConnectionsGetsEverythingOverThem() {
        AtomicReference<SmtpSink> self = new AtomicReference<>();
        AtomicInteger refused = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder()
                .keepMessages()
                .rule((phase, argument) -> {
                    if (phase != io.pipepost.smtp.testing.Phase.GREETING
                            || self.get().counters().openConnections() <= 4) {
                        return null;
                    }
                    refused.incrementAndGet();
                    return Reply.of(421, "4.7.0 Too many connections");
                })
                .start()) {
            self.set(sink);
            try (SmtpClient client = Mails.client(sink.port()).build()) {
                assertThat(Mails.outcomes(Mails.sendAll(client, 2_000))).allMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages()).hasSize(2_000);
            assertThat(refused.get()).isLessThan(50);
        }
    }

    @Test
    void usesTheSessionUsedLast() {
        try (HeldSink held = new HeldSink();
                SmtpClient client = Mails.client(held.sink.port()).build()) {
            List<CompletableFuture<SendResult>> first = Mails.sendAll(client, 4);
            Mails.await("four at work", () -> client.stats().busy() == 4);
            held.release();
            assertThat(Mails.outcomes(first)).allMatch(Mails.Outcome::isAccepted);
            long session = sendOne(client, 10);
            for (int i = 11; i < 20; i++) {
                assertThat(sendOne(client, i)).isEqualTo(session);
            }
        }
    }

    private static long sendOne(SmtpClient client, int number) {
        long session = client.send(Mails.message(number)).join().session().id();
        // The session is free before its message's future completes, but the pool may still be told.
        Mails.await("idle", () -> client.stats().busy() == 0);
        return session;
    }

    // ---- the queue

    @Test
    void fullQueueRejects() {
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE.withQueue(2, PoolOptions.WhenFull.REJECT))
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            List<CompletableFuture<SendResult>> fitting = Mails.sendAll(client, 3);
            CompletableFuture<SendResult> surplus = client.send(Mails.message(3));
            assertThat(surplus).isCompletedExceptionally();
            assertOverloaded(surplus);
            assertThat(fitting).noneMatch(CompletableFuture::isDone);
        }
    }

    private static void assertOverloaded(CompletableFuture<SendResult> future) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
    }

    @Test
    void fullQueueMakesThreadsWait() throws Exception {
        waitsForRoom(1);
    }

    @Test
    void withoutQueueThreadsWaitForASession() throws Exception {
        waitsForRoom(0);
    }

    private static void waitsForRoom(int queued) throws Exception {
        try (HeldSink held = new HeldSink();
                SmtpClient client = Mails.client(held.sink.port())
                        .pool(ONE.withQueue(queued, PoolOptions.WhenFull.WAIT))
                        .build()) {
            CompletableFuture<SendResult> first = client.send(Mails.message(0));
            Mails.await("at work", () -> client.stats().busy() == 1);
            List<CompletableFuture<SendResult>> waiting = Mails.sendAll(client, queued);
            AtomicReference<CompletableFuture<SendResult>> late = new AtomicReference<>();
            Thread caller = new Thread(() -> late.set(client.send(Mails.message(9))));
            caller.start();
            Mails.await("the caller waits", () -> caller.getState() == Thread.State.TIMED_WAITING);
            held.release();
            caller.join(5_000);
            assertThat(caller.isAlive())
                    .as("waits for ever: %s", client.stats())
                    .isFalse();
            assertThat(Mails.outcome(first).isAccepted()).isTrue();
            assertThat(Mails.outcomes(waiting)).allMatch(Mails.Outcome::isAccepted);
            assertThat(Mails.outcome(late.get()).isAccepted()).isTrue();
        }
    }

    @Test
    void threadsWaitNoLongerThanTheAcquireTimeout() {
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE.withQueue(0, PoolOptions.WhenFull.WAIT).withAcquireTimeout(Duration.ofMillis(100)))
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            CompletableFuture<SendResult> first = client.send(Mails.message(0));
            assertOverloaded(client.send(Mails.message(1)));
            assertOverloaded(first);
        }
    }

    @Test
    void eventLoopsDoNotWait() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory(EventLoopGuard.LOOP_PREFIX + "limits", true), NioIoHandler.newFactory());
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .eventLoops(loops)
                        .pool(ONE.withQueue(0, PoolOptions.WhenFull.WAIT))
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            client.send(Mails.message(0));
            CompletableFuture<SendResult> onLoop =
                    loops.next().submit(() -> client.send(Mails.message(1))).get(5, TimeUnit.SECONDS);
            assertThat(onLoop).isCompletedExceptionally();
            assertOverloaded(onLoop);
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void acquireTimeoutEndsTheWait() {
        try (HeldSink held = new HeldSink();
                SmtpClient client = Mails.client(held.sink.port())
                        .pool(ONE.withAcquireTimeout(Duration.ofMillis(150)))
                        .build()) {
            CompletableFuture<SendResult> first = client.send(Mails.message(0));
            Mails.await("at work", () -> client.stats().busy() == 1);
            List<CompletableFuture<SendResult>> late = Mails.sendAll(client, 20);
            late.forEach(PoolLimitsTest::assertOverloaded);
            held.release();
            assertThat(Mails.outcome(first).isAccepted()).isTrue();
            assertThat(held.sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void whatIsCancelledWhileItWaitsIsNeverSent() {
        try (HeldSink held = new HeldSink()) {
            try (SmtpClient client = Mails.client(held.sink.port()).pool(ONE).build()) {
                CompletableFuture<SendResult> first = client.send(Mails.message(0));
                Mails.await("at work", () -> client.stats().busy() == 1);
                CompletableFuture<SendResult> cancelled = client.send(Mails.message(1));
                CompletableFuture<SendResult> last = client.send(Mails.message(2));
                assertThat(cancelled.cancel(false)).isTrue();
                held.release();
                assertThat(Mails.outcome(first).isAccepted()).isTrue();
                assertThat(Mails.outcome(last).isAccepted()).isTrue();
            }
            assertThat(held.sink.messages()).extracting(Received::from).containsExactly(Mails.from(0), Mails.from(2));
        }
    }

    // ---- the end of a connection

    @Test
    void idleConnectionIsClosedWithQuit() {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250 mx.test
                        C: MAIL FROM:<a0@a.test>
                        S: 250 ok
                        C: RCPT TO:<b0@b.test>
                        S: 250 ok
                        C: DATA
                        S: 354 go
                        C: Subject: 0
                        C:
                        C: ..number 0
                        C: .
                        S: 250 ok
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE.withIdleTime(Duration.ofMillis(50)))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(0))).isAccepted())
                    .isTrue();
            server.verify();
            Mails.await("gone", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
        }
    }

    @Test
    void oldConnectionTakesNothingMore() {
        // Every message takes longer than its connection may be used.
        try (SmtpSink sink = SmtpSink.builder()
                        .latency(Duration.ofMillis(5))
                        .keepMessages()
                        .start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(ONE.withMaxAge(Duration.ofMillis(1)))
                        .build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 5))).allMatch(Mails.Outcome::isAccepted);
            // On a busy machine one may be too old before it has carried any.
            assertThat(sink.messages().stream().map(Received::session).distinct())
                    .hasSize(5);
            assertThat(sink.counters().commands(Verb.QUIT)).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void connectionTakesSoManyMessages() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            try (SmtpClient client = Mails.client(sink.port())
                    .pool(ONE.withMaxMessagesPerConnection(3))
                    .build()) {
                assertThat(Mails.outcomes(Mails.sendAll(client, 10))).allMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages().stream()
                            .collect(Collectors.groupingBy(Received::session, Collectors.counting())))
                    .containsOnlyKeys(1L, 2L, 3L, 4L)
                    .containsEntry(1L, 3L)
                    .containsEntry(4L, 1L);
            assertThat(sink.counters().commands(Verb.QUIT)).isEqualTo(4);
        }
    }

    // ---- callbacks

    @Test
    void callbacksRunOnTheExecutor() {
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "callbacks"));
        // A callback added to a complete future would run here: nothing leaves before the callbacks are in place.
        CompletableFuture<Void> permit = new CompletableFuture<>();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .callbackExecutor(executor)
                        .throttle((relay, recipients) -> permit)
                        .pool(ONE.withQueue(1, PoolOptions.WhenFull.REJECT))
                        .build()) {
            CompletableFuture<String> sent = client.send(Mails.message(0))
                    .thenApply(result -> Thread.currentThread().getName());
            // One that waits, and one for the connection that may still be opened.
            CompletableFuture<SendResult> waiting = client.send(Mails.message(1));
            assertThat(client.send(Mails.message(2)))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class);
            permit.complete(null);
            assertThat(sent.join()).isEqualTo("callbacks");
            assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void eachCompletionMaySendTheNext() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(ONE).build()) {
            CompletableFuture<Void> all = new CompletableFuture<>();
            sendNext(client, 3_000, all);
            assertThat(all).succeedsWithin(Duration.ofSeconds(30));
            assertThat(sink.counters().messages()).isEqualTo(3_000);
            assertThat(sink.counters().connections()).isEqualTo(3);
        }
    }

    private static void sendNext(SmtpClient client, int left, CompletableFuture<Void> all) {
        if (left == 0) {
            all.complete(null);
            return;
        }
        client.send(Mails.message(left)).whenComplete((result, error) -> {
            if (error != null) {
                all.completeExceptionally(error);
            } else {
                sendNext(client, left - 1, all);
            }
        });
    }

    /** No network slows this one down: if any step recursed, a hundred thousand would not fit on the stack. */
    @Test
    void eachFailureMaySendTheNext() {
        try (SmtpSink sink = SmtpSink.builder().maxSize(10).start();
                SmtpClient client = Mails.client(sink.port()).pool(ONE).build()) {
            CompletableFuture<Void> all = new CompletableFuture<>();
            failNext(client, 100_000, all);
            assertThat(all).succeedsWithin(Duration.ofSeconds(30));
            assertThat(sink.counters().connections()).isEqualTo(1);
        }
    }

    private static void failNext(SmtpClient client, int left, CompletableFuture<Void> all) {
        if (left == 0) {
            all.complete(null);
            return;
        }
        client.send(Mails.message(left)).whenComplete((result, error) -> {
            if (error instanceof SmtpException.Request) {
                failNext(client, left - 1, all);
            } else {
                all.completeExceptionally(new AssertionError(String.valueOf(result), error));
            }
        });
    }

    @Test
    void queueOfMessagesThatCannotBeSentFailsWithoutTheServersHelp() {
        try (SmtpSink sink = SmtpSink.builder().maxSize(10).start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(ONE.withQueue(50_000, PoolOptions.WhenFull.REJECT))
                        .build()) {
            for (Mails.Outcome outcome : Mails.outcomes(Mails.sendAll(client, 50_000))) {
                assertThat(outcome.failure().cause()).isEqualTo(FailureCause.MESSAGE_TOO_LARGE);
            }
            assertThat(sink.counters().connections()).isEqualTo(1);
            assertThat(sink.counters().commands(Verb.MAIL)).isZero();
        }
    }
}
