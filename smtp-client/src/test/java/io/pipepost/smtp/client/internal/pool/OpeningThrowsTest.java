/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslContext;
import io.pipepost.smtp.client.auth.SaslExchange;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.testing.SmtpSink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is thrown by whatever step on the way to a session: the message fails of it, the place in the pool is free
 * again, and once it is thrown no more, mail goes out.
 */
class OpeningThrowsTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** The steps, in their order. */
    private enum Step {
        TASK_HANDED_TO_LOOP,
        CLOCK_ASKED,
        TIMEOUT_SCHEDULED,
        RESOLVER_MADE,
        NAME_ASKED,
        CHANNEL_REGISTERED,
        HANDLERS_ADDED,
        TLS_MADE,
        /** Netty takes the handler out again and says no more than that. */
        TLS_ADDED,
        TLS_DESCRIBED,
        CREDENTIALS_ASKED,
        CREDENTIALS_FAIL_LATER,
        MECHANISM_CHOSEN,
        MECHANISM_STARTED,
        MECHANISM_SPEAKS_FIRST,
        MECHANISM_RESPONDS,
        MECHANISM_JUDGES
    }

    /** What is thrown where; nothing if the step is null. */
    private static volatile @Nullable Step broken;

    private static volatile Throwable thrown = new AssertionError();

    private static void reach(Step step) {
        if (broken == step) {
            OpeningThrowsTest.<RuntimeException>sneak(thrown);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable any) throws T {
        throw (T) any;
    }

    // ---- what throws

    /** Throws only on behalf of a connection that is being opened; everything else goes on. */
    private static final class Loop extends SingleThreadIoEventLoop {
        Loop(MultiThreadIoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers) {
            super(parent, executor, handlers);
        }

        private static void reachFrom(String method, Step step) {
            if (broken == step
                    && StackWalker.getInstance()
                            .walk(frames -> frames.limit(16)
                                    .anyMatch(frame -> frame.getMethodName().equals(method)
                                            && frame.getClassName().contains(".internal.transport.Connection")))) {
                reach(step);
            }
        }

        @Override
        public void execute(Runnable task) {
            reachFrom("start", Step.TASK_HANDED_TO_LOOP);
            super.execute(task);
        }

        @Override
        public Ticker ticker() {
            reachFrom("begin", Step.CLOCK_ASKED);
            return super.ticker();
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            reachFrom("begin", Step.TIMEOUT_SCHEDULED);
            return super.schedule(command, delay, unit);
        }

        @Override
        public ChannelFuture register(Channel channel) {
            reachFrom("connectNext", Step.CHANNEL_REGISTERED);
            return super.register(channel);
        }

        @Override
        public boolean inEventLoop(Thread thread) {
            reachFrom("initChannel", Step.HANDLERS_ADDED);
            return super.inEventLoop(thread);
        }
    }

    private static final EventLoopGroup LOOPS =
            new MultiThreadIoEventLoopGroup(
                    2, new DefaultThreadFactory("opening-throws", true), NioIoHandler.newFactory()) {
                @Override
                protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... more) {
                    return new Loop(this, executor, handlers);
                }
            };

    private static final class Resolver extends AddressResolverGroup<InetSocketAddress> {
        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
            reach(Step.RESOLVER_MADE);
            return new InetNameResolver(executor) {
                @Override
                protected void doResolve(String inetHost, Promise<InetAddress> promise) {
                    promise.setSuccess(InetAddress.getLoopbackAddress());
                }

                @Override
                protected void doResolveAll(String inetHost, Promise<List<InetAddress>> promise) {
                    reach(Step.NAME_ASKED);
                    promise.setSuccess(List.of(InetAddress.getLoopbackAddress()));
                }
            }.asAddressResolver();
        }
    }

    private record Tls(TlsSupport tls) implements TlsUpgrade {
        @Override
        public SslHandler newHandler(Channel channel) {
            reach(Step.TLS_MADE);
            SslHandler good = tls.newHandler(channel);
            return new SslHandler(good.engine()) {
                @Override
                public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
                    reach(Step.TLS_ADDED);
                    super.handlerAdded(ctx);
                }
            };
        }

        @Override
        public void check(SslHandler handler) throws CertificateException {
            tls.check(handler);
        }

        @Override
        public TlsFacts facts(SslHandler handler) {
            reach(Step.TLS_DESCRIBED);
            return tls.facts(handler);
        }
    }

    private static CompletionStage<Credentials> credentials() {
        reach(Step.CREDENTIALS_ASKED);
        return CompletableFuture.supplyAsync(() -> {
            reach(Step.CREDENTIALS_FAIL_LATER);
            return Credentials.password("user", "secret");
        });
    }

    private static final class Mechanism implements SaslMechanism {
        @Override
        public String name() {
            return "PLAIN";
        }

        @Override
        public boolean accepts(Credentials credentials) {
            reach(Step.MECHANISM_CHOSEN);
            return true;
        }

        @Override
        public SaslExchange start(Credentials credentials, SaslContext context) {
            reach(Step.MECHANISM_STARTED);
            return new Exchange(PLAIN.start(credentials, context));
        }
    }

    private record Exchange(SaslExchange plain) implements SaslExchange {
        @Override
        public boolean hasInitialResponse() {
            reach(Step.MECHANISM_SPEAKS_FIRST);
            return plain.hasInitialResponse();
        }

        @Override
        public CompletionStage<byte[]> respond(byte[] challenge) {
            reach(Step.MECHANISM_RESPONDS);
            return plain.respond(challenge);
        }

        @Override
        public boolean isComplete() {
            reach(Step.MECHANISM_JUDGES);
            return plain.isComplete();
        }

        @Override
        public @Nullable String failureDetail() {
            return plain.failureDetail();
        }

        @Override
        public void close() {
            plain.close();
        }
    }

    // ---- a pool of such

    private static SessionPool pool(int port, int connections) {
        Security security = Security.of(TlsMode.STARTTLS).trustAnythingInsecurely();
        SessionConfig config = new SessionConfig(
                "mx.test",
                port,
                EhloName.of("client.test"),
                security,
                OpeningThrowsTest::credentials,
                List.of(new Mechanism()),
                Timeouts.DEFAULT,
                FlightOptions.DEFAULT,
                HostRecord.trusting(new TrainDepth(1)),
                SessionConfig.pieceFor(1),
                ContentOptions.DEFAULT,
                Set.of(),
                ReplyDecoder.Limits.DEFAULT,
                SmtpObserver.NONE);
        SessionConnector connector = new SessionConnector(
                config,
                new Tls(new TlsSupport(security, "mx.test", port)),
                new SessionConnector.Sockets(NettyTransport.NIO, new Resolver(), null));
        return new SessionPool(
                PoolOptions.DEFAULT
                        .withMaxConnections(connections)
                        .withMaxMessagesPerConnection(1)
                        .withAcquireTimeout(SOON)
                        .withIdleTime(Duration.ofSeconds(1)) // A trial of the relay may find no work left.
                        .withGrowth(GrowthOptions.DEFAULT.withBackOff(Duration.ofMillis(1), Duration.ofMillis(4))),
                List.of(new Target(Relay.of("mx.test", port), connector)),
                SendThrottle.NONE,
                SmtpObserver.NONE,
                LOOPS);
    }

    private static SmtpSink sink() {
        return SmtpSink.builder()
                .startTls()
                .credentials("user", "secret")
                .requireAuth()
                .threads(1)
                .start();
    }

    private static List<TransactionOutcome> send(SessionPool pool, int count) {
        List<CompletableFuture<TransactionOutcome>> sent =
                Stream.generate(() -> PoolParts.submit(pool)).limit(count).toList();
        return sent.stream()
                .map(each ->
                        each.orTimeout(SOON.toMillis(), TimeUnit.MILLISECONDS).join())
                .toList();
    }

    private static void awaitEmpty(SessionPool pool) throws InterruptedException {
        long giveUpAt = System.nanoTime() + SOON.toNanos();
        while (!pool.stats().equals(new PoolStats(0, 0, 0, 0)) && System.nanoTime() - giveUpAt < 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertThat(pool.stats()).isEqualTo(new PoolStats(0, 0, 0, 0));
    }

    private static boolean isAccepted(TransactionOutcome outcome) {
        return outcome.failure() == null;
    }

    static Stream<Arguments> whateverIsThrown() {
        return Arrays.stream(Step.values())
                .flatMap(step -> Stream.of(
                                new IllegalStateException("boom"),
                                new NoSuchMethodError("boom"),
                                new OutOfMemoryError("boom"))
                        .map(any -> Arguments.of(step, any)));
    }

    @ParameterizedTest
    @MethodSource("whateverIsThrown")
    void whateverIsThrownFreesThePlaceAndIsNamed(Step step, Throwable any) throws Exception {
        int connections = 3;
        try (SmtpSink sink = sink()) {
            SessionPool pool = pool(sink.port(), connections);
            thrown = any;
            broken = step;
            List<TransactionOutcome> failed = send(pool, connections);
            awaitEmpty(pool);
            assertThat(failed).allSatisfy(outcome -> assertSaysWhy(outcome, step, any));

            broken = null;
            TransactionOutcome last = send(pool, 1).get(0);
            for (long until = System.nanoTime() + SOON.toNanos();
                    !isAccepted(last) && System.nanoTime() - until < 0; ) {
                TimeUnit.MILLISECONDS.sleep(1); // The back-off.
                last = send(pool, 1).get(0);
            }
            assertThat(last.failure()).isNull();
            assertThat(send(pool, connections)).allMatch(OpeningThrowsTest::isAccepted);
            awaitEmpty(pool);
            assertThat(pool.close(SOON)).succeedsWithin(SOON);
        } finally {
            broken = null;
        }
    }

    private static void assertSaysWhy(TransactionOutcome outcome, Step step, Throwable any) {
        Failure failure = Objects.requireNonNull(outcome.failure());
        assertThat(outcome.recipients()).allMatch(each -> each.disposition() == Disposition.NOT_SENT);
        assertThat(failure.phase()).isIn(Phase.CONNECT, Phase.TLS, Phase.AUTH);
        if (step == Step.TLS_ADDED) {
            assertThat(failure.message()).contains("SslHandler removed");
            return;
        }
        assertThat(failure.message()).containsAnyOf("boom", any.getClass().getSimpleName());
        assertThat(failure.message()).doesNotContain("within").doesNotContain("null");
        Throwable root = Objects.requireNonNull(failure.origin());
        while (root.getCause() != null) {
            root = root.getCause();
        }
        assertThat(root).isSameAs(any);
    }

    /** A pool that is closed while the way to its sessions is broken ends at once, and not with its drain timeout. */
    @Test
    void closesWhileEveryOpeningThrows() {
        try (SmtpSink sink = sink()) {
            SessionPool pool = pool(sink.port(), 3);
            thrown = new NoSuchMethodError("boom");
            broken = Step.CHANNEL_REGISTERED;
            CompletableFuture<TransactionOutcome> sent = PoolParts.submit(pool);
            assertThat(pool.close(Duration.ofMinutes(1))).succeedsWithin(SOON);
            assertThat(sent).succeedsWithin(SOON).matches(outcome -> outcome.failure() != null);
        } finally {
            broken = null;
        }
    }

    @AfterAll
    static void end() throws InterruptedException {
        LOOPS.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
}
