/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionConfig;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.session.TlsUpgrade;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens sessions: resolves the server's name, tries its addresses one after the other until the connect timeout is used
 * up, and hands the connection to a {@link Session}. Thread-safe.
 */
public final class SessionConnector {
    private final SessionConfig config;
    private final TlsUpgrade tls;
    private final Sockets sockets;

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

    /**
     * Creates a connector.
     *
     * @param config what every session is told
     * @param tls makes TLS
     * @param sockets what connections are made of
     */
    public SessionConnector(SessionConfig config, TlsUpgrade tls, Sockets sockets) {
        this.config = config;
        this.tls = tls;
        this.sockets = sockets;
    }

    /**
     * Opens a session.
     *
     * @param loop where it lives
     * @param listener hears whether there is a session, and of its end
     */
    public void open(EventLoop loop, SessionListener listener) {
        try {
            loop.execute(() -> new Attempt(loop, listener).start());
        } catch (RejectedExecutionException e) {
            Failure failure = Failure.of(FailureCause.CLIENT_CLOSED, Phase.CONNECT, "The event loops are shut down");
            listener.onOpenFailed(failure);
            listener.onClosed(failure);
        }
    }

    /** One session being opened; confined to its event loop. */
    private final class Attempt {
        private final EventLoop loop;
        private final SessionListener listener;
        private final List<InetSocketAddress> addresses = new ArrayList<>();
        private final List<String> errors = new ArrayList<>();
        private final long giveUpAt;
        private @Nullable ScheduledFuture<?> timer;
        private @Nullable ChannelFuture connecting;
        private boolean done;

        Attempt(EventLoop loop, SessionListener listener) {
            this.loop = loop;
            this.listener = listener;
            this.giveUpAt = loop.ticker().nanoTime() + budget();
        }

        private long budget() {
            return config.timeouts().of(Phase.CONNECT).toNanos();
        }

        void start() {
            timer = loop.schedule(this::timedOut, budget(), TimeUnit.NANOSECONDS);
            AddressResolver<InetSocketAddress> resolver = sockets.resolver().getResolver(loop);
            resolver.resolveAll(InetSocketAddress.createUnresolved(config.host(), config.port()))
                    .addListener((Future<List<InetSocketAddress>> found) -> onResolved(found));
        }

        private void onResolved(Future<List<InetSocketAddress>> found) {
            if (done) {
                return;
            }
            if (!found.isSuccess()) {
                Throwable cause = found.cause();
                failed(new Failure(
                        FailureCause.CONNECT_FAILED,
                        Phase.CONNECT,
                        "Cannot resolve " + config.host() + ": " + cause.getMessage(),
                        null,
                        cause));
                return;
            }
            addresses.addAll(found.getNow());
            connectNext(null);
        }

        private void connectNext(@Nullable Throwable lastCause) {
            if (addresses.isEmpty()) {
                failed(new Failure(
                        FailureCause.CONNECT_FAILED,
                        Phase.CONNECT,
                        "Cannot connect to " + config.host() + ":" + config.port() + ": " + String.join("; ", errors),
                        null,
                        lastCause));
                return;
            }
            InetSocketAddress address = addresses.remove(0);
            SessionRef ref = new SessionRef();
            ChannelFuture future = bootstrap(ref, share()).connect(address, local());
            connecting = future;
            future.addListener(done -> onConnected(future, address, ref));
        }

        /** Each address gets its share of the time that is left, so that a black hole does not use up all of it. */
        private int share() {
            long left = Math.max(1, giveUpAt - loop.ticker().nanoTime());
            long millis = TimeUnit.NANOSECONDS.toMillis(left) / (addresses.size() + 1);
            return (int) Math.max(1, Math.min(Integer.MAX_VALUE, millis));
        }

        private @Nullable SocketAddress local() {
            return sockets.localAddress() == null ? null : new InetSocketAddress(sockets.localAddress(), 0);
        }

        private Bootstrap bootstrap(SessionRef ref, int timeoutMillis) {
            return new Bootstrap()
                    .group(loop)
                    .channel(sockets.transport().socketChannel())
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.SO_KEEPALIVE, true)
                    // A failed write must not throw away a reply that has already come (R-5321-75).
                    .option(ChannelOption.AUTO_CLOSE, false)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            Session session = new Session(channel, config, tls, listener);
                            ref.session = session;
                            addHandlers(channel, session);
                        }
                    });
        }

        private void onConnected(ChannelFuture future, InetSocketAddress address, SessionRef ref) {
            if (done) {
                future.channel().close();
            } else if (future.isSuccess()) {
                finish();
                Objects.requireNonNull(ref.session).open();
            } else {
                errors.add(address.getAddress().getHostAddress() + ": " + reason(future.cause()));
                connectNext(future.cause());
            }
        }

        /** What the system said, without the address that Netty adds behind it and the call that it adds in front. */
        private String reason(Throwable cause) {
            if (cause instanceof ConnectTimeoutException) {
                return "no answer in time";
            }
            Throwable system = cause.getCause() == null ? cause : cause.getCause();
            String text = String.valueOf(system.getMessage());
            int call = text.indexOf("): ");
            return call < 0 ? text : text.substring(call + 3);
        }

        private void timedOut() {
            String what = errors.isEmpty() ? "" : " (" + String.join("; ", errors) + ")";
            failed(Failure.of(
                    FailureCause.CONNECT_FAILED,
                    Phase.CONNECT,
                    "Cannot connect to " + config.host() + ":" + config.port() + " within "
                            + config.timeouts().of(Phase.CONNECT) + what));
        }

        private void failed(Failure failure) {
            if (done) {
                return;
            }
            finish();
            if (connecting != null) {
                connecting.cancel(false);
                connecting.channel().close();
            }
            listener.onOpenFailed(failure);
            listener.onClosed(failure);
        }

        private void finish() {
            done = true;
            if (timer != null) {
                timer.cancel(false);
            }
        }
    }

    private static final class SessionRef {
        private @Nullable Session session;
    }

    /** The pipeline of one connection; TLS goes in front of it. */
    private void addHandlers(Channel channel, Session session) {
        channel.pipeline()
                .addLast("replies", new ReplyDecoder(config.replyLimits()))
                .addLast("commands", new CommandEncoder())
                .addLast("session", session.handler());
    }
}
