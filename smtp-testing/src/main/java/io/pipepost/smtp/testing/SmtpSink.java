/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.pipepost.smtp.codec.CommandDecoder;
import io.pipepost.smtp.codec.ReplyEncoder;
import io.pipepost.smtp.protocol.Reply;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An SMTP server that takes every message and delivers none (RFC 5321; PIPELINING, 8BITMIME, SMTPUTF8, SIZE, CHUNKING,
 * ENHANCEDSTATUSCODES, STARTTLS, AUTH). It listens on 127.0.0.1 and runs on event loops of its own, NIO unless told
 * otherwise. By default it counts messages and keeps none, offers neither TLS nor AUTH, and sets no limits.
 *
 * <p>Replies to the commands of one read leave together. A command that breaks the order of RFC 5321 is answered with
 * 503. What stands behind STARTTLS in the clear is dropped.
 *
 * <p>All methods may be called from any thread but one of the sink's own event loops.
 */
public final class SmtpSink implements AutoCloseable {
    private final EventLoopGroup loops;
    private final Channel listener;
    private final ChannelGroup sessions;
    private final SinkStore store;
    private final @Nullable TestCertificates certificates;

    private SmtpSink(
            EventLoopGroup loops,
            Channel listener,
            ChannelGroup sessions,
            SinkStore store,
            @Nullable TestCertificates certificates) {
        this.loops = loops;
        this.listener = listener;
        this.sessions = sessions;
        this.store = store;
        this.certificates = certificates;
    }

    /**
     * A builder with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The address that the sink listens on.
     *
     * @return {@code 127.0.0.1}
     */
    public String host() {
        return address().getHostString();
    }

    /**
     * The port that the sink listens on.
     *
     * @return the port
     */
    public int port() {
        return address().getPort();
    }

    private InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /**
     * The certificates that the sink uses for TLS.
     *
     * @return the certificates, also if it offers no TLS
     */
    public TestCertificates certificates() {
        return orShared(certificates);
    }

    /** Made late: a sink without TLS has no use for them. */
    private static TestCertificates orShared(@Nullable TestCertificates certificates) {
        return certificates != null ? certificates : TestCertificates.shared();
    }

    /**
     * What has been counted.
     *
     * @return live counters
     */
    public SinkCounters counters() {
        return store.counters();
    }

    /**
     * The messages kept so far, in the order in which they were accepted.
     *
     * @return a copy; empty unless {@link Builder#keepMessages()} was called
     */
    public List<Received> messages() {
        return store.messages();
    }

    /**
     * Waits until a number of messages have been accepted since the start.
     *
     * @param count how many
     * @param timeout how long to wait
     * @throws IllegalStateException if they have not come in time
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitCount(long count, Duration timeout) throws InterruptedException {
        if (!store.await(count, timeout)) {
            throw new IllegalStateException("Expected " + count + " messages within " + timeout.toMillis()
                    + " ms, found " + counters().messages());
        }
    }

    /** Closes the connections that are open now, without a reply; goes on listening. */
    public void dropConnections() {
        sessions.disconnect().awaitUninterruptibly();
    }

    /** Stops listening, closes all connections and waits until the event loops have ended. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        sessions.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /**
     * Collects how a sink behaves. Not thread-safe; may be used for several sinks. A number that is out of its range is an
     * {@link IllegalArgumentException}.
     */
    public static final class Builder {
        private int port;
        private String name = "sink.test";
        private final Set<String> hidden = new HashSet<>();
        private final List<String> extraLines = new ArrayList<>();
        private Duration latency = Duration.ZERO;
        private long maxSize;
        private int maxRecipients = Integer.MAX_VALUE;
        private int messagesPerConnection = Integer.MAX_VALUE;
        private @Nullable String user;
        private @Nullable String password;
        private @Nullable String token;
        private @Nullable List<String> mechanisms;
        private boolean requireAuth;
        private boolean requireTls;
        private boolean implicitTls;
        private boolean startTls;
        private @Nullable TestCertificates certificates;
        private final List<SinkRule> rules = new ArrayList<>();
        private @Nullable Phase dropAfter;
        private boolean keepMessages;
        private @Nullable Consumer<Received> receiver;
        private int threads = Runtime.getRuntime().availableProcessors();
        private IoHandlerFactory ioHandlers = NioIoHandler.newFactory();
        private Class<? extends ServerChannel> channelType = NioServerSocketChannel.class;

        private Builder() {}

