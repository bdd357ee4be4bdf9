/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A long way to a server on this machine: every octet arrives a fixed time after it was sent, as many as there are. */
final class LongWay implements AutoCloseable {
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("long-way", true), NioIoHandler.newFactory());
    private final Duration oneWay;
    private final int target;
    private final Channel listener;

    LongWay(int target, Duration oneWay) {
        this.target = target;
        this.oneWay = oneWay;
        this.listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(initializer(this::connectOn))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    private interface Initializer {
        void init(Channel channel);
    }

    private static ChannelHandler initializer(Initializer what) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                what.init(channel);
            }
        };
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private void connectOn(Channel client) {
        new Bootstrap()
                .group(client.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(initializer(server -> server.pipeline().addLast(new Carrier(client))))
                .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target))
                .addListener(connected -> client.config().setAutoRead(true))
                .channel()
                .closeFuture()
                .addListener(closed ->
                        client.eventLoop().schedule(() -> client.close(), oneWay.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Carries what is read on one side to the other. */
    private final class Carrier extends ChannelInboundHandlerAdapter {
        private final Channel other;

        Carrier(Channel other) {
            this.other = other;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            if (other.pipeline().get(Carrier.class) == null) {
                other.pipeline().addLast(new Carrier(ctx.channel()));
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object octets) {
            ctx.executor()
                    .schedule(() -> other.writeAndFlush((ByteBuf) octets), oneWay.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            ctx.executor().schedule(() -> other.close(), oneWay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
