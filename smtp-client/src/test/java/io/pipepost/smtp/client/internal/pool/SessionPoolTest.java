/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.TransportType;
import io.pipepost.smtp.client.internal.session.ContentPreparation;
import io.pipepost.smtp.client.internal.session.SessionConfig;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pool by itself, for orders of events that the public API cannot force. */
class SessionPoolTest {
    private final SmtpSink sink = SmtpSink.builder().start();
    private final EventLoopGroup loops =
            NettyTransport.choose(TransportType.NIO).newGroup(2);
    private final SessionPool pool = new SessionPool(PoolOptions.DEFAULT.withMaxConnections(1), connector(), loops);

    private SessionConnector connector() {
        Security security = Security.of(TlsMode.NONE);
        SessionConfig config = new SessionConfig(
                "127.0.0.1",
                sink.port(),
                EhloName.of("client.test"),
                security,
                null,
                null,
                Timeouts.DEFAULT,
                FlightOptions.DEFAULT,
                ContentOptions.DEFAULT,
                Set.of(),
                ReplyDecoder.Limits.DEFAULT,
                SmtpObserver.NONE);
        return new SessionConnector(
                config,
                new TlsSupport(security, "127.0.0.1", sink.port()),
                new SessionConnector.Sockets(
                        NettyTransport.choose(TransportType.NIO), DefaultAddressResolverGroup.INSTANCE, null));
    }

    @AfterEach
    void close() throws Exception {
        pool.close(Duration.ZERO).get(10, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        sink.close();
    }

    private static Transaction transaction(CompletableFuture<Transaction.Outcome> end) {
        return new Transaction(
                ReversePath.of("a@b.test"),
                List.of(ForwardPath.of("c@d.test")),
                RecipientPolicy.ANY,
                new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                        .prepare(Content.of("x\r\n"))
                        .join(),
                FlightOptions.DEFAULT,
                end::complete);
    }

    private static Transaction.Outcome await(CompletableFuture<Transaction.Outcome> end) throws Exception {
        return end.get(10, TimeUnit.SECONDS);
    }

    /**
     * A session dies, and the only place is taken again by one that carries what was queued and then idles, before the
     * dead one's transaction is handed back. The idle one must make room, or the transaction waits for its idle time.
     */
    @Test
    void r5321_78_anIdleSessionMakesRoomForAReplay() throws Exception {
        CompletableFuture<Transaction.Outcome> first = new CompletableFuture<>();
        pool.submit(transaction(first));
        assertThat(await(first).failure()).isNull();

        CompletableFuture<Transaction.Outcome> replayed = new CompletableFuture<>();
        Failure lost = Failure.of(FailureCause.CONNECTION_LOST, Phase.MAIL, "lost");
        assertThat(pool.replay(transaction(replayed), lost, 1)).isTrue();
        assertThat(await(replayed).failure()).isNull();
        assertThat(sink.counters().connections()).isEqualTo(2);
    }

    /** The same with a session that is at work, and more work in the queue behind it. */
    @Test
    void r5321_78_aBusySessionMakesRoomForAReplay() throws Exception {
        CompletableFuture<Transaction.Outcome> replayed = new CompletableFuture<>();
        CompletableFuture<Transaction.Outcome> last = new CompletableFuture<>();
        Failure lost = Failure.of(FailureCause.CONNECTION_LOST, Phase.MAIL, "lost");
        pool.submit(transaction(new CompletableFuture<>() {
            @Override
            public boolean complete(Transaction.Outcome outcome) {
                pool.submit(transaction(last));
                return pool.replay(transaction(replayed), lost, 1);
            }
        }));
        assertThat(await(replayed).failure()).isNull();
        assertThat(await(last).failure()).isNull();
    }
}
