/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many messages: as fast as the pool can place them, no faster, and an outcome for each. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class SendAllTest {
    /** No place to wait for anybody else. */
    private static final PoolOptions NO_QUEUE =
            PoolOptions.DEFAULT.withMaxConnections(3).withQueue(0, PoolOptions.WhenFull.REJECT);

    private static final int AHEAD = 6;

    private static int number(SendOutcome outcome) {
        String from = outcome.message().envelope().from().toString();
        return Integer.parseInt(from.replaceAll("\\D", ""));
    }

    /** A sink that holds the end of the data back until told. */
    private static SmtpSink held(CountDownLatch open) {
        return SmtpSink.builder()
                .threads(8)
                .onMessage(received -> awaitQuietly(open))
                .start();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- as a publisher

    @Test
    void eachMessageHasItsOutcome() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.of(2_000)).subscribe(taker);
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).hasSize(2_000).allMatch(SendOutcome::allAccepted);
            BitSet seen = new BitSet();
            taker.outcomes.forEach(outcome -> seen.set(number(outcome)));
            assertThat(seen.cardinality()).isEqualTo(2_000);
            assertThat(sink.messages()).hasSize(2_000);
            assertThat(sink.counters().maxOpenConnections()).isEqualTo(3);
        }
    }

    @Test
    void aMessageThatFailsIsAnOutcomeLikeAnyOther() {
        MessageSource source = new MessageSource(
                100,
                number -> number % 2 == 0
                        ? Mails.message((int) number)
                        : Message.of(Mails.from((int) number), List.of("x@y.test"), Content.of(new byte[0])),
                null);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(source).subscribe(taker);
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).hasSize(100);
            for (SendOutcome outcome : taker.outcomes) {
                assertThat(outcome.allAccepted()).isEqualTo(number(outcome) % 2 == 0);
                assertThat(outcome.recipients()).hasSize(1);
            }
        }
    }

    @Test
    void pullsNoMoreThanThePoolCanPlace() {
        CountDownLatch open = new CountDownLatch(1);
        MessageSource source = MessageSource.of(1_000);
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(source).subscribe(taker);
            Mails.await("all connections at work", () -> client.stats().busy() == 3);
            assertThat(source.made()).isEqualTo(AHEAD);
            assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 3, 3));
            open.countDown();
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).hasSize(1_000).allMatch(SendOutcome::allAccepted);
        }
    }

    @Test
    void pullsNothingUnlessAskedAndNoFurtherThanTheOutcomesAreTaken() {
        MessageSource source = MessageSource.of(1_000);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(0);
            client.sendAll(source).subscribe(taker);
            assertThat(source.made()).isZero();
            taker.subscription().request(10);
            Mails.await("ten", () -> taker.outcomes.size() == 10);
            Mails.await("all that was pulled is sent", () -> sink.counters().messages() == 10 + AHEAD);
            assertThat(source.made()).isEqualTo(10 + AHEAD);
            assertThat(taker.outcomes).hasSize(10);
            taker.subscription().request(Long.MAX_VALUE);
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).hasSize(1_000);
        }
    }

    @Test
    void cancellingStopsThePullingAndLetsGoWhatWasPulled() {
        CountDownLatch open = new CountDownLatch(1);
        MessageSource source = MessageSource.of(1_000);
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(source).subscribe(taker);
            Mails.await("all connections at work", () -> client.stats().busy() == 3);
            taker.subscription().cancel();
            assertThat(source.isCancelled()).isTrue();
            open.countDown();
            Mails.await("what was pulled is sent", () -> sink.counters().messages() == AHEAD);
            assertThat(source.made()).isEqualTo(AHEAD);
            assertThat(taker.outcomes).isEmpty();
            assertThat(taker.hasEnded()).isFalse();
        }
    }

    @Test
    void aFailureOfTheSourceComesBehindTheLastOutcome() {
        CountDownLatch open = new CountDownLatch(1);
        IllegalStateException broken = new IllegalStateException("source broken");
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.failingAfter(2, broken)).subscribe(taker);
            Mails.await("two at work", () -> client.stats().busy() == 2);
            assertThat(taker.hasEnded()).isFalse();
            open.countDown();
            assertThat(taker.awaitEnd()).isSameAs(broken);
            assertThat(taker.outcomes).hasSize(2).allMatch(SendOutcome::allAccepted);
        }
    }

    /** The pool's queue is full, and the acquire timeout passes: both are for those who send by themselves. */
    @Test
    void waitsBehindOthersAsLongAsItTakes() {
        CountDownLatch open = new CountDownLatch(1);
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port())
                        .pool(PoolOptions.DEFAULT
                                .withMaxConnections(1)
                                .withQueue(1, PoolOptions.WhenFull.REJECT)
                                .withAcquireTimeout(Duration.ofMillis(100)))
                        .build()) {
            var other = client.send(Mails.message(100_000));
            Mails.await("at work", () -> client.stats().busy() == 1);
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.of(20)).subscribe(taker);
            var timedOut = client.send(Mails.message(100_001));
            assertThat(Mails.outcome(timedOut).failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            open.countDown();
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).hasSize(20).allMatch(SendOutcome::allAccepted);
            assertThat(Mails.outcome(other).isAccepted()).isTrue();
        }
    }

    /** A flow that fills the pool for ever leaves room for others, and the other way round. */
    @Test
    void sharesThePoolWithOthers() {
        try (SmtpSink sink = SmtpSink.builder().latency(Duration.ofMillis(2)).start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                        .build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.of(Integer.MAX_VALUE)).subscribe(taker);
            Mails.await("the flow flows", () -> !taker.outcomes.isEmpty());
            int before = taker.outcomes.size();
            assertThat(Mails.outcomes(Mails.sendAll(client, 50))).allMatch(Mails.Outcome::isAccepted);
            assertThat(taker.outcomes.size() - before).as("the flow's turns").isGreaterThan(25);
            taker.subscription().cancel();
        }
    }

    @Test
    void closingTheClientEndsTheFlowBehindTheLastOutcome() {
        CountDownLatch open = new CountDownLatch(1);
        OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
        MessageSource source = MessageSource.of(Integer.MAX_VALUE);
        try (SmtpSink sink = held(open)) {
            SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build();
            client.sendAll(source).subscribe(taker);
            Mails.await("all connections at work", () -> client.stats().busy() == 3);
            CompletableFuture<Void> closed = client.closeAsync();
            open.countDown();
            assertClosed(taker.awaitEnd());
            closed.join();
        }
        assertThat(source.isCancelled()).isTrue();
        assertThat(taker.outcomes)
                .as("nothing more is pulled, and what was is sent")
                .hasSize(AHEAD)
                .hasSize((int) source.made())
                .allMatch(SendOutcome::allAccepted);
    }

    private static void assertClosed(Throwable failure) {
        assertThat(failure).isInstanceOf(SmtpException.Request.class);
        assertThat(((SmtpException) failure).failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
    }

    @Test
    void closingTheClientEndsTheStreamBehindTheLastOutcome() {
        List<SendOutcome> taken = new ArrayList<>();
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build();
            AtomicInteger made = new AtomicInteger();
            Stream<Message> source = Stream.generate(() -> Mails.message(made.incrementAndGet()));
            assertThatThrownBy(() -> client.sendAll(source).forEach(outcome -> {
                        taken.add(outcome);
                        client.closeAsync();
                    }))
                    .satisfies(SendAllTest::assertClosed);
            assertThat(taken).hasSize(made.get());
            client.close();
        }
    }

    /** However many there are: never are more in than may be, those included whose outcome was not taken yet. */
    @Tag("exhaustive")
    @Test
    void messagesAreNotHeld() {
        AtomicInteger ahead = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        MessageSource source = new MessageSource(
                20_000,
                number -> {
                    most.accumulateAndGet(ahead.incrementAndGet(), Math::max);
                    return Mails.message((int) number);
                },
                null);
        AtomicInteger taken = new AtomicInteger();
        OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE) {
            @Override
            void take(SendOutcome outcome) {
                ahead.decrementAndGet();
                taken.addAndGet(outcome.allAccepted() ? 1 : 0);
            }
        };
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            client.sendAll(source).subscribe(taker);
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taken).hasValue(20_000);
            assertThat(most.get()).isLessThanOrEqualTo(AHEAD);
        }
    }

    // ---- as a stream

    @Test
    void streamGivesEachOutcome() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build();
                Stream<SendOutcome> outcomes = client.sendAll(messages(2_000))) {
            BitSet seen = new BitSet();
            outcomes.forEach(outcome -> {
                assertThat(outcome.allAccepted()).isTrue();
                seen.set(number(outcome));
            });
            assertThat(seen.cardinality()).isEqualTo(2_000);
        }
    }

    private static Stream<Message> messages(int count) {
        return IntStream.range(0, count).mapToObj(Mails::message);
    }

    @Test
    void streamIsPulledLazily() {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch sourceClosed = new CountDownLatch(1);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            Stream<Message> source =
                    Stream.generate(() -> Mails.message(made.incrementAndGet())).onClose(sourceClosed::countDown);
            try (Stream<SendOutcome> outcomes = client.sendAll(source)) {
                assertThat(made).hasValue(0);
                assertThat(outcomes.limit(10)).hasSize(10);
            }
            assertThat(sourceClosed.getCount()).isZero();
            assertThat(made.get()).isBetween(10, 10 + AHEAD);
        }
    }

    @Test
    void streamFailsOfItsSourceBehindTheLastOutcome() {
        IllegalStateException broken = new IllegalStateException("source broken");
        Iterator<Message> source = new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Message next() {
                if (next == 5) {
                    throw broken;
                }
                return Mails.message(next++);
            }
        };
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            Stream<Message> messages = StreamSupport.stream(Spliterators.spliteratorUnknownSize(source, 0), false);
            List<SendOutcome> taken = new ArrayList<>();
            assertThatThrownBy(() -> client.sendAll(messages).forEach(taken::add))
                    .isSameAs(broken);
            assertThat(taken).hasSize(5).allMatch(SendOutcome::allAccepted);
        }
    }

    @Test
    void interruptedThreadMayComeBackForItsOutcomes() {
        CountDownLatch open = new CountDownLatch(1);
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            Iterator<SendOutcome> outcomes = client.sendAll(messages(2)).iterator();
            Thread.currentThread().interrupt();
            assertThatThrownBy(outcomes::hasNext).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            open.countDown();
            assertThat(outcomes.next().allAccepted()).isTrue();
            assertThat(outcomes.next().allAccepted()).isTrue();
            assertThat(outcomes.hasNext()).isFalse();
        }
    }

    @Test
    void streamDoesNotWaitOnAnEventLoop() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            CountDownLatch tried = new CountDownLatch(1);
            client.send(Mails.message(0)).whenComplete((result, error) -> {
                try {
                    client.sendAll(messages(1)).forEach(outcome -> {});
                } catch (Throwable e) {
                    thrown.set(e);
                }
                tried.countDown();
            });
            open.countDown();
            assertThat(tried.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(thrown.get()).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Its thread does not look like an event loop's, yet nothing would be sent while it waits. */
    @Test
    void streamTakesNothingOnAnEventLoopOfAPlainThread() throws Exception {
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, (ThreadFactory) Thread::new, NioIoHandler.newFactory());
        AtomicInteger made = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(NO_QUEUE)
                        .eventLoops(loops)
                        .build()) {
            Stream<Message> source = Stream.generate(() -> Mails.message(made.incrementAndGet()));
            Future<?> tried =
                    loops.next().submit(() -> client.sendAll(source).limit(2).forEach(outcome -> {}));
            assertThat(tried.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tried.cause())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("sendAll(Flow.Publisher)");
            assertThat(made).hasValue(0);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void streamWaitsOnAThreadOfNettyThatMayBlock() {
        CountDownLatch open = new CountDownLatch(1);
        try (SmtpSink sink = held(open);
                SmtpClient client = Mails.client(sink.port()).pool(NO_QUEUE).build()) {
            CompletableFuture<List<SendOutcome>> taken = new CompletableFuture<>();
            Thread thread =
                    new FastThreadLocalThread(() -> {
                        try {
                            taken.complete(client.sendAll(messages(10)).toList());
                        } catch (Throwable e) {
                            taken.completeExceptionally(e);
                        }
                    }) {
                        @Override
                        public boolean permitBlockingCalls() {
                            return true;
                        }
                    };
            thread.start();
            Mails.await("waiting", () -> client.stats().busy() == 3 || taken.isDone());
            open.countDown();
            assertThat(taken)
                    .succeedsWithin(Duration.ofSeconds(10))
                    .satisfies(outcomes -> assertThat(outcomes).hasSize(10).allMatch(SendOutcome::allAccepted));
        }
    }
}
