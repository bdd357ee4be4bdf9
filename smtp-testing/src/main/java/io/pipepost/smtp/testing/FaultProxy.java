/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server and misbehaves as a {@link FaultPlan} says. It listens on 127.0.0.1, opens a
 * connection to the server for each one that it accepts, and passes octets on in both directions. Without faults it
 * changes nothing but the segments' borders and the moments at which they arrive; the end and the reset of a connection
 * are passed on as well.
 *
 * <pre>{@code
 * try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
 *         FaultProxy proxy = FaultProxy.to(sink.host(), sink.port()).plan(Faults.seeded(42)).start()) {
 *     // ... send messages to proxy.host(), proxy.port() and compare the outcomes with sink.messages() ...
 * }
 * }</pre>
 *
 * <p>In each direction of a connection at most 64 KiB are held, besides what one read brought and what the sockets hold:
 * who sends faster than the other side takes is read no further.
 *
 * <p>What happens follows from the plan, the connection's number and the number of octets that passed. Timing decides in
 * what order clients that connect at the same time are numbered, and how far the other direction has come.
 *
 * <p>All methods may be called from any thread but one of the proxy's own event loops.
 */
public final class FaultProxy implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final InetSocketAddress server;
    private final FaultPlan plan;
    private final EventLoopGroup loops;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final AtomicLong accepted = new AtomicLong();
    private final Set<FaultedConnection> open = ConcurrentHashMap.newKeySet();
    private final FaultLog log = new FaultLog();
    private final int port;
    private Channel listener;

    /** Has the port while nothing listens, so that nobody else gets it; never connected. */
    private @Nullable SocketChannel placeholder;

    private FaultProxy(Builder builder) {
        this.server = builder.server;
        this.plan = builder.plan;
        this.loops = new MultiThreadIoEventLoopGroup(
                builder.threads, new DefaultThreadFactory("fault-proxy", true), NioIoHandler.newFactory());
        try {
            this.listener = bind(builder.port);
        } catch (IllegalStateException e) {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw e;
        }
        this.port = ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /**
     * A builder with the defaults: a free port, no faults, one thread.
     *
     * @param host the server's name, which is looked up once, or its IP address
     * @param port the server's port
     * @return a new builder
     */
    public static Builder to(String host, int port) {
        return new Builder(new InetSocketAddress(host, port));
    }

    private Channel bind(int at) {
        EventLoopGroup own = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("fault-proxy-listener", true), NioIoHandler.newFactory());
        ChannelFuture bound = new ServerBootstrap()
                .group(own, loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        accept(client);
                    }
                })
                .bind(LOOPBACK, at)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            end(own);
            throw new IllegalStateException("Cannot listen on " + LOOPBACK + ":" + at, bound.cause());
        }
        return bound.channel();
    }

    private void accept(Channel client) {
        channels.add(client);
        long number = accepted.incrementAndGet();
        List<Fault> faults = plan.faults(number);
        for (Fault fault : faults) {
            if (fault instanceof Admission) {
                log.add(new FaultEvent(number, fault, 0, 0));
                keepOut(client, fault);
                return;
            }
        }
        connect(client, number, faults);
    }

    private static void keepOut(Channel client, Fault admission) {
        if (admission == Admission.REFUSE) {
            client.eventLoop().execute(() -> FaultedConnection.reset(client));
        } else {
            client.pipeline().addLast(new Swallow());
            client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            client.config().setAutoRead(true);
        }
    }

    private void connect(Channel client, long number, List<Fault> faults) {
        ChannelFuture connecting = new Bootstrap()
                .group(client.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel toServer) {
                        channels.add(toServer);
                    }
                })
                .connect(server);
        FaultedConnection connection = new FaultedConnection(number, faults, log, client, connecting.channel());
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                open.add(connection);
                client.closeFuture().addListener(closed -> open.remove(connection));
                connection.open();
            } else {
                FaultedConnection.reset(client);
            }
        });
    }

    /**
     * The address that the proxy listens on.
     *
     * @return {@code 127.0.0.1}
     */
    public String host() {
        return LOOPBACK;
    }

    /**
     * The port that the proxy listens on.
     *
     * @return the port
     */
    public int port() {
        return port;
    }

    /**
     * The connections that were accepted since the start, those that were kept out included.
     *
     * @return their number
     */
    public long connections() {
        return accepted.get();
    }

    /**
     * What was done to which connection, the oldest first; octets that are shaped are told of when that begins.
     *
     * @return the last 10,000 events
     */
    public List<FaultEvent> log() {
        return log.events();
    }

    /** What is held of all connections, about: event loops change it meanwhile. */
    long heldOctets() {
        return open.stream().mapToLong(FaultedConnection::heldOctets).sum();
    }

    /**
     * Closes the listening socket, so that connections are refused until {@link #listen}; those that are open stay as
     * they are, and the port stays this proxy's. Does nothing if the proxy does not listen.
     *
     * @throws IllegalStateException if there is no descriptor left to keep the port with; the proxy goes on listening
     */
    public synchronized void stopListening() {
        if (listener.isActive()) {
            SocketAddress address = listener.localAddress();
            SocketChannel keeper = openKeeper();
            endListener();
            try {
                placeholder = keeper.bind(address);
            } catch (IOException e) {
                close(keeper); // Somebody was faster; listening will fail if they still have it then.
            }
        }
    }

    private static SocketChannel openKeeper() {
        try {
            return SocketChannel.open().setOption(StandardSocketOptions.SO_REUSEADDR, true);
        } catch (IOException e) {
            throw new IllegalStateException("Cannot keep the port", e);
        }
    }

    private void endListener() {
        listener.close().awaitUninterruptibly();
        // The JDK keeps a closed socket listening until its selector looks again, or ends.
        end(listener.eventLoop().parent());
    }

    private void endKeeping() {
        SocketChannel keeper = placeholder;
        if (keeper != null) {
            placeholder = null;
            close(keeper);
        }
    }

    private static void close(SocketChannel socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(EventLoopGroup loops) {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /**
     * Listens again on the same port. Does nothing if the proxy listens.
     *
     * @throws IllegalStateException if another process has taken the port, or the proxy is closed
     */
    public synchronized void listen() {
        if (loops.isShuttingDown()) {
            throw new IllegalStateException("The proxy is closed");
        }
        if (!listener.isActive()) {
            endKeeping();
            listener = bind(port);
        }
    }

    /** Closes the connections that are open now, in both directions; goes on listening. */
    public void dropConnections() {
        channels.disconnect().awaitUninterruptibly();
    }

    /** Stops listening, closes all connections and waits until the event loops have ended. */
    @Override
    public synchronized void close() {
        endListener();
        endKeeping();
        channels.close().awaitUninterruptibly();
        end(loops);
    }

    /** Drops what comes. */
    private static final class Swallow extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /**
     * Collects how a proxy behaves. Not thread-safe; may be used for several proxies. A number that is out of its range is
     * an {@link IllegalArgumentException}.
     */
    public static final class Builder {
        private final InetSocketAddress server;
        private FaultPlan plan = FaultPlan.none();
        private int port;
        private int threads = 1;

        private Builder(InetSocketAddress server) {
            this.server = server;
        }

        /**
         * Sets the plan; no faults by default.
         *
         * @param faults the plan
         * @return this
         */
        public Builder plan(FaultPlan faults) {
            this.plan = Objects.requireNonNull(faults, "faults");
            return this;
        }

        /**
         * Sets the port; 0, the default, takes a free one.
         *
         * @param number the port, 0 to 65535
         * @return this
         */
        public Builder port(int number) {
            this.port = Bounds.port(number);
            return this;
        }

        /**
         * Sets the number of event loops; one by default. With several, clients that connect one right after the other
         * may be numbered the other way round.
         *
         * @param number how many, at least 1
         * @return this
         */
        public Builder threads(int number) {
            this.threads = Bounds.atLeastOne("threads", number);
            return this;
        }

        /**
         * Starts a proxy. The server need not run yet: a connection that cannot be opened to it is reset to the client.
         *
         * @return a proxy that listens
         * @throws IllegalStateException if the port cannot be bound
         */
        public FaultProxy start() {
            return new FaultProxy(this);
        }
    }
}
