/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.TransportType;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One way to the operating system's sockets. The classes of native transports are optional: each is touched in a method
 * of its own, and its absence means "not available".
 */
public enum NettyTransport {
    /** Linux epoll. */
    EPOLL(TransportType.EPOLL) {
        @Override
        @Nullable
        Throwable unavailability() {
            return probe(() -> Epoll.unavailabilityCause());
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        Class<? extends IoHandler> ioHandlerType() {
            return EpollIoHandler.class;
        }

        @Override
        public Class<? extends SocketChannel> socketChannel() {
            return EpollSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> datagramChannel() {
            return EpollDatagramChannel.class;
        }
    },
    /** BSD and macOS kqueue. */
    KQUEUE(TransportType.KQUEUE) {
        @Override
        @Nullable
        Throwable unavailability() {
            return probe(() -> KQueue.unavailabilityCause());
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return KQueueIoHandler.newFactory();
        }

        @Override
        Class<? extends IoHandler> ioHandlerType() {
            return KQueueIoHandler.class;
        }

        @Override
        public Class<? extends SocketChannel> socketChannel() {
            return KQueueSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> datagramChannel() {
            return KQueueDatagramChannel.class;
        }
    },
    /** Linux io_uring. */
    IO_URING(TransportType.IO_URING) {
        @Override
        @Nullable
        Throwable unavailability() {
            return probe(() -> IoUring.unavailabilityCause());
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return IoUringIoHandler.newFactory();
        }

        @Override
        Class<? extends IoHandler> ioHandlerType() {
            return IoUringIoHandler.class;
        }

        @Override
        public Class<? extends SocketChannel> socketChannel() {
            return IoUringSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> datagramChannel() {
            return IoUringDatagramChannel.class;
        }
    },
    /** The JDK's. */
    NIO(TransportType.NIO) {
        @Override
        @Nullable
        Throwable unavailability() {
            return null;
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        Class<? extends IoHandler> ioHandlerType() {
            return NioIoHandler.class;
        }

        @Override
        public Class<? extends SocketChannel> socketChannel() {
            return NioSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> datagramChannel() {
            return NioDatagramChannel.class;
        }
    };

    private final TransportType type;

    NettyTransport(TransportType type) {
        this.type = type;
    }

    abstract @Nullable Throwable unavailability();

    abstract IoHandlerFactory ioHandlers();

    abstract Class<? extends IoHandler> ioHandlerType();

    /**
     * The class of TCP channels.
     *
     * @return the class
     */
    public abstract Class<? extends SocketChannel> socketChannel();

    /**
     * The class of UDP channels, for name resolution.
     *
     * @return the class
     */
    public abstract Class<? extends DatagramChannel> datagramChannel();

    /** Given lambdas: a method reference would be linked, and fail, before it is passed here. */
    private static @Nullable Throwable probe(Supplier<@Nullable Throwable> probe) {
        try {
            return probe.get();
        } catch (LinkageError absent) {
            return absent;
        }
    }

    /**
     * Makes event loops with daemon threads.
     *
     * @param threads how many; 0 for Netty's default
     * @return a new group, to be shut down by the caller
     */
    public EventLoopGroup newGroup(int threads) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("pipepost", true), ioHandlers());
    }

    /**
     * The transport that a caller asks for.
     *
     * @param wanted the caller's choice
     * @return the transport; for {@link TransportType#AUTO} epoll, then kqueue, then NIO
     * @throws IllegalArgumentException if it is not available, with the reason
     */
    public static NettyTransport choose(TransportType wanted) {
        if (wanted == TransportType.AUTO) {
            return EPOLL.unavailability() == null ? EPOLL : KQUEUE.unavailability() == null ? KQUEUE : NIO;
        }
        for (NettyTransport transport : values()) {
            if (transport.type == wanted) {
                Throwable cause = transport.unavailability();
                if (cause != null) {
                    throw new IllegalArgumentException(
                            "Transport " + wanted + " is not available: " + cause.getMessage(), cause);
                }
                return transport;
            }
        }
        throw new IllegalArgumentException("No such transport: " + wanted);
    }

    /**
     * The transport that fits the caller's own event loops.
     *
     * @param group the caller's event loops
     * @return the transport
     * @throws IllegalArgumentException if the group's kind is unknown
     */
    public static NettyTransport of(EventLoopGroup group) {
        for (NettyTransport transport : values()) {
            if (transport.unavailability() == null && transport.fits(group)) {
                return transport;
            }
        }
        throw new IllegalArgumentException(
                "Event loops of an unknown kind: " + group.getClass().getName());
    }

    private boolean fits(EventLoopGroup group) {
        return group instanceof IoEventLoopGroup loops && loops.isIoType(ioHandlerType());
    }
}
