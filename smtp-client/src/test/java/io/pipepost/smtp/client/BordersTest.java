/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Code of the caller's that throws: every message is settled, it is said whose fault it was, and the client goes on. */
class BordersTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final PoolStats EMPTY = new PoolStats(0, 0, 0, 0);

    static Stream<Throwable> whateverIsThrown() {
        return Stream.of(new IllegalStateException("boom"), new NoSuchMethodError("boom"));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable any) throws T {
        throw (T) any;
    }

    private static void assertGoesOnAndEnds(SmtpClient client) throws Exception {
        assertThat(await(client.send(Mails.message(2))).allAccepted()).isTrue();
        await(client.closeAsync());
        assertThat(client.stats()).isEqualTo(EMPTY);
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void throttle(Throwable any) throws Exception {
        AtomicBoolean bad = new AtomicBoolean(true);
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port())
                        .throttle((relay, recipients) -> {
                            if (bad.get()) {
                                BordersTest.<RuntimeException>sneak(any);
                            }
                            return CompletableFuture.completedFuture(null);
                        })
                        .build()) {
            SmtpException refused = failure(client.send(Mails.message(1)));
            assertThat(refused.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            assertThat(refused).hasMessageContaining("The throttle threw " + any);
            bad.set(false);
            assertGoesOnAndEnds(client);
        }
    }

    @Test
    void throttleThatGivesNull() throws Exception {
        AtomicBoolean bad = new AtomicBoolean(true);
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port())
                        .throttle((relay, recipients) -> bad.get() ? null : CompletableFuture.completedFuture(null))
                        .build()) {
            SmtpException refused = failure(client.send(Mails.message(1)));
            assertThat(refused.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            assertThat(refused).hasMessageContaining("The throttle gave null, expected a stage of a permit");
            bad.set(false);
            assertGoesOnAndEnds(client);
        }
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void observer(Throwable any) throws Exception {
        SmtpObserver observer = new SmtpObserver() {
            @Override
            public void connected(long session, String host, int port) {
                BordersTest.<RuntimeException>sneak(any);
            }

            @Override
            public boolean wantsContent() {
                BordersTest.<RuntimeException>sneak(any);
                return true;
            }

            @Override
            public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
                BordersTest.<RuntimeException>sneak(any);
            }
        };
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port()).observer(observer).build()) {
            assertThat(await(client.send(Mails.message(1))).allAccepted()).isTrue();
            assertGoesOnAndEnds(client);
        }
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void callbackExecutor(Throwable any) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port())
                        .callbackExecutor(task -> BordersTest.<RuntimeException>sneak(any))
                        .build()) {
            assertThat(await(client.send(Mails.message(1))).allAccepted()).isTrue();
            assertGoesOnAndEnds(client);
        }
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void callbackExecutorThatThrowsBehindTwoRuns(Throwable any) throws Exception {
        AtomicInteger outcomes = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port())
                        .callbackExecutor(task -> {
                            task.run();
                            task.run();
                            BordersTest.<RuntimeException>sneak(any);
                        })
                        .build()) {
            await(client.send(Mails.message(1)).whenComplete((result, error) -> outcomes.incrementAndGet()));
            assertGoesOnAndEnds(client);
            assertThat(outcomes).hasValue(1);
        }
    }

    /** A source that gives two messages when it is asked, and throws. */
    private static Flow.Publisher<Message> throwing(Throwable any) {
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                subscriber.onNext(Mails.message(0));
                subscriber.onNext(Mails.message(1));
                BordersTest.<RuntimeException>sneak(any);
            }

            @Override
            public void cancel() {
                BordersTest.<RuntimeException>sneak(any);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void sourceOfMessagesThatThrowsWhenAsked(Throwable any) throws Exception {
        CompletableFuture<Void> open = new CompletableFuture<>();
        try (SmtpSink sink = SmtpSink.builder()
                        .threads(2)
                        .onMessage(received -> open.join())
                        .start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(throwing(any)).subscribe(taker);
            assertThat(taker.hasEnded()).isFalse();
            open.complete(null);
            assertThat(taker.awaitEnd()).isSameAs(any);
            assertThat(taker.outcomes).hasSize(2).allMatch(SendOutcome::allAccepted);
            assertGoesOnAndEnds(client);
        }
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void sourceOfMessagesThatThrowsWhenSubscribedTo(Throwable any) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll((Flow.Publisher<Message>) subscriber -> BordersTest.<RuntimeException>sneak(any))
                    .subscribe(taker);
            assertThat(taker.awaitEnd()).isSameAs(any);
            assertThat(taker.outcomes).isEmpty();
            assertGoesOnAndEnds(client);
        }
    }

    @Test
    void deadlineThatNoClockCanHold() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            assertThat(await(client.send(Mails.message(1), Duration.ofSeconds(Long.MAX_VALUE)))
                            .allAccepted())
                    .isTrue();
        }
    }

    /** Waiting there would be a deadlock, though the thread does not look like an event loop's. */
    @Test
    void closesInCallbackOnLoopsOfPlainThreads() throws Exception {
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, (ThreadFactory) Thread::new, NioIoHandler.newFactory());
        try (SmtpSink sink = SmtpSink.builder().threads(1).start()) {
            SmtpClient client = Mails.client(sink.port()).eventLoops(loops).build();
            await(client.send(Mails.message(1)).thenRun(client::close));
            await(client.closeAsync());
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void closeWaitsOnThreadsThatPermitIt() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start()) {
            SmtpClient client = Mails.client(sink.port()).build();
            await(client.send(Mails.message(1)));
            CompletableFuture<Boolean> closed = new CompletableFuture<>();
            new FastThreadLocalThread(() -> {
                client.close();
                closed.complete(client.closeAsync().isDone());
            }) {
                @Override
                public boolean permitBlockingCalls() {
                    return true;
                }
            }.start();
            assertThat(closed).succeedsWithin(SOON).isEqualTo(true);
        }
    }
}
