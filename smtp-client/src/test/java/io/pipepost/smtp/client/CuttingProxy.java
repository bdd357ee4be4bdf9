/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between client and server. Its first connection is cut, on both sides, when so many octets have passed in one
 * direction; those octets arrive. Later connections are left alone.
 */
final class CuttingProxy implements AutoCloseable {
    /** Which octets are counted. */
    enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    /**
     * Where to cut.
     *
     * @param direction which octets are counted
     * @param octets how many pass; {@link #NEVER} to cut nothing
     * @param reset whether the client sees a reset instead of an orderly end
     */
    record Cut(Direction direction, int octets, boolean reset) {}

    static final int NEVER = Integer.MAX_VALUE;

    private final Channel listener;
    private final AtomicInteger accepted = new AtomicInteger();
    private final ByteArrayOutputStream toServer = new ByteArrayOutputStream();
    private final ByteArrayOutputStream toClient = new ByteArrayOutputStream();

    CuttingProxy(EventLoopGroup loops, int serverPort, Cut cut) {
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        int limit = accepted.getAndIncrement() == 0 ? cut.octets() : NEVER;
                        connect(client, serverPort, new Cut(cut.direction(), limit, cut.reset()));
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    int connections() {
        return accepted.get();
    }

    /** What has passed, of all connections together. */
    String transcript(Direction direction) {
        ByteArrayOutputStream octets = direction == Direction.TO_SERVER ? toServer : toClient;
        synchronized (octets) {
            return octets.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private void connect(Channel client, int port, Cut cut) {
        ChannelFuture connecting = new Bootstrap()
                .group(client.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new Relay(client, Direction.TO_CLIENT, cut, toClient))
                .connect("127.0.0.1", port);
        Channel server = connecting.channel();
        client.pipeline().addLast(new Relay(server, Direction.TO_SERVER, cut, toServer));
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                client.close();
            } else if (cut.octets() == 0) {
                cut(client, server, cut.reset());
            } else {
                client.config().setAutoRead(true);
            }
        });
    }

    private static void cut(Channel client, Channel server, boolean reset) {
        server.close();
        if (reset) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        client.close();
    }

    /** Returns at once: event loops call it. */
    @Override
    public void close() {
        listener.close();
    }

    /** One direction of one connection. */
    private static final class Relay extends ChannelInboundHandlerAdapter {
        private final Channel to;
        private final Direction direction;
        private final Cut cut;
        private final ByteArrayOutputStream transcript;
        private int left;

        Relay(Channel to, Direction direction, Cut cut, ByteArrayOutputStream transcript) {
            this.to = to;
            this.direction = direction;
            this.cut = cut;
            this.transcript = transcript;
            this.left = direction == cut.direction() ? cut.octets() : NEVER;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf read = (ByteBuf) msg;
            int length = Math.min(left, read.readableBytes());
            left -= left == NEVER ? 0 : length;
            byte[] passing = new byte[length];
            read.readBytes(passing).release();
            synchronized (transcript) {
                transcript.writeBytes(passing);
            }
            ChannelFuture written = to.writeAndFlush(Unpooled.wrappedBuffer(passing));
            if (left == 0) {
                left = 0;
                ctx.channel().config().setAutoRead(false);
                Channel client = direction == Direction.TO_CLIENT ? to : ctx.channel();
                Channel server = direction == Direction.TO_CLIENT ? ctx.channel() : to;
                written.addListener(done -> cut(client, server, cut.reset()));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            to.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
