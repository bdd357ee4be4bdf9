/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
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
     * Opens a session. Throws nothing: whatever goes wrong is told to the listener.
     *
     * @param loop where it lives
     * @param listener hears whether there is a session, and of its end
     */
    public void open(EventLoop loop, SessionListener listener) {
        Means now = means;
        Connection connection = null;
        try {
            connection = new Connection(now.config(), now.tls(), sockets, loop, listener);
            register(connection);
            Failure reason = closed;
            if (reason == null) {
                connection.start();
            } else {
                connection.refuse(reason);
            }
        } catch (Throwable e) {
            Failure failure = unexpected(now.config(), e);
            if (connection == null) {
                tellRefused(listener, failure);
            } else {
                connection.refuse(failure);
            }
        }
    }

    private void register(Connection connection) {
        connections.add(connection);
        connection.gone().thenRun(() -> connections.remove(connection));
    }

    /** Something was thrown for which no address is to blame. */
    static Failure unexpected(SessionConfig config, Throwable cause) {
        boolean known = cause instanceof Border.Fault;
        return new Failure(
                FailureCause.CONNECT_FAILED,
                Phase.CONNECT,
                "Cannot open a connection to " + config.host() + ":" + config.port() + ": "
                        + (known ? cause.getMessage() : Words.of(cause)),
                null,
                cause instanceof Border.Fault fault ? fault.origin() : cause);
    }

    /** Tells of a connection that never was. */
    static void tellRefused(SessionListener listener, Failure failure) {
        try {
            listener.onOpenFailed(failure);
        } finally {
            listener.onClosed(failure);
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
