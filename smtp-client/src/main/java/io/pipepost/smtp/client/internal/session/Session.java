/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.GuardedObserver;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.dialogue.DialogueHandler;
import io.pipepost.smtp.client.internal.dialogue.DialogueListener;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.client.internal.flight.Carrier;
import io.pipepost.smtp.client.internal.flight.Flight;
import io.pipepost.smtp.client.internal.flight.Retirement;
import io.pipepost.smtp.client.internal.opening.Handshake;
import io.pipepost.smtp.client.internal.opening.Opening;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.transaction.SessionLimits;
import io.pipepost.smtp.client.internal.transaction.Submission;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ServerLimits;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One SMTP session: opens itself, then carries mail transactions until it is retired or lost.
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
public final class Session implements Opening, Carrier, DialogueListener {
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
    private final DialogueHandler handler;
    private final Handshake handshake;
    private final GuardedObserver observer;

    /** Written on the event loop, read by any thread. */
    private volatile Phase opening = Phase.GREETING;

    private State state = State.OPENING;
    private @Nullable SessionInfo info;
    private SessionLimits limits = new SessionLimits(ServerLimits.NONE);
    private final Flight flight;

    private Retirement retirement = Retirement.NONE;
    private boolean openFailed;
    private boolean inGoodOrder;
    private int refusalsInARow;
    private long readySince;

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
        this.handler = new DialogueHandler(this, observer, id, config.timeouts());
        this.flight = new Flight(this, handler, config, observer);
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
    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    /**
     * Does something on the event loop. What it throws ends the session, since whoever waits for what it carries would wait
     * for ever. May be called from any thread.
     *
     * @param action what to do
     * @return false if the event loop is gone, and nothing will be done
     */
    @Override
    public boolean execute(Runnable action) {
        return Loops.execute(channel.eventLoop(), () -> {
            try {
                action.run();
            } catch (Throwable e) {
                handler.onThrown(e);
            }
        });
    }

    /**
     * The session's number. May be called from any thread.
     *
     * @return unique in this process
     */
    @Override
    public long id() {
        return id;
    }

    /**
     * Facts about the session.
     *
     * @return the facts, or null before it is ready
     */
    @Override
    public @Nullable SessionInfo info() {
        return info;
    }

    /**
     * How far opening has come. May be called from any thread.
     *
     * @return the step whose end is awaited, and what may help
     */
    public String openingStep() {
        Phase step = opening;
        return step + " of " + config.host() + ":" + config.port() + (step == Phase.GREETING ? silenceHint() : "");
    }

    @Override
    public void opens(Phase step) {
        opening = step;
    }

    @Override
    public Failure silent(Failure failure) {
        return Failure.of(FailureCause.TIMEOUT, failure.phase(), failure.message() + silenceHint());
    }

