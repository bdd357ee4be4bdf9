/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.EhloName;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What opens sessions, while it is being closed. */
class SessionConnectorTest {
    private static final int TIMES = 5_000;
    private static final Failure CLOSED = Failure.of(FailureCause.CLIENT_CLOSED, Phase.QUEUE, "The client is closed");
    private static final SessionConfig CONFIG = new SessionConfig(
            "127.0.0.1",
            1,
            EhloName.of("client.test"),
            Security.of(TlsMode.NONE),
            null,
            null,
            Timeouts.DEFAULT,
            FlightOptions.DEFAULT,
            HostRecord.trusting(new TrainDepth(1)),
            SessionConfig.pieceFor(1),
            ContentOptions.DEFAULT,
            Set.of(),
            ReplyDecoder.Limits.DEFAULT,
            SmtpObserver.NONE);

    /** Counts what it is told. */
    private static final class Listener implements SessionListener {
        private final AtomicInteger failed = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public void onReady(Session session) {}

        @Override
        public void onOpenFailed(Failure failure) {
            failed.incrementAndGet();
        }

        @Override
        public @Nullable Transaction onRoom(Session session) {
            return null;
        }

        @Override
        public void onUnfit(Transaction transaction, Failure failure) {}

        @Override
        public boolean onReplay(Transaction transaction, Failure failure, int before) {
            return false;
        }

        @Override
        public void onClosed(@Nullable Failure failure) {
            closed.incrementAndGet();
        }
    }

    /** Whether it is found open or closed, the listener hears of one end. */
    @Tag("exhaustive")
    @Test
    void sessionOpenedWhileTheClientClosesEndsOnce() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("connector-test", true), NioIoHandler.newFactory());
        ExecutorService closer = Executors.newSingleThreadExecutor();
        TlsSupport tls = new TlsSupport(CONFIG.security(), CONFIG.host(), CONFIG.port());
        SessionConnector.Sockets sockets =
                new SessionConnector.Sockets(NettyTransport.NIO, DefaultAddressResolverGroup.INSTANCE, null);
        try {
            for (int i = 0; i < TIMES; i++) {
                openWhileClosing(new SessionConnector(CONFIG, tls, sockets), loops.next(), closer, i % 64);
            }
        } finally {
            closer.shutdown();
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static void openWhileClosing(SessionConnector connector, EventLoop loop, ExecutorService closer, int lead)
            throws Exception {
        AtomicBoolean go = new AtomicBoolean();
        CompletableFuture<CompletableFuture<Void>> closing = CompletableFuture.supplyAsync(
                () -> {
                    while (!go.get()) {
                        Thread.onSpinWait();
                    }
                    return connector.close(CLOSED);
                },
                closer);
        Listener listener = new Listener();
        go.set(true);
        for (int i = 0; i < lead; i++) {
            Thread.onSpinWait();
        }
        connector.open(loop, listener);
        closing.get(10, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS);
        loop.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertThat(listener.failed).hasValue(1);
        assertThat(listener.closed).hasValue(1);
    }
}
