/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

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
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a pool is made of, for tests that look into it. */
final class PoolParts {
    static final EventLoopGroup LOOPS = new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("pipepost-pool-test", true), NioIoHandler.newFactory());

    private PoolParts() {}

    /** Opens sessions to a server on this machine. */
    static SessionConnector connector(int port) {
        SessionConfig config = new SessionConfig(
                "127.0.0.1",
                port,
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
        return new SessionConnector(
                config,
                new TlsSupport(config.security(), config.host(), port),
                new SessionConnector.Sockets(NettyTransport.NIO, DefaultAddressResolverGroup.INSTANCE, null));
    }

    /** A transaction that completes {@code end}, and is cancelled by cancelling it. */
    static Transaction transaction(CompletableFuture<TransactionOutcome> end) {
        return new Transaction(
                ReversePath.of("a@b.test"),
                List.of(ForwardPath.of("c@d.test")),
                RecipientPolicy.ANY,
                new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                        .prepare(Content.of("Subject: x\r\n\r\nx\r\n"))
                        .join(),
                FlightOptions.DEFAULT,
                new Transaction.Listener() {
                    @Override
                    public void onSettled(TransactionOutcome outcome) {
                        end.complete(outcome);
                    }

                    @Override
                    public boolean isCancelled() {
                        return end.isCancelled();
                    }
                });
    }

    static Transaction transaction() {
        return transaction(new CompletableFuture<>());
    }

    static CompletableFuture<TransactionOutcome> submit(SessionPool pool) {
        CompletableFuture<TransactionOutcome> end = new CompletableFuture<>();
        pool.submit(transaction(end));
        return end;
    }

    /** What a session is given that takes anything. */
    static @Nullable Transaction next(PoolState state, Place session, boolean idle) {
        return state.nextFor(session, idle, any -> true);
    }
}