    private String silenceHint() {
        return config.tlsMode() == TlsMode.IMPLICIT ? "" : Words.SILENT_SERVER;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public GuardedObserver observer() {
        return observer;
    }

    @Override
    public SocketAddress address() {
        return channel.remoteAddress();
    }

    @Override
    public Extensions extensions() {
        return info == null ? Extensions.NONE : info.extensions();
    }

    // ---- opening

    @Override
    public void onReady(SessionInfo facts) {
        info = facts;
        handler.onReady();
        readySince = now();
        limits = new SessionLimits(facts.extensions().limits());
        flight.onReady(listener.isPooled());
        observer.ready(facts);
        state = State.READY;
        listener.onReady(this);
        flight.dispatch();
    }

    @Override
    public void onTlsHandshake(SslHandshakeCompletionEvent event) {
        handshake.onTlsHandshake(event);
    }

    @Override
    public boolean onTlsException(Throwable cause) {
        return handshake.onTlsException(cause);
    }

    @Override
    public void refuse(Failure failure) {
        tellOpenFailed(failure, state);
        closeInGoodOrder();
    }

    private void tellOpenFailed(Failure failure, State before) {
        if (before == State.OPENING && !openFailed) {
            openFailed = true;
            listener.onOpenFailed(failure);
        }
    }

    // ---- transactions

    /**
     * Whether the session takes another transaction, now or after those that it carries.
     *
     * @return false once it is retired, closing or closed
     */
    @Override
    public boolean isUsable() {
        return state == State.READY && retirement == Retirement.NONE && limits.allowAnother();
    }

    /**
     * How many transactions the session carries.
     *
     * @return those begun and not ended
     */
    public int inFlight() {
        return flight.size();
    }

    /**
     * Whether this transaction could be started now. One that is not {@linkplain Transaction#isTrainable at hand} goes
     * alone; one that is may go behind others of its kind, as far as the options, and what is known of the server, allow.
     *
     * @param transaction a transaction that was not started
     * @return true if so
     */
    public boolean fits(Transaction transaction) {
        return flight.fits(transaction);
    }

    /**
     * Starts a transaction that {@linkplain #fits fits}, and asks for more.
     *
     * @param transaction the transaction
     */
    public void start(Transaction transaction) {
        flight.start(transaction);
    }

    /**
     * Narrows a transaction to what there is room for now; see {@link Submission#narrowFor}.
     *
     * @param transaction a transaction that was not started
     * @return those who would be named, nobody if nothing would be sent
     */
    public List<ForwardPath> narrow(Submission transaction) {
        return flight.narrow(transaction);
    }

    @Override
    public @Nullable Transaction next() {
        return listener.onRoom(this);
    }

    @Override
    public void unfit(Transaction transaction, Failure failure) {
        listener.onUnfit(transaction, failure);
    }

    @Override
    public boolean replay(Transaction transaction, Failure failure, int before) {
        return listener.onReplay(transaction, failure, before);
    }

    @Override
    public void onTransactionEnded(boolean accepted, boolean refused) {
        if (accepted) {
            refusalsInARow = 0;
        } else if (refused && ++refusalsInARow >= MAX_REFUSALS) {
            retire(Retirement.REFUSALS);
        }
    }

    @Override
    public boolean restsOrCloses() {
        if (state == State.READY && !isUsable()) {
            closeInGoodOrder();
        }
        return state == State.READY;
    }

    /**
     * How many transactions the server was told of.
     *
     * @return the number, those in flight included
     */
    public int transactions() {
        return flight.begun();
    }

    /**
     * When the session became ready.
     *
     * @return by the event loop's ticker, in nanoseconds
     */
    public long readySince() {
        return readySince;
    }

    @Override
    public long now() {
        return channel.eventLoop().ticker().nanoTime();
    }

    @Override
    public SessionLimits limits() {
        return limits;
    }

    @Override
    public void onReply(Exchange owner, Reply reply, long waited) {
        flight.onReply(owner, reply, waited);
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

    /** Takes no more transactions; QUIT follows those that it carries. */
    public void retire() {
        retire(Retirement.ASKED);
        flight.closeIfUnused();
    }

    @Override
    public void retire(Retirement why) {
        if (retirement == Retirement.NONE) {
            retirement = why;
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

    @Override
    public void fail(Failure failure, Runnable firstToHear) {
        assert channel.eventLoop().inEventLoop();
        handler.terminate(failure, firstToHear);
    }

    @Override
    public void beforeUnanswered(Failure failure, Consumer<Runnable> steps) {
        // Nothing secret of a login that was under way is kept.
        steps.accept(handshake::abandon);
        steps.accept(() -> onEnding(failure));
        steps.accept(() -> flight.tellHeldVerdict(failure));
    }

    private void onEnding(Failure failure) {
        State before = state;
        inGoodOrder = before == State.CLOSING;
        state = State.CLOSED;
        flight.onEnding(failure);
        tellOpenFailed(failure, before);
    }

    /** Everything unanswered has heard of the end, so that replays are handed on before the place is free. */
    @Override
    public void afterUnanswered(Failure failure, Consumer<Runnable> steps) {
        steps.accept(() -> flight.tellCarried(failure));
        steps.accept(() -> onClosed(failure));
    }

    private void onClosed(Failure failure) {
        observer.closed(id, inGoodOrder ? null : failure);
        listener.onClosed(inGoodOrder ? null : failure);
    }
}