        /**
         * Sets the port; 0, the default, takes a free one.
         *
         * @param port the port, 0 to 65535
         * @return this
         */
        public Builder port(int port) {
            this.port = Bounds.port(port);
            return this;
        }

        /**
         * Sets the name in the greeting and the reply to EHLO; {@code sink.test} by default.
         *
         * @param name a domain name
         * @return this
         */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /**
         * Takes an extension out of the reply to EHLO and refuses its command (502) or parameters (555). PIPELINING is
         * only hidden: a server cannot but answer. A verb such as {@code EHLO} is refused as if it were unknown.
         *
         * @param keyword a keyword or verb, in any case
         * @return this
         */
        public Builder hide(String keyword) {
            hidden.add(keyword.toUpperCase(Locale.ROOT));
            return this;
        }

        /**
         * Adds a line to the end of the reply to EHLO, and makes the sink accept parameters of MAIL and RCPT that it
         * does not know.
         *
         * @param line the line's text
         * @return this
         */
        public Builder ehloLine(String line) {
            extraLines.add(line);
            return this;
        }

        /**
         * Delays every group of replies, keeping their order, as a long way to the server would; none by default.
         *
         * @param latency how long, not negative
         * @return this
         */
        public Builder latency(Duration latency) {
            this.latency = Bounds.notNegative(latency);
            return this;
        }

        /**
         * Announces and enforces a maximum size (RFC 1870); none by default.
         *
         * @param octets the limit, or 0 for none
         * @return this
         */
        public Builder maxSize(long octets) {
            this.maxSize = Bounds.atLeast(0, "octets", octets);
            return this;
        }

        /**
         * Answers RCPT with 452 once a transaction has this many recipients; no limit by default.
         *
         * @param recipients the limit, at least 1
         * @return this
         */
        public Builder maxRecipients(int recipients) {
            this.maxRecipients = Bounds.atLeastOne("recipients", recipients);
            return this;
        }

        /**
         * Answers MAIL with 421 and closes the connection once it has brought this many messages; no limit by default.
         *
         * @param messages the limit, at least 1
         * @return this
         */
        public Builder messagesPerConnection(int messages) {
            this.messagesPerConnection = Bounds.atLeastOne("messages", messages);
            return this;
        }

        /**
         * Offers AUTH PLAIN, LOGIN and CRAM-MD5 to one user.
         *
         * @param user the user's name
         * @param password the user's password
         * @return this
         */
        public Builder credentials(String user, String password) {
            this.user = user;
            this.password = password;
            return this;
        }

        /**
         * Offers AUTH XOAUTH2 and OAUTHBEARER to one user, the same as that of {@link #credentials}.
         *
         * @param user the user's name
         * @param token the access token
         * @return this
         */
        public Builder token(String user, String token) {
            this.user = user;
            this.token = token;
            return this;
        }

        /**
         * Offers these mechanisms only.
         *
         * @param mechanisms names out of PLAIN, LOGIN, CRAM-MD5, XOAUTH2, OAUTHBEARER, in the order of the EHLO reply
         * @return this
         */
        public Builder mechanisms(String... mechanisms) {
            this.mechanisms = List.of(mechanisms);
            return this;
        }

        /**
         * Answers all but the commands of the handshake with 530 until AUTH has succeeded.
         *
         * @return this
         */
        public Builder requireAuth() {
            this.requireAuth = true;
            return this;
        }

        /**
         * Offers STARTTLS, answers all but the commands of the handshake with 530 until it was used, and offers AUTH only
         * under TLS.
         *
         * @return this
         */
        public Builder requireTls() {
            this.requireTls = true;
            return startTls();
        }

        /**
         * Offers STARTTLS.
         *
         * @return this
         */
        public Builder startTls() {
            this.startTls = true;
            return this;
        }

        /**
         * Speaks TLS from the first octet on (RFC 8314), in place of STARTTLS.
         *
         * @return this
         */
        public Builder implicitTls() {
            this.implicitTls = true;
            return this;
        }

        /**
         * Sets the certificates; {@link TestCertificates#shared()} by default.
         *
         * @param certificates the certificates
         * @return this
         */
        public Builder certificates(TestCertificates certificates) {
            this.certificates = certificates;
            return this;
        }

        /**
         * Adds a rule; the first one that gives a reply decides.
         *
         * @param rule the rule
         * @return this
         */
        public Builder rule(SinkRule rule) {
            rules.add(rule);
            return this;
        }

        /**
         * Adds a rule for all commands of a phase.
         *
         * @param phase the phase
         * @param reply the reply, see {@link SinkRule#reply}
         * @return this
         */
        public Builder reply(Phase phase, Reply reply) {
            return reply(phase, argument -> true, reply);
        }

