/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.SmtpSink;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a client ends. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class PoolCloseTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private static Set<Thread> clientThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("pipepost-"))
                .collect(Collectors.toSet());
    }

    private static void assertNotSent(Mails.Outcome outcome) {
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
    }

    @Test
    void closingSendsWhatWasHandedInAndSaysQuit() {
        Set<Thread> before = clientThreads();
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = Mails.client(sink.port())
                    .pool(PoolOptions.DEFAULT.withMaxConnections(2))
                    .build();
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 500);
            CompletableFuture<Void> closed = client.closeAsync();
            assertThat(client.closeAsync()).isSameAs(closed);
            assertThat(closed).succeedsWithin(SOON);
            assertThat(futures).allMatch(CompletableFuture::isDone);
            assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
            assertThat(sink.counters().commands(Verb.QUIT)).isEqualTo(2);
            Mails.await("threads gone", () -> before.containsAll(clientThreads()));
        }
    }

    @Test
    void deadlineEndsWhatDoesNotEnd() {
        CountDownLatch stuck = new CountDownLatch(1);
        Set<Thread> before = clientThreads();
        try (RawServer server = new RawServer(connection -> {
            connection.open("PIPELINING");
            connection.readLines(2);
            connection.readLine();
            connection.send("250 ok", "250 ok", "354 go");
            connection.readContent();
            stuck.countDown();
            connection.awaitEnd();
        })) {
            SmtpClient client = Mails.client(server.port())
                    .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                    .drainTimeout(Duration.ofMillis(200))
                    .build();
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 10);
            awaitQuietly(stuck);
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            assertThat(Mails.outcome(futures.get(0)).disposition()).isEqualTo(Disposition.INDETERMINATE);
            Mails.outcomes(futures.subList(1, 10)).forEach(PoolCloseTest::assertNotSent);
            Mails.await("threads gone", () -> before.containsAll(clientThreads()));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void closedClientSendsNothing() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = Mails.client(sink.port()).build();
            client.close();
            assertNotSent(Mails.outcome(client.send(Mails.message(1))));
            // Content that would be read on the client's executor, which is gone too.
            Content file = Content.ofFile(Path.of("README.md"));
            assertNotSent(Mails.outcome(client.send(Message.of("a@b.test", List.of("c@d.test"), file))));
            assertThat(sink.counters().connections()).isZero();
            assertThat(client.connect()).failsWithin(SOON).withThrowableOfType(ExecutionException.class);
        }
    }

    /** A connection that is still being opened, and that no message wants any more, is not waited for. */
    @Test
    void silentServerKeepsNobodyFromClosing() throws Exception {
        List<Relay> down = new CopyOnWriteArrayList<>();
        SmtpObserver observer = new SmtpObserver() {
            @Override
            public void relayDown(Relay relay, Failure failure) {
                down.add(relay);
            }
        };
        try (RawServer server = RawServer.silent()) {
            SmtpClient client = Mails.client(server.port())
                    .drainTimeout(Duration.ofHours(1))
                    .observer(observer)
                    .build();
            CompletableFuture<SendResult> first = client.send(Mails.message(1));
            Mails.await("connected", () -> !server.connections().isEmpty());
            CompletableFuture<Void> closed = client.closeAsync();
            assertThat(closed).isNotDone();
            first.cancel(false);
            assertThat(closed).succeedsWithin(SOON);
            assertThat(down).as("relays told to be down").isEmpty();
        }
    }

    /** The caller's event loops go on: nothing of the client may stay on them. */
    @Test
    void closingWhileConnectingLeavesNothingOnTheCallersLoops() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory(EventLoopGuard.LOOP_PREFIX + "close", true), NioIoHandler.newFactory());
        CountDownLatch ended = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
            connection.awaitEnd();
            ended.countDown();
        })) {
            SmtpClient client = Mails.client(server.port())
                    .eventLoops(loops)
                    .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                    .drainTimeout(Duration.ofMillis(100))
                    .build();
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 3);
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            Mails.outcomes(futures).forEach(PoolCloseTest::assertNotSent);
            assertThat(ended.await(5, TimeUnit.SECONDS)).as("connection gone").isTrue();
            assertThat(loops.isShuttingDown()).isFalse();
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** Timers of the pool would keep it for as long as they were to run. */
    @Test
    void closedClientIsNotKeptByTheCallersLoops() {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory(EventLoopGuard.LOOP_PREFIX + "close", true), NioIoHandler.newFactory());
        try (SmtpSink sink = SmtpSink.builder().start()) {
            WeakReference<SmtpObserver> observer = sendAndClose(sink.port(), loops);
            Mails.await("let go", () -> {
                System.gc();
                return observer.get() == null;
            });
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static WeakReference<SmtpObserver> sendAndClose(int port, EventLoopGroup loops) {
        SmtpObserver observer = new SmtpObserver() {};
        SmtpClient client = Mails.client(port)
                .eventLoops(loops)
                .observer(observer)
                .pool(PoolOptions.DEFAULT.withMaxConnections(1).withAcquireTimeout(Duration.ofHours(1)))
                .drainTimeout(Duration.ofHours(1))
                .build();
        List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, 10);
        assertThat(client.closeAsync()).succeedsWithin(SOON);
        assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
        return new WeakReference<>(observer);
    }

    /** Somebody hears that the client closes, and waits for another thread that closes it too. */
    @Test
    void callbacksOfClosingHoldNobodyUp() {
        try (RawServer server = RawServer.silent()) {
            SmtpClient client =
                    Mails.client(server.port()).drainTimeout(Duration.ZERO).build();
            CompletableFuture<Boolean> other = new CompletableFuture<>();
            CompletableFuture<?> told = client.warmUp().whenComplete((done, error) -> {
                CompletableFuture.runAsync(client::closeAsync).thenRun(() -> other.complete(true));
                other.completeOnTimeout(false, 5, TimeUnit.SECONDS).join();
            });
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            assertThat(told).isDone();
            assertThat(other.join()).isTrue();
        }
    }

    @Test
    void closingFromACallbackIsNoDeadlock() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = Mails.client(sink.port()).build();
            CompletableFuture<Void> closed = client.send(Mails.message(1)).thenAccept(result -> client.close());
            assertThat(closed).succeedsWithin(SOON);
            assertThat(client.closeAsync()).succeedsWithin(SOON);
        }
    }

    @Test
    void callbacksThatSendWhileTheClientClosesAreTold() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = Mails.client(sink.port()).build();
            List<CompletableFuture<CompletableFuture<SendResult>>> followed = Mails.sendAll(client, 200).stream()
                    .map(future -> future.thenApply(result -> client.send(Mails.message(1_000))))
                    .toList();
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            for (CompletableFuture<CompletableFuture<SendResult>> first : followed) {
                assertThat(first).succeedsWithin(SOON);
                Mails.Outcome second = Mails.outcome(first.join());
                if (!second.isAccepted()) {
                    assertNotSent(second);
                }
            }
        }
    }
}
