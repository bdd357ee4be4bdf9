/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.session.Evidence.Doubt;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ServerLimits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
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

    /** Written on the event loop, read by any thread. */
    private volatile Phase opening = Phase.GREETING;

    private State state = State.OPENING;
    private @Nullable SessionInfo info;
    private SessionLimits limits = new SessionLimits(ServerLimits.NONE);
    private final Overlap overlap;
    private final Proving proving;
    private final ContentWriters contentWriters;

    /** Transactions that were begun and have not ended, the oldest first. */
    private final Deque<Transaction> carried = new ArrayDeque<>(2);

    private long octetsCarried;

    /** The connection ends once this transaction is the oldest. */
    private @Nullable Transaction toDrop;

    private boolean dispatching;
    private boolean retired;

    /** Whether the reply to a RSET behind a transaction that did not succeed is missing. */
    private boolean mayBeOpen;

    /** Whether RSET is the last in the session's order. */
    private boolean resetAtTail;

    private boolean lastSucceeded;
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
        this.overlap = new Overlap(config, observer, this::now);
        this.proving = new Proving(this, config);
        this.handler = new SessionHandler(this, config.timeouts());
        this.contentWriters = new ContentWriters(config, channel.eventLoop());
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
     * Does something on the event loop. What it throws ends the session, since whoever waits for what it carries would wait
     * for ever. May be called from any thread.
     *
     * @param action what to do
     * @return false if the event loop is gone, and nothing will be done
     */
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

    /**
     * How far opening has come. May be called from any thread.
     *
     * @return the step whose end is awaited, and what may help
     */
    public String openingStep() {
        Phase step = opening;
        return step + " of " + config.host() + ":" + config.port() + (step == Phase.GREETING ? silenceHint() : "");
    }

    /** The handshake is at a new step. */
    void opens(Phase step) {
        opening = step;
    }

    /** The server has not greeted in time. */
    Failure silent(Failure failure) {
        return Failure.of(FailureCause.TIMEOUT, failure.phase(), failure.message() + silenceHint());
    }

    private String silenceHint() {
        return config.security().mode() == TlsMode.IMPLICIT ? "" : Words.SILENT_SERVER;
    }

    Channel channel() {
        return channel;
    }

    GuardedObserver observer() {
        return observer;
    }

    Extensions extensions() {
        return info == null ? Extensions.NONE : info.extensions();
    }

    // ---- opening

    void onReady(SessionInfo facts) {
        info = facts;
        handler.onReady();
        readySince = now();
        proving.onReady(listener.isPooled());
        boolean pipelining = config.flight().pipelining()
                && facts.extensions().has(Extension.PIPELINING)
                && proving.trust() != Trust.LOCKSTEP;
        handler.pipeline().pipelining(pipelining);
        limits = new SessionLimits(facts.extensions().limits());
        overlap.onReady(pipelining && listener.isPooled());
        observer.ready(facts);
        state = State.READY;
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
    public boolean isUsable() {
        return state == State.READY && !retired && refusalsInARow < MAX_REFUSALS && limits.allowAnother();
    }

    /**
     * How many transactions the session carries.
     *
     * @return those begun and not ended
     */
    public int inFlight() {
        return carried.size();
    }

    /**
     * Whether this transaction could be started now. One that is not {@linkplain Transaction#isTrainable at hand} goes
     * alone; one that is may go behind others of its kind, as far as the options, and what is known of the server, allow.
     *
     * @param transaction a transaction that was not started
     * @return true if so
     */
    public boolean fits(Transaction transaction) {
        return hasRoom()
                && (carried.isEmpty()
                        || (transaction.isTrainable()
                                && octetsCarried + transaction.octets()
                                        <= config.flight().octetsInFlight()));
    }

    /** Whether some transaction could be started now. */
    private boolean hasRoom() {
        if (!isUsable() || overlap.isProbing() || proving.isUnderWay()) {
            return false;
        }
        return carried.isEmpty()
                || (carried.size() < overlap.depth() && carried.getLast().allowsFollower() && !proving.isDue());
    }

    /**
     * Starts a transaction that {@linkplain #fits fits}, and asks for more.
     *
     * @param transaction the transaction
     */
    public void start(Transaction transaction) {
        assert channel.eventLoop().inEventLoop();
        assert fits(transaction);
        run(transaction);
        dispatch();
    }

    private void run(Transaction transaction) {
        TransactionDraft draft = TransactionDraft.of(transaction.request(), this);
        if (draft.isForFreshSession()) {
            retired = true;
            listener.onUnfit(
                    transaction,
                    Failure.of(
                            FailureCause.OVERLOADED,
                            Phase.RCPT,
                            "The server takes no more recipient domains in this session (LIMITS)"));
            return;
        }
        if (!transaction.take(this)) {
            return;
        }
        boolean wasDispatching = dispatching;
        dispatching = true;
        boolean behind = !carried.isEmpty();
        carried.addLast(transaction);
        octetsCarried += transaction.octets();
        int before = transactions;
        transaction.start(behind, draft);
        dispatching = wasDispatching;
        idle = idle && transactions == before;
    }

    /** The next in the session's order is a MAIL; returns its number, from 1. */
    int beginEnvelope() {
        if (carried.size() > 1 && !resetAtTail) {
            enqueueReset(SessionExchange.Reset.Reason.BETWEEN);
        }
        resetAtTail = false;
        return ++transactions;
    }

    private void enqueueReset(SessionExchange.Reset.Reason reason) {
        mayBeOpen |= reason == SessionExchange.Reset.Reason.AFTER_REFUSAL;
        resetAtTail = true;
        handler.enqueue(new SessionExchange.Reset(this, reason));
    }

    /** The content of the transaction begun last is in the session's order: another may stand behind it. */
    void contentQueued() {
        if (overlap.isPossible()) {
            dispatch();
        }
    }

    /** Gives the session work until it is full, or there is none, or it takes no more. */
    private void dispatch() {
        if (dispatching) {
            return;
        }
        probeIfUnknown();
        // A server that has recipients left, and refuses to forget them, would deliver the chunks of the proof to them.
        if (carried.isEmpty() && !mayBeOpen && isUsable() && proving.isDue()) {
            proving.begin();
        }
        while (hasRoom()) {
            Transaction next = listener.onRoom(this);
            if (next == null) {
                break;
            }
            run(next);
            probeIfUnknown();
        }
        if (carried.isEmpty() && state == State.READY) {
            if (!isUsable()) {
                closeInGoodOrder();
            } else if (!idle) {
                idle = true;
                idleSince = now();
            }
        }
        handler.writeReady();
    }

    /** R-2920-19: costs no round trip, and shows what the server makes of commands behind an end of data. */
    private void probeIfUnknown() {
        if (overlap.wantsProbe()
                && !resetAtTail
                && carried.size() == 1
                && carried.getLast().allowsFollower()) {
            overlap.onProbeSent();
            enqueueReset(SessionExchange.Reset.Reason.PROBE);
        }
    }

    void transactionEnded(Transaction transaction, boolean clean, boolean accepted) {
        remove(transaction);
        lastSucceeded = accepted;
        if (accepted) {
            refusalsInARow = 0;
        } else if (transaction.evidence().sawRefusal()) {
            refusalsInARow++;
        }
        if (transaction.ranBehindAnother() && !transaction.evidence().isDoubted()) {
            overlap.onMatch();
        }
        if (!clean && isUsable() && carried.isEmpty() && !resetAtTail) {
            enqueueReset(SessionExchange.Reset.Reason.AFTER_REFUSAL);
        }
        dropIfOldest();
        dispatch();
    }

    private void remove(Transaction transaction) {
        if (carried.peekFirst() == transaction) {
            carried.removeFirst();
        } else {
            carried.removeLastOccurrence(transaction);
        }
        octetsCarried -= transaction.octets();
    }

    /** A transaction can be undone only by ending the connection; those in front of it are answered first. */
    void dropAfterOlder(Transaction transaction) {
        toDrop = transaction;
        retired = true;
        handler.abandonContent();
        dropIfOldest();
    }

    private void dropIfOldest() {
        if (toDrop != null && carried.peekFirst() == toDrop) {
            fail(Failure.of(
                    FailureCause.CONNECTION_LOST, Phase.WRITE, "The connection was closed to keep back a message"));
        }
    }

    /**
     * Whether this connection may be dead, or has its state in doubt, so that content is better held back: a transaction
     * that the server has refused to forget would get the recipients and the content of the next one.
     */
    boolean mistrustsConnection() {
        if (mayBeOpen) {
            return true;
        }
        long idleNanos = now() - idleSince;
        return idle
                && transactions > 1
                && idleNanos >= config.flight().holdContentAfterIdle().toNanos();
    }

    /**
     * How many transactions the server was told of.
     *
     * @return the number, those in flight included
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

    long now() {
        return channel.eventLoop().ticker().nanoTime();
    }

    boolean replay(Transaction transaction, Failure reason, int before) {
        return listener.onReplay(transaction, reason, before);
    }

    SessionLimits limits() {
        return limits;
    }

    Overlap overlap() {
        return overlap;
    }

    Proving proving() {
        return proving;
    }

    /** R-2920-22: what the server makes of a chunk that it refuses is known now. */
    void onProved() {
        dispatch();
    }

    // ---- several transactions in flight

    /** R-2920-04: with DATA, a lost reply shows only once the group behind the content is answered. */
    boolean holdsVerdict(Transaction transaction) {
        return carried.size() > 1
                && carried.peekFirst() == transaction
                && carried.getLast().asksForContent()
                && handler.pipeline().head() != null;
    }

    boolean isOldest(Transaction transaction) {
        return carried.peekFirst() == transaction;
    }

    /** The group behind the oldest transaction's content is answered. */
    void releaseVerdict() {
        Transaction oldest = carried.peekFirst();
        if (oldest != null) {
            oldest.releaseVerdict();
        }
    }

    /** The connection has ended; a transaction that awaits no reply of its own hears of it first. */
    void tellHeldVerdict(Failure failure) {
        Transaction oldest = carried.peekFirst();
        if (oldest != null && oldest.isVerdictHeld()) {
            oldest.onFailure(failure);
        }
    }

    /** The connection has ended, and every exchange has; there may be transactions that awaited no reply. */
    void tellCarried(Failure failure) {
        for (Transaction each : List.copyOf(carried)) {
            each.onFailure(failure);
        }
    }

    /** The server has answered RSET. */
    void onReset(Reply reply, SessionExchange.Reset.Reason reason) {
        mayBeOpen &= reason != SessionExchange.Reset.Reason.AFTER_REFUSAL;
        boolean probe = reason == SessionExchange.Reset.Reason.PROBE;
        if (probe) {
            overlap.onProbeAnswered(reply);
        }
        if (reply.isNegative()) {
            onResetRefused(reply, reason);
        }
        if (probe) {
            dispatch();
        }
    }

    /**
     * R-2920-21: a server that refuses to forget is not to be relied on. What stands behind is judged by its own replies
     * if any of its content has left, and is sent elsewhere if those are refusals. Without them only 554 behind a refused
     * transaction, the way to say "too many", tells that the server goes no further.
     */
    private void onResetRefused(Reply reply, SessionExchange.Reset.Reason reason) {
        boolean denied = reason != SessionExchange.Reset.Reason.AFTER_REFUSAL && Replies.deniesOverlap(reply);
        if (denied) {
            overlap.onDenied(reply);
        }
        if (denied && reason == SessionExchange.Reset.Reason.PROBE && lastSucceeded) {
            return;
        }
        Failure failure = Failure.of(FailureCause.CONNECTION_LOST, Phase.RSET, "The server refused RSET", reply);
        List<Transaction> behind =
                carried.stream().filter(each -> !each.isVerdictHeld()).toList();
        if (behind.stream().anyMatch(each -> each.evidence().contentBegun())) {
            boolean leaving = reply.code() == Replies.TRANSACTION_FAILED && !lastSucceeded;
            Doubt doubt = leaving ? Doubt.SERVER_GOES_NO_FURTHER : Doubt.SERVER_MAY_GO_ON;
            behind.forEach(transaction -> transaction.evidence().doubt(failure, doubt));
            retired = true;
        } else {
            fail(failure);
        }
    }

    /** The server goes on behind a RSET that it refused: what stands behind this one is judged by its own replies. */
    void trustBehind(Transaction oldest) {
        for (Transaction each : carried) {
            if (each != oldest) {
                each.evidence().trust();
            }
        }
    }

    /** R-2920-17: MAIL behind another transaction's content was refused as if out of place. */
    void onOverlapDenied(Transaction transaction, Reply reply) {
        overlap.onDenied(reply);
        transaction
                .evidence()
                .doubt(
                        Failure.of(
                                FailureCause.CONNECTION_LOST,
                                Phase.MAIL,
                                "The server takes no transaction behind another's content",
                                reply),
                        Doubt.SERVER_GOES_NO_FURTHER);
        retired = true;
    }

    /** How content is written on this session. */
    ContentWriters contentWriters() {
        return contentWriters;
    }

    /** Starts the clock for content that a source owes. */
    void watchSource() {
        handler.watch(Phase.WRITE);
    }

    void enqueue(Exchange exchange) {
        handler.enqueue(exchange);
        limits.use(exchange.command());
    }

    void enqueueFirst(Exchange exchange) {
        handler.enqueueFirst(exchange);
    }

    void writeReady() {
        handler.writeReady();
    }

    /** Takes back what of a transaction has not been written. */
    int withdraw(Transaction transaction) {
        List<Exchange> withdrawn = handler.pipeline()
                .withdraw(exchange -> exchange instanceof TransactionExchange own && own.transaction() == transaction);
        withdrawn.forEach(exchange -> limits.giveBack(exchange.command()));
        if (!withdrawn.isEmpty()) {
            withdrawProbe();
        }
        return withdrawn.size();
    }

    /** R-2920-19: the content that it was to stand behind will not be written, so it would show nothing. */
    private void withdrawProbe() {
        List<Exchange> withdrawn = handler.pipeline()
                .withdraw(exchange -> exchange instanceof SessionExchange.Reset reset && reset.isProbe());
        if (!withdrawn.isEmpty()) {
            overlap.onProbeWithdrawn();
            resetAtTail = false;
        }
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
        retired = true;
        if (carried.isEmpty() && state == State.READY && !dispatching) {
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

    /** The connection has ended; nothing secret of a login that was under way is kept. */
    void abandonHandshake() {
        handshake.abandon();
    }

    /** The connection has ended; what was unanswered hears of it next. */
    void onEnding(Failure failure) {
        State before = state;
        inGoodOrder = before == State.CLOSING;
        state = State.CLOSED;
        proving.onEnding(failure);
        tellOpenFailed(failure, before);
    }

    /** Everything unanswered has heard of the end, so that replays are handed on before the place is free. */
    void onClosed(Failure failure) {
        observer.closed(id, inGoodOrder ? null : failure);
        listener.onClosed(inGoodOrder ? null : failure);
    }
}
