/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.Reply;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One SMTP session: opens itself, then carries mail transactions one after the other until it is retired or lost.
 *
 * <pre>
 *   OPENING --(handshake done)--> READY --(quit, retire)--> CLOSING --(221, close, timeout)--> CLOSED
 *      |                            +--(lost, 421, timeout, violation)-----------------------------^
 *      +--(refused)--> CLOSING
 * </pre>
 *
 * <p>Every method runs on the session's event loop, but for {@link #eventLoop} and {@link #id}.
 */
@EventLoopConfined
public final class Session {
    /** R-2920-21: servers close after so many errors; leave before. */
    private static final int MAX_REFUSALS = 10;

    private static final AtomicLong IDS = new AtomicLong();

    private enum State {
        OPENING,
        READY,
        CLOSING,
        CLOSED
    }

    private final long id = IDS.incrementAndGet();
    private final Channel channel;
    private final SessionConfig config;
    private final SessionListener listener;
    private final SessionHandler handler;
    private final Handshake handshake;
    private final GuardedObserver observer;

    private State state = State.OPENING;
    private @Nullable SessionInfo info;
    private @Nullable Transaction current;
    private boolean dispatching;
    private boolean retired;
    private boolean resetPending;
    private boolean openFailed;
    private boolean inGoodOrder;
    private int transactions;
    private int refusalsInARow;
    private long readySince;
    private boolean idle;
    private long idleSince;

    /**
     * Creates a session on a connection that has just been made.
     *
     * @param channel the connection
     * @param config what the session is told
     * @param tls makes TLS
     * @param listener hears of the session's life
     */
    public Session(Channel channel, SessionConfig config, TlsUpgrade tls, SessionListener listener) {
        this.channel = channel;
        this.config = config;
        this.listener = listener;
        this.observer = new GuardedObserver(config.observer());
        this.handler = new SessionHandler(this, config.timeouts());
        this.handshake = new Handshake(this, handler, config, tls);
    }

    /**
     * The handler that goes last into the pipeline.
     *
     * @return the handler
     */
    public ChannelHandler handler() {
        return handler;
    }

    /** Begins the handshake; the connection is active and the handlers are in place. */
    public void open() {
        assert channel.eventLoop().inEventLoop();
        observer.connected(id, config.host(), config.port());
        listener.onConnected(this);
        if (!handler.isClosed()) {
            handshake.start();
        }
    }

    /**
     * The event loop of this session. May be called from any thread.
     *
     * @return the loop
     */
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    /**
     * The session's number. May be called from any thread.
     *
     * @return unique in this process
     */
    public long id() {
        return id;
    }

    /**
     * Facts about the session.
     *
     * @return the facts, or null before it is ready
     */
    public @Nullable SessionInfo info() {
        return info;
    }

    Channel channel() {
        return channel;
    }

    SmtpObserver observer() {
        return observer;
    }

    Extensions extensions() {
        return info == null ? Extensions.NONE : info.extensions();
    }

    // ---- opening

    void onReady(SessionInfo facts) {
        info = facts;
        state = State.READY;
        handler.onReady();
        readySince = channel.eventLoop().ticker().nanoTime();
        handler.pipeline()
                .pipelining(config.flight().pipelining() && facts.extensions().has(Extension.PIPELINING));
        observer.ready(facts);
        listener.onReady(this);
        dispatch();
    }

    void onTlsHandshake(SslHandshakeCompletionEvent event) {
        handshake.onTlsHandshake(event);
    }

    /** Whether the exception belongs to a TLS handshake, which reports it itself. */
    boolean onTlsException(Throwable cause) {
        return handshake.onTlsException(cause);
    }

    /** The handshake has failed in good order: the server is told QUIT. */
    void refuse(Failure failure) {
        tellOpenFailed(failure);
        closeInGoodOrder();
    }

    private void tellOpenFailed(Failure failure) {
        if (state == State.OPENING && !openFailed) {
            openFailed = true;
            listener.onOpenFailed(failure);
        }
    }

    // ---- transactions

    /**
     * Whether the session takes another transaction, now or after the current one.
     *
     * @return false once it is retired, closing or closed
     */
    public boolean isUsable() {
        return state == State.READY && !retired && refusalsInARow < MAX_REFUSALS;
    }

    /**
     * Whether the session can start another transaction now.
     *
     * @return true if it is usable and its window is not full
     */
    public boolean hasRoom() {
        return isUsable() && current == null;
    }

    /**
     * How many transactions the session carries now.
     *
     * @return 0 if it is free
     */
    public int inFlight() {
        return current == null ? 0 : 1;
    }

    /**
     * Starts a transaction on an idle session.
     *
     * @param transaction the transaction
     */
    public void start(Transaction transaction) {
        assert channel.eventLoop().inEventLoop();
        assert current == null && state == State.READY;
        run(transaction);
        if (current == null) {
            dispatch();
        }
    }

    private void run(Transaction transaction) {
        boolean wasDispatching = dispatching;
        dispatching = true;
        current = transaction;
        int before = transactions++;
        transaction.start(this);
        dispatching = wasDispatching;
        idle = idle && transactions == before;
    }

