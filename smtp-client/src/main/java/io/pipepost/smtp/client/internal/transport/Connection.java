/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.client.internal.border.EscapedException;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionListener;
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
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, from the look-up of the server's name to its end: tries the server's addresses one after the other
 * until the connect timeout is used up, then hands the connection to a {@link Session}. Confined to its event loop but
 * for {@link #start}, {@link #refuse}, {@link #end} and {@link #gone}.
 *
 * <p>Whatever is thrown on the way, by the system, by Netty or by what is made here, ends the attempt: the listener hears
 * of it, and whoever waits for the place gets it back.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.session");

    private enum State {
        OPENING,
        /** The session tells the listener of the end. */
        CONNECTED,
        FAILED
    }

    private final SessionConfig config;
    private final TlsUpgrade tls;
    private final Sockets sockets;
    private final EventLoop loop;
    private final SessionListener listener;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** Whoever opens a connection while the client closes refuses it, and so may whoever closes. */
    private final AtomicBoolean refused = new AtomicBoolean();

    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final ConnectErrors errors = new ConnectErrors();

    private State state = State.OPENING;
    private long giveUpAt;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable ChannelFuture connecting;

    /** The session on the channel that is, or is being, connected. */
    private @Nullable Session session;

    /** What was thrown while the channel was set up; Netty says only that it was closed. */
    private @Nullable Throwable setupFailure;

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
            try {
                SessionConnector.tellRefused(listener, failure);
            } finally {
                gone.complete(null);
            }
        }
    }

    /** Ends the connection at once, however far it has come. */
    CompletableFuture<Void> end(Failure failure) {
        try {
            loop.execute(() -> guarded(() -> endNow(failure)));
        } catch (RejectedExecutionException loopIsGone) {
            gone.complete(null);
        }
        return gone;
    }

    private void endNow(Failure failure) {
        Session open = session;
        if (state == State.CONNECTED && open != null) {
            open.fail(failure);
        } else {
            fail(failure);
        }
    }

    /**
     * Netty says that a channel is closed before its session hears of it, or while the session is telling everybody; both are
     * done with once what is in line for the event loop by then has run.
     */
    private void leave() {
        behindWhatIsInLine(() -> behindWhatIsInLine(() -> gone.complete(null)));
    }

    /** An event loop that is ending takes tasks and may not come to them. */
    private void behindWhatIsInLine(Runnable last) {
        if (loop.isShuttingDown() || !Loops.execute(loop, last)) {
            gone.complete(null);
        }
    }

    /** Begins, on the event loop, and not before this has returned. */
    void start() {
        later(this::begin);
    }

    private void later(Runnable step) {
        try {
            loop.execute(() -> guarded(step));
        } catch (RejectedExecutionException e) {
            refuse(Failure.of(FailureCause.CLIENT_CLOSED, Phase.CONNECT, "The event loops are shut down"));
        }
    }

    /** Netty notifies elsewhere if a channel has no event loop, and perhaps never will. */
    private void onLoop(Runnable step) {
        if (loop.inEventLoop()) {
            guarded(step);
        } else {
            later(step);
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            onThrown(e);
        }
    }

    private void onThrown(Throwable cause) {
        Failure failure = SessionConnector.unexpected(config, cause);
        try {
            endNow(failure);
        } catch (Throwable another) {
            cause.addSuppressed(another);
            abandon(failure);
        }
        Border.warn(LOG, failure.message() + "; its place is free again", cause);
    }

    /** The session could not even end. */
    private void abandon(Failure failure) {
        try {
            close(connecting);
        } finally {
            refuse(failure);
        }
    }

    private void begin() {
        if (state != State.OPENING) {
            return;
        }
        giveUpAt = loop.ticker().nanoTime() + budget();
        timer = loop.schedule(() -> guarded(this::timedOut), budget(), TimeUnit.NANOSECONDS);
        AddressResolver<InetSocketAddress> resolver;
        try {
            resolver = Objects.requireNonNull(sockets.resolver().getResolver(loop), "no resolver");
        } catch (IllegalStateException e) {
            if (!loop.isShuttingDown()) {
                throw e;
            }
            fail(ClientClosed.at(Phase.CONNECT));
            return;
        }
        InetSocketAddress server = InetSocketAddress.createUnresolved(config.host(), config.port());
        Border.RESOLVER
                .get(() -> resolver.resolveAll(server), "a future of addresses")
                .addListener((Future<List<InetSocketAddress>> found) -> onLoop(() -> onResolved(found)));
    }

    private long budget() {
        return Loops.nanos(config.timeouts().of(Phase.CONNECT));
    }

    private void onResolved(Future<List<InetSocketAddress>> found) {
        if (state != State.OPENING || connecting != null) {
            return;
        }
        if (!found.isSuccess()) {
            Throwable cause = EscapedException.of(found.cause());
            fail(new Failure(
                    FailureCause.CONNECT_FAILED,
                    Phase.CONNECT,
                    "Cannot resolve " + config.host() + ": " + explain(cause),
                    null,
                    cause));
            return;
        }
        addresses.addAll(Border.RESOLVER.get(found::getNow, "addresses"));
        connectNext(null);
    }

    /** A resolver names the question; what stood in the way of the answer may be far behind. */
    private static String explain(Throwable cause) {
        String what = String.valueOf(cause.getMessage()).strip();
        String reason = ConnectErrors.reason(cause);
        if (reason.contains("NXDOMAIN")) {
            return "there is no such host name";
        }
        return what.contains(reason) ? what : what + ": " + reason;
    }

    private void connectNext(@Nullable Throwable lastCause) {
        if (addresses.isEmpty()) {
            fail(new Failure(
                    FailureCause.CONNECT_FAILED,
                    Phase.CONNECT,
                    "Cannot connect to " + config.host() + ":" + config.port() + ": " + errors,
                    null,
                    lastCause));
            return;
        }
        InetSocketAddress address = addresses.remove(0);
        ChannelFuture future = bootstrap(share()).connect(address, local());
        connecting = future;
        future.addListener(done -> onLoop(() -> onConnected(future, address)));
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
                        try {
                            Session made = new Session(channel, config, tls, listener);
                            session = made;
                            addHandlers(channel, made);
                        } catch (Throwable e) {
                            setupFailure = e;
                            throw e;
                        }
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
        if (state != State.OPENING) {
            close(future);
        } else if (setupFailure != null) {
            fail(SessionConnector.unexpected(config, setupFailure));
        } else if (future.isSuccess() && open != null) {
            state = State.CONNECTED;
            stopTimer();
            future.channel().closeFuture().addListener(done -> leave());
            open.open();
        } else {
            errors.add(address, future.cause());
            connectNext(future.cause());
        }
    }

    /** What failed before it had an event loop is closed already, and throws if it is told so. */
    private static void close(@Nullable ChannelFuture future) {
        if (future != null && future.channel().isRegistered()) {
            future.channel().close();
        }
    }

    private void timedOut() {
        String what = errors.isEmpty() ? "" : " (" + errors + ")";
        String silent = connecting == null ? ": " + Border.RESOLVER.silent() : "";
        fail(Failure.of(
                FailureCause.CONNECT_FAILED,
                Phase.CONNECT,
                "Cannot connect to " + config.host() + ":" + config.port() + " within "
                        + Words.of(config.timeouts().of(Phase.CONNECT)) + what + silent));
    }

    private void fail(Failure failure) {
        if (state != State.OPENING) {
            return;
        }
        state = State.FAILED;
        stopTimer();
        ChannelFuture attempt = connecting;
        try {
            if (attempt != null) {
                attempt.cancel(false);
            }
            close(attempt);
        } finally {
            refuse(failure);
        }
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
        if (channel.pipeline().context(session.handler()) == null) {
            throw new IllegalStateException("A handler could not be added");
        }
    }
}
