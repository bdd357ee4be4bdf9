/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.client.internal.delivery.MessageFlow;
import io.pipepost.smtp.client.internal.delivery.OutcomeSpliterator;
import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.client.internal.pool.Target;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.Sendable;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.EhloName;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends mail to an SMTP server, or to several that do the same, through a pool of connections, which are opened as they are needed and kept for the next
 * messages.
 *
 * <p>Thread-safe; make one per server and identity, and close it at the end. Nothing blocks: futures complete on an event
 * loop unless {@linkplain Builder#callbackExecutor an executor} is given, so their callbacks must not block either.
 * Waiting with {@code join()} on a plain or virtual thread is fine, on an event loop it is a deadlock.
 */
public final class SmtpClient implements SmtpSender, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.content");

    private final String server;
    private final ClientParts parts;
    private final AtomicReference<@Nullable CompletableFuture<Void>> closed = new AtomicReference<>();
    private final AtomicBoolean hasWarned = new AtomicBoolean();

    private SmtpClient(Builder b) {
        this.server = b.relays.stream().map(Relay::toString).collect(Collectors.joining(", "));
        this.parts = new ClientParts(b);
    }

    /**
     * Begins to build a client. By default port 465 means TLS from the start and any other port STARTTLS, required.
     *
     * @param host the server's name or IP address; certificates are checked against it
     * @param port the server's port
     * @return a builder
     */
    public static Builder builder(String host, int port) {
        return new Builder(Relay.of(host, port));
    }

    /**
     * Begins to build a client.
     *
     * @param relay the server, or the first of {@linkplain Builder#relay several}
     * @return a builder
     */
    public static Builder builder(Relay relay) {
        return new Builder(relay);
    }

    /**
     * Sends mail.
     *
     * <p>The future completes normally if the server took responsibility for at least one recipient: look at
     * {@link SendResult#allAccepted()}. It fails with a leaf of {@link SmtpException} otherwise, with what is known about
     * each recipient. It completes exactly once, also if the client is closed.
     *
     * <p>Cancelling the future asks for the message not to be sent. While it waits, be it for its content, for its turn or
     * for a connection, it is taken out: {@code cancel} returns true and the future is cancelled, nothing was sent. Later
     * {@code cancel} returns false, and the future goes on to complete with what really happened: the session undoes the
     * transaction if the end of the data was not handed over yet, which makes every recipient {@code NOT_SENT} with cause
     * {@link FailureCause#CANCELLED}; behind that point it is too late, and the future has the message's own outcome.
     *
     * @param mail a {@link Message}, or mail that was composed here, which goes to everybody in its To, Cc and Bcc
     * @param options what holds for this message
     * @return a future of the outcome; never throws for what happens at run time
     */
    @Override
    public CompletableFuture<SendResult> send(Sendable mail, SendOptions options) {
        Message message = options.applyTo(mail.toMessage());
        warnOfUnsignedOneClick(mail);
        return Delivery.start(message, options.applyTo(parts.terms()), parts.pool());
    }

    /** R-8058-01; not refused, since a relay may sign what passes through it. */
    private void warnOfUnsignedOneClick(Sendable mail) {
        if (!parts.signs()
                && mail instanceof MailMessage message
                && message.offersOneClick()
                && hasWarned.compareAndSet(false, true)) {
            LOG.warn(
                    "{} offers to unsubscribe with one click, but this client has no signer: unless a relay signs it,"
                            + " and others like it, receivers will not heed the offer (RFC 8058)",
                    message);
        }
    }

    /**
     * Sends many messages, pulling them exactly as fast as the pool can place them, and tells the outcome of each in the
     * order in which they become known. A message that fails is an outcome like any other. Neither the queue's limit nor
     * the acquire timeout of {@link PoolOptions} applies.
     *
     * <p>Nothing is pulled before the first outcome is asked for. From then on up to twice as many messages as all
     * connections can carry at once are pulled ahead of the outcomes that were taken; a subscriber that takes none stops
     * the flow. Each subscription subscribes to the source anew. Outcomes come on an event loop, or on the
     * {@linkplain Builder#callbackExecutor callback executor}: subscribers must not block. One that throws has cancelled.
     *
     * <p>If the source ends or fails, the flow does so after the last outcome. If the client is closed, nothing more is
     * pulled, and the flow fails of that after the outcome of what was. Cancelling stops the pulling; messages that
     * were pulled before are sent, but their outcomes are lost. To stop without that loss, end the source.
     *
     * @param messages the source, of {@link Message}s or composed mail; may signal from any thread
     * @return the outcomes
     */
    public Flow.Publisher<SendOutcome> sendAll(Flow.Publisher<? extends Sendable> messages) {
        return new MessageFlow(
                Objects.requireNonNull(messages, "messages"),
                this::sendOneOfMany,
                parts.placesAhead(),
                parts.openFlows());
    }

    /**
     * Sends many messages for a plain or virtual thread that waits. As {@link #sendAll(Flow.Publisher)}, but whoever takes
     * the outcomes also pulls the messages, one at least for each outcome, and waits for outcomes.
     *
     * <p>If the source throws, so does the returned stream, after the last outcome; if the client is closed, it throws
     * {@link SmtpException.Request} after the last outcome. If the thread is interrupted while it
     * waits, {@link java.util.concurrent.CancellationException} is thrown and the thread stays interrupted; on an event
     * loop, where waiting would be a deadlock, {@link IllegalStateException}, before anything is taken from the source.
     * Closing the returned stream closes the source.
     *
     * @param messages the source; read lazily, by the thread that takes the outcomes
     * @return the outcomes in the order in which they become known, sequential
     */
    public Stream<SendOutcome> sendAll(Stream<? extends Sendable> messages) {
        return StreamSupport.stream(
                        new OutcomeSpliterator(
                                messages.iterator(), this::sendOneOfMany, parts.placesAhead(), parts.loops()),
                        false)
                .onClose(messages::close);
    }

    private void sendOneOfMany(Message message, Consumer<SendOutcome> listener) {
        Delivery.start(message, parts.terms(), parts.patientWork(), listener);
    }

    /**
     * Opens the connections that are {@linkplain GrowthOptions#minConnections() kept}, at least one, and from now on keeps
     * so many. Without this, that begins with the first message.
     *
     * @return a future that completes when so many sessions are ready for mail; fails with {@link SmtpException} if one
     *     cannot be opened before. Like all futures of this client it completes on an event loop
     */
    public CompletableFuture<Void> warmUp() {
        return parts.pool().warmUp();
    }

    /**
     * Opens a session of the caller's own to the first relay, outside of the pool and its limits.
     *
     * @return a future of a session that is ready for mail; fails with {@link SmtpException}
     */
    public CompletableFuture<SmtpSession> connect() {
        return parts.openSession();
    }

    /**
     * Logs in with other credentials from now on, such as a new password. Connections that are open, or being opened,
     * finish the messages they carry, then say QUIT; every message handed in after this call goes over a new one. Nothing
     * is lost. Sessions of {@link #connect} stay as they are, and so do the credentials of relays that have their own.
     *
     * @param fixed who logs in, and with what
     */
    public void replaceCredentials(Credentials fixed) {
        Objects.requireNonNull(fixed, "fixed");
        replaceCredentials(() -> CompletableFuture.completedFuture(fixed));
    }

    /**
     * Logs in with credentials from another source from now on; see {@link #replaceCredentials(Credentials)}. A source
     * that gives fresh tokens needs no replacing: it is asked for each connection.
     *
     * @param source asked once per connection on an event loop, so it must not block; its stage may complete anywhere
     */
    public void replaceCredentials(Supplier<? extends CompletionStage<Credentials>> source) {
        Objects.requireNonNull(source, "source");
        parts.relays().stream()
                .filter(target -> target.relay().credentials() == null)
                .forEach(target -> target.connector().replaceCredentials(source));
        parts.pool().retireAll();
    }

    /**
     * Protects connections in another way from now on, such as with a new client certificate or other authorities.
     * Connections that are open are replaced as by {@link #replaceCredentials(Credentials)}. Reads the files that the
     * security names, also if they are the same files as before; so not for an event loop. Relays that have a security of
     * their own keep it.
     *
     * @param value TLS and what depends on it
     * @throws IllegalArgumentException if a file cannot be read, or a TLS engine is not available; then nothing changes
     */
    public void replaceSecurity(Security value) {
        Objects.requireNonNull(value, "value");
        Map<SessionConnector, TlsSupport> made = new HashMap<>();
        for (Target target : parts.relays()) {
            Relay relay = target.relay();
            if (relay.security() == null) {
                made.put(target.connector(), new TlsSupport(value, relay.host(), relay.port()));
            }
        }
        made.forEach((connector, tls) -> connector.replaceSecurity(value, tls));
        parts.pool().retireAll();
    }

    /**
     * The pool at this moment.
     *
     * @return numbers that belong together
     */
    public PoolStats stats() {
        return parts.pool().stats();
    }

    /**
     * Closes the client: takes no more messages, finishes those it has within the drain timeout, says QUIT, also on the
     * sessions of {@link #connect}, and ends its own threads. What never left fails as not sent.
     *
     * @return a future that completes when all is closed; the same one each time
     */
    public CompletableFuture<Void> closeAsync() {
        CompletableFuture<Void> closing = new CompletableFuture<>();
        CompletableFuture<Void> before = closed.compareAndExchange(null, closing);
        if (before != null) {
            return before;
        }
        // Callers' futures complete in here, so this holds no lock.
        parts.close().whenComplete((done, error) -> {
            if (error == null) {
                closing.complete(null);
            } else {
                closing.completeExceptionally(error);
            }
        });
        return closing;
    }

    /** Closes the client and waits for the end; on an event loop, where waiting would be a deadlock, only closes it. */
    @Override
    public void close() {
        CompletableFuture<Void> closing = closeAsync();
        if (Loops.mayWait(parts.loops())) {
            closing.join();
        }
    }

    @Override
    public String toString() {
        return "SmtpClient[" + server + ", " + stats() + "]";
    }

    /** Collects a client's options. Not thread-safe. */
    public static final class Builder {
        final List<Relay> relays = new ArrayList<>();

        @Nullable
        EhloName ehloName;

        Security security = Security.DEFAULT;

        @Nullable
        Supplier<? extends CompletionStage<Credentials>> credentials;

        @Nullable
        List<SaslMechanism> mechanisms;

        Timeouts timeouts = Timeouts.DEFAULT;
        PoolOptions pool = PoolOptions.DEFAULT;
        FlightOptions flight = FlightOptions.DEFAULT;
        ContentOptions content = ContentOptions.DEFAULT;
        Set<String> disabledKeywords = Set.of();
        ReplyDecoder.Limits replyLimits = ReplyDecoder.Limits.DEFAULT;
        SmtpObserver observer = SmtpObserver.NONE;
        SendThrottle throttle = SendThrottle.NONE;

        @Nullable
        ContentSigner signer;

        TransportType transport = TransportType.AUTO;
        int threads;

        @Nullable
        EventLoopGroup loops;

        @Nullable
        Executor callbacks;

        @Nullable
        Executor blocking;

        @Nullable
        InetAddress localAddress;

        Duration drainTimeout = Duration.ofSeconds(30);

        @Nullable
        Duration messageDeadline;

        private Builder(Relay first) {
            relays.add(Objects.requireNonNull(first, "relay"));
        }

        /**
         * Adds a relay, to share the mail with those before it, or to replace them while they fail.
         *
         * @param another the relay
         * @return this builder
         */
        public Builder relay(Relay another) {
            relays.add(Objects.requireNonNull(another, "another"));
            return this;
        }

        /**
         * Logs in on every connection (RFC 4954). If the server offers no way to do so, messages are not sent.
         *
         * @param fixed who logs in, and with what
         * @return this builder
         */
        public Builder credentials(Credentials fixed) {
            Objects.requireNonNull(fixed, "fixed");
            this.credentials = () -> CompletableFuture.completedFuture(fixed);
            return this;
        }

        /**
         * Logs in on every connection with credentials that are asked for each time, such as an OAuth token that expires.
         *
         * @param source asked once per connection on an event loop, so it must not block; its stage may complete anywhere
         * @return this builder
         */
        public Builder credentials(Supplier<? extends CompletionStage<Credentials>> source) {
            this.credentials = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Chooses SASL mechanisms. By default the strongest that the server offers is used: OAUTHBEARER or XOAUTH2 for a
         * token; CRAM-MD5, PLAIN or LOGIN for a password.
         *
         * @param inOrder the only ones to use, the preferred first
         * @return this builder
         */
        public Builder mechanisms(SaslMechanism... inOrder) {
            this.mechanisms = List.of(inOrder);
            return this;
        }

        /**
         * Sets how connections are protected; default {@link Security#DEFAULT}.
         *
         * @param value TLS and what depends on it
         * @return this builder
         */
        public Builder security(Security value) {
            this.security = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets the name for EHLO; default an address literal of each connection's local address.
         *
         * @param name a domain name or an address literal
         * @return this builder
         * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if it is neither
         */
        public Builder ehloName(String name) {
            this.ehloName = EhloName.of(name);
            return this;
        }

        /**
         * Sets how long each step may take.
         *
         * @param value default {@link Timeouts#DEFAULT}
         * @return this builder
         */
        public Builder timeouts(Timeouts value) {
            this.timeouts = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets how many connections are kept, and for how long.
         *
         * @param value default {@link PoolOptions#DEFAULT}
         * @return this builder
         */
        public Builder pool(PoolOptions value) {
            this.pool = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets how much is sent before a reply is read.
         *
         * @param value default {@link FlightOptions#DEFAULT}
         * @return this builder
         */
        public Builder flight(FlightOptions value) {
            this.flight = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets what content may look like.
         *
         * @param value default {@link ContentOptions#DEFAULT}
         * @return this builder
         */
        public Builder content(ContentOptions value) {
            this.content = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Ignores extensions that the server offers.
         *
         * @param keywords EHLO keywords, in any case
         * @return this builder
         */
        public Builder disableExtensions(Collection<String> keywords) {
            this.disabledKeywords = Set.copyOf(keywords);
            return this;
        }

        /**
         * Sets what replies may look like.
         *
         * @param value default {@link ReplyDecoder.Limits#DEFAULT}
         * @return this builder
         */
        public Builder replyLimits(ReplyDecoder.Limits value) {
            this.replyLimits = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Watches sessions; see {@link Transcript} to see the dialogue.
         *
         * @param value default {@link SmtpObserver#NONE}
         * @return this builder
         */
        public Builder observer(SmtpObserver value) {
            this.observer = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Limits how fast mail is sent.
         *
         * @param value default {@link SendThrottle#NONE}
         * @return this builder
         */
        public Builder throttle(SendThrottle value) {
            this.throttle = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Signs every message before it is sent, on the {@linkplain #blockingExecutor executor for blocking work}. A few
         * are signed at once; as many as {@link PoolOptions#maxQueued()} wait for their turn, and {@link PoolOptions#whenFull()}
         * says what happens to more. If signing fails, or takes longer than the timeout of {@link Phase#ARGUMENT}, the
         * message is not sent.
         *
         * @param value such as {@link io.pipepost.smtp.dkim.DkimSigner}; default: nobody
         * @return this builder
         */
        public Builder signer(ContentSigner value) {
            this.signer = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Chooses the transport of the client's own event loops.
         *
         * @param type default {@link TransportType#AUTO}
         * @param eventLoops number of threads; 0 for Netty's default
         * @return this builder
         */
        public Builder transport(TransportType type, int eventLoops) {
            if (eventLoops < 0) {
                throw new IllegalArgumentException("The number of threads must not be negative, found " + eventLoops);
            }
            this.transport = Objects.requireNonNull(type, "type");
            this.threads = eventLoops;
            return this;
        }

        /**
         * Uses the caller's event loops, which stay the caller's to shut down.
         *
         * @param group event loops of any of Netty's kinds for sockets
         * @return this builder
         */
        public Builder eventLoops(EventLoopGroup group) {
            this.loops = Objects.requireNonNull(group, "group");
            return this;
        }

        /**
         * Completes futures on an executor instead of on event loops.
         *
         * @param executor the executor
         * @return this builder
         */
        public Builder callbackExecutor(Executor executor) {
            this.callbacks = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Runs reads of files, and the signer; default a pool of daemon threads that grows with need. A file that it does
         * not look through within the timeout of {@link Phase#ARGUMENT} is given up, also if it never begins to. As many
         * files as {@link PoolOptions#maxQueued()} and connections may wait for it; {@link PoolOptions#whenFull()} says what
         * happens to more.
         *
         * @param executor the executor, which stays the caller's to shut down
         * @return this builder
         */
        public Builder blockingExecutor(Executor executor) {
            this.blocking = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Binds connections to a local address.
         *
         * @param address the address
         * @return this builder
         */
        public Builder localAddress(InetAddress address) {
            this.localAddress = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets how long each message may take; see {@link SendOptions#withDeadline}.
         *
         * @param deadline more than zero; default: as long as the timeouts of all steps allow
         * @return this builder
         */
        public Builder messageDeadline(Duration deadline) {
            this.messageDeadline = Terms.checked(deadline);
            return this;
        }

        /**
         * Sets how long {@link SmtpClient#closeAsync()} goes on with messages that were handed in.
         *
         * @param timeout default 30 s
         * @return this builder
         */
        public Builder drainTimeout(Duration timeout) {
            if (timeout.isNegative()) {
                throw new IllegalArgumentException(
                        "The drain timeout must not be negative, found " + Words.of(timeout));
            }
            this.drainTimeout = timeout;
            return this;
        }

        /**
         * Builds the client. Opens no connection, but reads the files that its security names.
         *
         * @return the client
         * @throws IllegalArgumentException if a file cannot be read, or a transport or TLS engine is not available
         */
        public SmtpClient build() {
            return new SmtpClient(this);
        }
    }
}