    /** Gives the session work until it is busy, or there is none, or it takes no more. */
    private void dispatch() {
        if (dispatching) {
            return;
        }
        while (current == null && state == State.READY) {
            Transaction next = isUsable() ? listener.onRoom(this) : null;
            if (next == null) {
                break;
            }
            run(next);
        }
        if (current == null && state == State.READY) {
            if (!isUsable()) {
                closeInGoodOrder();
            } else if (!idle) {
                idle = true;
                idleSince = channel.eventLoop().ticker().nanoTime();
            }
        }
        handler.writeReady();
    }

    void transactionEnded(boolean clean, boolean accepted) {
        current = null;
        if (clean && !accepted) {
            // It failed before anything of it was sent: the server knows nothing of it.
            transactions--;
        } else {
            refusalsInARow = accepted ? 0 : refusalsInARow + 1;
        }
        if (!clean && state == State.READY) {
            resetPending = true;
            handler.enqueue(new SessionExchange.Reset(this));
        }
        dispatch();
    }

    /** Whether this connection may be dead, or has its state in doubt, so that content is better held back. */
    boolean mistrustsConnection() {
        if (resetPending) {
            return true;
        }
        long idleNanos = channel.eventLoop().ticker().nanoTime() - idleSince;
        return idle
                && isReused()
                && idleNanos >= config.flight().holdContentAfterIdle().toNanos();
    }

    /** Whether the current transaction is not the first. */
    boolean isReused() {
        return transactions > 1;
    }

    /**
     * How many transactions the server was told of.
     *
     * @return the number, the current one included
     */
    public int transactions() {
        return transactions;
    }

    /**
     * When the session became ready.
     *
     * @return by the event loop's ticker, in nanoseconds
     */
    public long readySince() {
        return readySince;
    }

    boolean replay(Transaction transaction, Failure reason) {
        return listener.onReplay(transaction, reason);
    }

    /** The server has forgotten the transaction; one that refuses to is not to be relied on (R-2920-21). */
    void onReset(Reply reply) {
        resetPending = false;
        if (!reply.isPositive()) {
            fail(Failure.of(FailureCause.CONNECTION_LOST, Phase.RSET, "The server refused RSET", reply));
        }
    }

    ContentWriter newWriter(PreparedContent content, TransactionPlan plan) {
        byte[] octets = content.octets();
        Command.BdatLast chunk = plan.chunk();
        if (octets != null) {
            return new BytesWriter(octets, Objects.requireNonNull(content.facts()), chunk == null);
        }
        StreamWriter.Limits limits = new StreamWriter.Limits(
                content.declaredSize(),
                chunk == null ? -1 : chunk.size(),
                plan.eightBit(),
                plan.smtpUtf8(),
                config.content());
        return new StreamWriter(Objects.requireNonNull(content.source()), limits, channel.eventLoop());
    }

    void enqueue(Exchange exchange) {
        handler.enqueue(exchange);
    }

    void enqueueFirst(Exchange exchange) {
        handler.enqueueFirst(exchange);
    }

    void writeReady() {
        handler.writeReady();
    }

    /** Takes back what of a transaction has not been written. */
    int withdraw(Transaction transaction) {
        return handler.pipeline()
                .withdraw(exchange -> exchange instanceof TransactionExchange own && own.transaction() == transaction);
    }

    /**
     * Sends a command of the caller's between transactions.
     *
     * @param command RSET, NOOP, VRFY, EXPN or HELP
     * @param answer gets the reply, or fails
     */
    public void command(Command command, CompletableFuture<Reply> answer) {
        assert channel.eventLoop().inEventLoop();
        handler.enqueue(new SessionExchange.Question(this, command, answer));
        handler.writeReady();
    }

    // ---- the end

    /** Takes no more transactions; QUIT follows the current one. */
    public void retire() {
        retired = true;
        if (current == null && state == State.READY && !dispatching) {
            closeInGoodOrder();
        }
    }

    private void closeInGoodOrder() {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        handler.enqueue(new SessionExchange.Quit(this));
        handler.writeReady();
    }

    /**
     * Ends the session at once.
     *
     * @param failure what everything unanswered fails of
     */
    public void fail(Failure failure) {
        fail(failure, () -> {});
    }

    /** Ends the session at once; the first to hear of it is one whose reply has just been taken. */
    void fail(Failure failure, Runnable firstToHear) {
        assert channel.eventLoop().inEventLoop();
        handler.terminate(failure, firstToHear);
    }

    /** The connection has ended; what was unanswered hears of it next. */
    void onEnding(Failure failure) {
        handshake.abandon();
        tellOpenFailed(failure);
        inGoodOrder = state == State.CLOSING;
        state = State.CLOSED;
    }

    /** Everything unanswered has heard of the end, so that replays are handed on before the place is free. */
    void onClosed(Failure failure) {
        observer.closed(id, inGoodOrder ? null : failure);
        listener.onClosed(inGoodOrder ? null : failure);
    }
}
