/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.SessionConfig;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.session.TlsUpgrade;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the sessions of a client, and ends them all when the client is closed: event loops that shut down do not tell
 * every channel's handlers. Thread-safe.
 */
public final class SessionConnector {
    private final Sockets sockets;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    /** What new sessions are told. Written by whoever replaces it, read by whoever opens. */
    private volatile Means means;

    /** Written by whoever closes, read by whoever opens. */
    private volatile @Nullable Failure closed;

    /**
     * What connections are made of.
     *
     * @param transport channel classes
     * @param resolver resolves names without blocking
     * @param localAddress where connections come from, or null for any
     */
    public record Sockets(
            NettyTransport transport,
            AddressResolverGroup<InetSocketAddress> resolver,
            @Nullable InetAddress localAddress) {}

    private record Means(SessionConfig config, TlsUpgrade tls) {}

    /**
     * Creates a connector.
     *
     * @param config what every session is told
     * @param tls makes TLS
     * @param sockets what connections are made of
     */
    public SessionConnector(SessionConfig config, TlsUpgrade tls, Sockets sockets) {
        this.means = new Means(config, tls);
        this.sockets = sockets;
    }

    /**
     * Logs in with other credentials from now on; sessions that are open, or being opened, stay as they are.
     *
     * @param credentials asked once per connection
     */
    public synchronized void replaceCredentials(Supplier<? extends CompletionStage<Credentials>> credentials) {
        Means now = means;
        means = new Means(now.config().with(now.config().security(), credentials), now.tls());
    }

    /**
     * Protects sessions in another way from now on; those that are open, or being opened, stay as they are.
     *
     * @param security TLS and what depends on it
     * @param tls makes TLS
     */
    public synchronized void replaceSecurity(Security security, TlsUpgrade tls) {
        SessionConfig config = means.config();
        means = new Means(config.with(security, config.credentials()), tls);
    }

    /**
     * Opens a session.
     *
     * @param loop where it lives
     * @param listener hears whether there is a session, and of its end
     */
    public void open(EventLoop loop, SessionListener listener) {
        Means now = means;
        Connection connection = new Connection(now.config(), now.tls(), sockets, loop, listener);
        connections.add(connection);
        connection.gone().thenRun(() -> connections.remove(connection));
        Failure reason = closed;
        if (reason != null) {
            connection.refuse(reason);
            return;
        }
        try {
            loop.execute(connection::start);
        } catch (RejectedExecutionException e) {
            connection.refuse(Failure.of(FailureCause.CLIENT_CLOSED, Phase.CONNECT, "The event loops are shut down"));
        }
    }

    /**
     * Ends every session at once, and opens no more.
     *
     * @param failure what everything unanswered fails of
     * @return a future that completes when every connection is closed and every listener has heard of it
     */
    public CompletableFuture<Void> close(Failure failure) {
        closed = failure;
        CompletableFuture<?>[] all =
                connections.stream().map(connection -> connection.end(failure)).toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(all);
    }
}
