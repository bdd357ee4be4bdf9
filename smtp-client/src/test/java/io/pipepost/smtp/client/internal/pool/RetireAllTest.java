/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sessions are replaced while the pool is at work. */
class RetireAllTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private static SessionPool pool(int connections, int port) {
        return pool(connections, port, PoolParts.LOOPS);
    }

    private static SessionPool pool(int connections, int port, EventLoopGroup loops) {
        return new SessionPool(
                PoolOptions.DEFAULT.withMaxConnections(connections),
                List.of(new Target(Relay.of("127.0.0.1", port), PoolParts.connector(port))),
                SendThrottle.NONE,
                SmtpObserver.NONE,
                loops);
    }

    private static boolean isAccepted(TransactionOutcome outcome) {
        return outcome.failure() == null;
    }

    @Test
    void idleSessionsQuitAndWorkGoesToNewOnes() {
        try (SmtpSink sink = SmtpSink.builder().threads(4).keepMessages().start()) {
            SessionPool pool = pool(1, sink.port());
            assertThat(PoolParts.submit(pool)).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            pool.retireAll();
            assertThat(PoolParts.submit(pool)).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
            assertThat(sink.messages()).extracting(Received::session).containsExactly(1L, 2L);
            assertThat(sink.counters().commands(Verb.QUIT)).isEqualTo(2);
        }
    }

    @Test
    void busySessionsFinishWhatTheyCarry() throws Exception {
        CountDownLatch reached = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        try (SmtpSink sink = SmtpSink.builder()
                .threads(4)
                .keepMessages()
                .onMessage(received -> {
                    reached.countDown();
                    awaitQuietly(go);
                })
                .start()) {
            SessionPool pool = pool(2, sink.port());
            List<CompletableFuture<TransactionOutcome>> ends = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                ends.add(PoolParts.submit(pool));
            }
            assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
            pool.retireAll();
            go.countDown();
            for (CompletableFuture<TransactionOutcome> end : ends) {
                assertThat(end).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            }
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
            assertThat(sink.messages()).hasSize(6);
            assertThat(sink.messages().stream().filter(received -> received.session() <= 2))
                    .as("by the sessions of before")
                    .hasSize(2);
            // One that is still being opened when nothing waits any more is closed without.
            long carried =
                    sink.messages().stream().map(Received::session).distinct().count();
            assertThat(sink.counters().commands(Verb.QUIT))
                    .isBetween(carried, sink.counters().connections());
        }
    }

    /** It was opened by the old means, so nothing may be sent over it, though it succeeds later. */
    @Test
    void sessionThatIsBeingOpenedTakesNothing() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (SmtpSink sink = SmtpSink.builder()
                .threads(4)
                .keepMessages()
                .rule((phase, argument) -> {
                    if (phase == io.pipepost.smtp.testing.Phase.GREETING && asked.getCount() > 0) {
                        asked.countDown();
                        awaitQuietly(go);
                    }
                    return null;
                })
                .start()) {
            SessionPool pool = pool(1, sink.port());
            CompletableFuture<TransactionOutcome> end = PoolParts.submit(pool);
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            pool.retireAll();
            go.countDown();
            assertThat(end).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
            assertThat(sink.messages()).extracting(Received::session).containsExactly(2L);
        }
    }

    @Test
    void sessionThatIsNotEvenConnectedTakesNothing() {
        CountDownLatch go = new CountDownLatch(1);
        EventLoopGroup one = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("pipepost-retire-test", true), NioIoHandler.newFactory());
        try (SmtpSink sink = SmtpSink.builder().threads(4).keepMessages().start()) {
            one.execute(() -> awaitQuietly(go));
            SessionPool pool = pool(1, sink.port(), one);
            CompletableFuture<TransactionOutcome> end = PoolParts.submit(pool);
            pool.retireAll();
            go.countDown();
            assertThat(end).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
            assertThat(sink.messages()).extracting(Received::session).containsExactly(2L);
        } finally {
            one.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Over and over, while messages go through: none is lost, and none sent twice. */
    @Test
    void nothingIsLostUnderLoad() {
        try (SmtpSink sink = SmtpSink.builder().threads(4).keepMessages().start()) {
            SessionPool pool = pool(4, sink.port());
            List<CompletableFuture<TransactionOutcome>> ends = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                ends.add(PoolParts.submit(pool));
                if (i % 50 == 0) {
                    pool.retireAll();
                }
            }
            for (CompletableFuture<TransactionOutcome> end : ends) {
                assertThat(end).succeedsWithin(SOON).matches(RetireAllTest::isAccepted);
            }
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
            assertThat(sink.counters().messages()).isEqualTo(2_000);
        }
    }
}