        /**
         * Adds a rule for some commands of a phase.
         *
         * @param phase the phase
         * @param argument tells by the argument whether the rule applies
         * @param reply the reply, see {@link SinkRule#reply}
         * @return this
         */
        public Builder reply(Phase phase, Predicate<String> argument, Reply reply) {
            return rule((at, found) -> at == phase && argument.test(found) ? reply : null);
        }

        /**
         * Closes every connection when it reaches a phase, in place of the reply. At END_OF_DATA the message has been
         * taken by then; any other command is not carried out.
         *
         * @param phase the phase
         * @return this
         */
        public Builder dropAfter(Phase phase) {
            this.dropAfter = phase;
            return this;
        }

        /**
         * Keeps messages for {@link SmtpSink#messages()}.
         *
         * @return this
         */
        public Builder keepMessages() {
            this.keepMessages = true;
            return this;
        }

        /**
         * Hands each message to the caller before it is accepted.
         *
         * @param receiver called on event loops, by several at once; if it throws, the message is answered with 451
         * @return this
         */
        public Builder onMessage(Consumer<Received> receiver) {
            this.receiver = receiver;
            return this;
        }

        /**
         * Sets the number of event loops; as many as processors by default.
         *
         * @param threads the number, at least 1
         * @return this
         */
        public Builder threads(int threads) {
            this.threads = Bounds.atLeastOne("threads", threads);
            return this;
        }

        /**
         * Sets Netty's transport; NIO by default.
         *
         * @param handlers makes the transport's I/O handlers
         * @param type its server socket channel
         * @return this
         */
        public Builder transport(IoHandlerFactory handlers, Class<? extends ServerChannel> type) {
            this.ioHandlers = handlers;
            this.channelType = type;
            return this;
        }

        /**
         * Starts a sink.
         *
         * @return a sink that listens
         * @throws IllegalStateException if the port cannot be bound
         */
        public SmtpSink start() {
            List<Received> kept = new ArrayList<>();
            SinkStore store = new SinkStore(kept);
            ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
            EventLoopGroup loops =
                    new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("smtp-sink", true), ioHandlers);
            SinkConfig config = config(receiver(kept));
            ChannelFuture bound = new ServerBootstrap()
                    .group(loops)
                    .channel(channelType)
                    .childHandler(new Initializer(config, store, sessions))
                    .bind("127.0.0.1", port)
                    .awaitUninterruptibly();
            if (!bound.isSuccess()) {
                loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
                throw new IllegalStateException("Cannot listen on 127.0.0.1:" + port, bound.cause());
            }
            return new SmtpSink(loops, bound.channel(), sessions, store, certificates);
        }

        private @Nullable Consumer<Received> receiver(List<Received> kept) {
            Consumer<Received> own = receiver;
            if (!keepMessages) {
                return own;
            }
            return message -> {
                if (own != null) {
                    own.accept(message);
                }
                synchronized (kept) {
                    kept.add(message);
                }
            };
        }

        private SinkConfig config(@Nullable Consumer<Received> to) {
            SslContext context =
                    startTls || implicitTls ? orShared(certificates).nettyServerContext() : null;
            return new SinkConfig(
                    name,
                    Set.copyOf(hidden),
                    List.copyOf(extraLines),
                    latency,
                    maxSize,
                    maxRecipients,
                    messagesPerConnection,
                    new SinkAccount(user, password, token, mechanisms),
                    requireAuth,
                    requireTls,
                    implicitTls,
                    startTls,
                    context,
                    List.copyOf(rules),
                    dropAfter,
                    to);
        }
    }

    private static final class Initializer extends ChannelInitializer<Channel> {
        private final SinkConfig config;
        private final SinkStore store;
        private final ChannelGroup sessions;

        Initializer(SinkConfig config, SinkStore store, ChannelGroup sessions) {
            this.config = config;
            this.store = store;
            this.sessions = sessions;
        }

        @Override
        protected void initChannel(Channel channel) {
            sessions.add(channel);
            if (config.implicitTls() && config.sslContext() != null) {
                channel.pipeline().addLast(config.sslContext().newHandler(channel.alloc()));
            }
            CommandDecoder decoder = new CommandDecoder();
            channel.pipeline().addLast(decoder, new ReplyEncoder());
            if (!config.latency().isZero()) {
                channel.pipeline().addLast(new DelayHandler(config.latency()));
            }
            channel.pipeline().addLast(new SinkSession(config, store, decoder));
        }
    }
}
