/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.channel.EventLoopGroup;
import io.netty.resolver.HostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.client.internal.delivery.OpenFlows;
import io.pipepost.smtp.client.internal.delivery.Preparations;
import io.pipepost.smtp.client.internal.delivery.Signing;
import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.client.internal.pool.SessionPool;
import io.pipepost.smtp.client.internal.pool.Target;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a client is put together from; builds it in an order in which nothing is left behind, and takes it apart again. */
final class ClientParts {
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(10);

    private final SessionPool pool;
    private final @Nullable Signing signing;
    private final Terms terms;
    private final List<Target> relays;
    private final Delivery.Work patientWork;
    private final int placesAhead;
    private final int maxQueued;
    private final EventLoopGroup loops;
    private final boolean ownLoops;
    private final OwnSessions ownSessions = new OwnSessions();
    private final OpenFlows openFlows = new OpenFlows();
    private final @Nullable ExecutorService ownBlocking;
    private final DnsAddressResolverGroup resolver;
    private final Duration drainTimeout;

    ClientParts(SmtpClient.Builder b) {
        NettyTransport transport = b.loops == null ? NettyTransport.choose(b.transport) : NettyTransport.of(b.loops);
        this.ownBlocking = b.blocking == null ? newBlockingExecutor() : null;
        Executor blocking = b.blocking == null ? Objects.requireNonNull(ownBlocking) : b.blocking;
        this.resolver = newResolver(transport);
        SessionConnector.Sockets sockets = new SessionConnector.Sockets(transport, resolver, b.localAddress);
        this.relays = b.relays.stream()
                .map(relay -> new Target(relay, newConnector(sessionConfig(b, relay), sockets)))
                .toList();
        // Behind everything that may throw: they hold descriptors.
        this.ownLoops = b.loops == null;
        this.loops = b.loops == null ? transport.newGroup(b.threads) : b.loops;
        this.pool = new SessionPool(b.pool, relays, b.throttle, b.observer, loops);
        this.signing =
                b.signer == null ? null : new Signing(b.signer, blocking, loops, b.pool, b.timeouts.of(Phase.ARGUMENT));
        this.terms = new Terms(
                signing,
                new Preparations(
                        new ContentPreparation(b.content, blocking), loops, b.pool, b.timeouts.of(Phase.ARGUMENT)),
                b.flight,
                b.pool.maxRecipients(),
                b.callbacks,
                loops,
                b.messageDeadline);
        this.patientWork = pool.patiently();
        this.placesAhead = placesAhead(b.pool, b.flight);
        this.maxQueued = b.pool.maxQueued();
        this.drainTimeout = b.drainTimeout;
    }

    private static SessionConfig sessionConfig(SmtpClient.Builder b, Relay relay) {
        return new SessionConfig(
                relay.host(),
                relay.port(),
                relay.ehloName() == null ? b.ehloName : relay.ehloName(),
                relay.security() == null ? b.security : relay.security(),
                relay.credentials() == null ? b.credentials : relay.credentials(),
                b.mechanisms,
                b.timeouts,
                b.flight,
                HostRecord.of(relay.trust(), b.flight),
                SessionConfig.pieceFor(b.pool.maxConnections()),
                b.content,
                b.disabledKeywords,
                b.replyLimits,
                b.observer);
    }

    private static SessionConnector newConnector(SessionConfig config, SessionConnector.Sockets sockets) {
        return new SessionConnector(config, new TlsSupport(config.security(), config.host(), config.port()), sockets);
    }

    /** What the connections carry, and as much again so that none has to wait for the next message. */
    private static int placesAhead(PoolOptions pool, FlightOptions flight) {
        return (int) Math.min(Integer.MAX_VALUE, 2L * pool.maxConnections() * flight.transactionsInFlight());
    }

    private static ExecutorService newBlockingExecutor() {
        return Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "pipepost-blocking");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Reads what the resolver needs to know of this machine here, so that no event loop has to. */
    private static DnsAddressResolverGroup newResolver(NettyTransport transport) {
        HostsFileEntriesResolver.DEFAULT.address("localhost", ResolvedAddressTypes.IPV4_PREFERRED);
        return new DnsAddressResolverGroup(new DnsNameResolverBuilder()
                // One that is kept is never made again if it could not be opened for want of descriptors.
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                .datagramChannelType(transport.datagramChannel())
                .socketChannelType(transport.socketChannel())
                .nameServerProvider(DnsServerAddressStreamProviders.platformDefault()));
    }

    // ---- the parts

    SessionPool pool() {
        return pool;
    }

    Terms terms() {
        return terms;
    }

    /** The pool for messages that wait as long as it takes. */
    Delivery.Work patientWork() {
        return patientWork;
    }

    List<Target> relays() {
        return relays;
    }

    EventLoopGroup loops() {
        return loops;
    }

    OpenFlows openFlows() {
        return openFlows;
    }

    /** How many messages of a source are pulled ahead of their outcomes. */
    int placesAhead() {
        return placesAhead;
    }

    boolean signs() {
        return signing != null;
    }

    CompletableFuture<SmtpSession> openSession() {
        return SmtpSession.open(relays.get(0).connector(), loops.next(), terms, maxQueued, ownSessions);
    }

    // ---- the end

    /** Finishes what there is within the drain timeout, says QUIT, and ends the client's own threads; called once. */
    CompletableFuture<Void> close() {
        openFlows.close();
        return drain().thenCompose(done -> closeConnections()).thenCompose(done -> release());
    }

    private CompletableFuture<Void> drain() {
        CompletableFuture<Duration> signed =
                signing == null ? CompletableFuture.completedFuture(drainTimeout) : signing.close(drainTimeout);
        return signed.thenCompose(terms.preparations()::close).thenCompose(this::closeSessions);
    }

    private CompletableFuture<Void> closeSessions(Duration drain) {
        return CompletableFuture.allOf(pool.close(drain), ownSessions.quit(drain, loops));
    }

    private CompletableFuture<Void> closeConnections() {
        Failure reason = ClientClosed.at(Phase.QUEUE);
        return CompletableFuture.allOf(
                relays.stream().map(relay -> relay.connector().close(reason)).toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<Void> release() {
        resolver.close();
        if (ownBlocking != null) {
            // It waits for a lock, and this may be an event loop; execute, too, if a task of that executor shuts it
            // down.
            CompletableFuture.runAsync(ownBlocking::shutdown);
        }
        CompletableFuture<Void> released = new CompletableFuture<>();
        if (ownLoops) {
            loops.shutdownGracefully(0, CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)
                    .addListener(done -> released.complete(null));
        } else {
            released.complete(null);
        }
        return released;
    }
}
