/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.pipepost.smtp.client.internal.session.EscapedException;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionConfig;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.session.TlsUpgrade;
import io.pipepost.smtp.client.internal.transport.SessionConnector.Sockets;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection, from the look-up of the server's name to its end: tries the server's addresses one after the other
 * until the connect timeout is used up, then hands the connection to a {@link Session}. Confined to its event loop but
 * for {@link #refuse}, {@link #end} and {@link #gone}.
 */
final class Connection {
    private final SessionConfig config;
    private final TlsUpgrade tls;
    private final Sockets sockets;
    private final EventLoop loop;
    private final SessionListener listener;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** Whoever opens a connection while the client closes refuses it, and so may whoever closes. */
    private final AtomicBoolean refused = new AtomicBoolean();

    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    private long giveUpAt;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable ChannelFuture connecting;

    /** The session on the channel that is, or is being, connected. */
    private @Nullable Session session;

    private boolean connected;
    private boolean failed;

    Connection(SessionConfig config, TlsUpgrade tls, Sockets sockets, EventLoop loop, SessionListener listener) {
        this.config = config;
        this.tls = tls;
        this.sockets = sockets;
        this.loop = loop;
        this.listener = listener;
    }

    /** Completes when the connection is closed, or was never made, and the listener knows. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** Fails a connection that was not started. */
    void refuse(Failure failure) {
        if (refused.compareAndSet(false, true)) {
            listener.onOpenFailed(failure);
            listener.onClosed(failure);
            gone.complete(null);
        }
    }

    /** Ends the connection at once, however far it has come. */
    CompletableFuture<Void> end(Failure failure) {
        try {
            loop.execute(() -> endNow(failure));
        } catch (RejectedExecutionException loopIsGone) {
            gone.complete(null);
        }
        return gone;
    }

    private void endNow(Failure failure) {
        Session open = session;
        if (connected && open != null) {
            open.fail(failure);
        } else {
            fail(failure);
        }
    }

    void start() {
        if (failed) {
            return;
        }
        giveUpAt = loop.ticker().nanoTime() + budget();
        timer = loop.schedule(this::timedOut, budget(), TimeUnit.NANOSECONDS);
        try {
            AddressResolver<InetSocketAddress> resolver = sockets.resolver().getResolver(loop);
            resolver.resolveAll(InetSocketAddress.createUnresolved(config.host(), config.port()))
                    .addListener((Future<List<InetSocketAddress>> found) -> onResolved(found));
        } catch (IllegalStateException resolverIsClosed) {
            fail(Failure.of(FailureCause.CLIENT_CLOSED, Phase.CONNECT, "The client is closed"));
        }
    }

    private long budget() {
        return config.timeouts().of(Phase.CONNECT).toNanos();
    }

    private void onResolved(Future<List<InetSocketAddress>> found) {
        if (failed) {
            return;
        }
        if (!found.isSuccess()) {
            Throwable cause = EscapedException.of(found.cause());
            fail(new Failure(
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
            fail(new Failure(
                    FailureCause.CONNECT_FAILED,
                    Phase.CONNECT,
                    "Cannot connect to " + config.host() + ":" + config.port() + ": " + String.join("; ", errors),
                    null,
                    lastCause));
            return;
        }
        InetSocketAddress address = addresses.remove(0);
        ChannelFuture future = bootstrap(share()).connect(address, local());
        connecting = future;
        future.addListener(done -> onConnected(future, address));
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

    private Bootstrap bootstrap(int timeoutMillis) {
        return new Bootstrap()
                .group(loop)
                .channel(sockets.transport().socketChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark())
                .option(ChannelOption.SO_KEEPALIVE, true)
                // A failed write must not throw away a reply that has already come (R-5321-75).
                .option(ChannelOption.AUTO_CLOSE, false)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Session made = new Session(channel, config, tls, listener);
                        session = made;
                        addHandlers(channel, made);
                    }
                });
    }

    /** As much as a train of usual messages, so that it leaves in one go; less where connections may be many. */
    private WriteBufferWaterMark waterMark() {
        int high = Math.max(64 * 1024, Math.min(256 * 1024, config.pieceOctets()));
        return new WriteBufferWaterMark(high / 2, high);
    }

    private void onConnected(ChannelFuture future, InetSocketAddress address) {
        Session open = session;
        if (failed) {
            future.channel().close();
        } else if (future.isSuccess() && open != null) {
            connected = true;
            stopTimer();
            future.channel().closeFuture().addListener(done -> gone.complete(null));
            open.open();
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
        fail(Failure.of(
                FailureCause.CONNECT_FAILED,
                Phase.CONNECT,
                "Cannot connect to " + config.host() + ":" + config.port() + " within "
                        + config.timeouts().of(Phase.CONNECT) + what));
    }

    private void fail(Failure failure) {
        if (connected || failed) {
            return;
        }
        failed = true;
        stopTimer();
        ChannelFuture attempt = connecting;
        if (attempt != null) {
            attempt.cancel(false);
            attempt.channel().close();
        }
        refuse(failure);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** The pipeline of one connection; TLS goes in front of it. */
    private void addHandlers(Channel channel, Session session) {
        channel.pipeline()
                .addLast("replies", new ReplyDecoder(config.replyLimits()))
                .addLast("commands", new CommandEncoder())
                .addLast("session", session.handler());
    }
}
