/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;

import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.delivery.Preparations;
import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.EhloName;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Sessions with servers whose names nobody but the test knows; otherwise as {@link SmtpClient#connect()} opens them. */
final class Names {
    private Names() {}

    static SessionInfo visit(String host, int port, Security security) throws Exception {
        SmtpSession session = await(connect(host, port, security, List.of(loopback(1))));
        await(session.quit());
        return session.info();
    }

    static SmtpException refusal(String host, int port, Security security) {
        return failure(connect(host, port, security, List.of(loopback(1))));
    }

    static CompletableFuture<SmtpSession> connect(
            String host, int port, Security security, List<InetAddress> addresses) {
        return connect(host, port, security, Timeouts.DEFAULT, addresses);
    }

    static CompletableFuture<SmtpSession> connect(String host, LocalNames names) {
        return connect(host, 25, Security.of(TlsMode.NONE), Timeouts.DEFAULT, names);
    }

    static CompletableFuture<SmtpSession> connect(
            String host, int port, Security security, Timeouts timeouts, List<InetAddress> addresses) {
        return connect(host, port, security, timeouts, new LocalNames(addresses));
    }

    /** What a session is told that is not about anything special. */
    static SessionConfig config(String host, int port, Security security, Timeouts timeouts) {
        return new SessionConfig(
                host,
                port,
                EhloName.of("client.test"),
                security,
                null,
                null,
                timeouts,
                FlightOptions.DEFAULT,
                HostRecord.trusting(new TrainDepth(1)),
                SessionConfig.pieceFor(1),
                ContentOptions.DEFAULT,
                Set.of(),
                ReplyDecoder.Limits.DEFAULT,
                SmtpObserver.NONE);
    }

    private static CompletableFuture<SmtpSession> connect(
            String host, int port, Security security, Timeouts timeouts, LocalNames names) {
        SessionConfig config = config(host, port, security, timeouts);
        SessionConnector connector = new SessionConnector(
                config,
                new TlsSupport(security, host, port),
                new SessionConnector.Sockets(NettyTransport.NIO, names, null));
        return open(connector);
    }

    static CompletableFuture<SmtpSession> open(SessionConnector connector) {
        Terms terms = new Terms(
                null,
                new Preparations(
                        new ContentPreparation(ContentOptions.DEFAULT, Runnable::run),
                        Sessions.loop().parent(),
                        PoolOptions.DEFAULT,
                        Timeouts.DEFAULT.of(Phase.ARGUMENT)),
                FlightOptions.DEFAULT,
                100,
                null,
                Sessions.loop().parent(),
                null);
        return SmtpSession.open(connector, Sessions.loop(), terms, PoolOptions.DEFAULT.maxQueued(), new OwnSessions());
    }

    /** 127.0.0.n, all of them this machine. */
    static InetAddress loopback(int n) {
        return loopback(0, n);
    }

    /** 127.0.m.n, all of them this machine. */
    static InetAddress loopback(int m, int n) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, (byte) m, (byte) n});
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
