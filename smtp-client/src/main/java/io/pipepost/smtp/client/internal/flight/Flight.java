/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.GuardedObserver;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.dialogue.DialogueHandler;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.transaction.ContentWriters;
import io.pipepost.smtp.client.internal.transaction.Evidence;
import io.pipepost.smtp.client.internal.transaction.Seat;
import io.pipepost.smtp.client.internal.transaction.Submission;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionDraft;
import io.pipepost.smtp.client.internal.transaction.TransactionExchange;
import io.pipepost.smtp.client.internal.transaction.TransactionPlan;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that one session carries, in their order, and what stands between them.
 *
 * <p>Only the oldest one's verdict may be held; all but the last have their content in the order; and between any two MAILs
 * stands a RSET, or the end of the former.
 */
@EventLoopConfined
public final class Flight implements Seat {
    private final Carrier session;
    private final DialogueHandler handler;
    private final FlightOptions options;
    private final Overlap overlap;
    private final Proving proving;
    private final ContentWriters writers;
    private final Doubts doubts;

    /** Transactions that were begun and have not ended, the oldest first. */
    private final Deque<Transaction> carried = new ArrayDeque<>(2);

    private long octetsCarried;

    /** How many transactions the server was told of. */
    private int begun;

    /** The connection ends once this transaction is the oldest. */
    private @Nullable Transaction toDrop;

    private boolean dispatching;

    /** Whether the reply to a RSET behind a transaction that did not succeed is missing. */
    private boolean mayBeOpen;

    /** Whether RSET is the last in the order. */
    private boolean resetAtTail;

    private boolean lastSucceeded;
    private boolean idle;
    private long idleSince;

    public Flight(Carrier session, DialogueHandler handler, SessionConfig config, GuardedObserver observer) {
        this.session = session;
        this.handler = handler;
        this.options = config.flight();
        this.overlap = new Overlap(config, observer, session::now);
        this.proving = new Proving(session, handler, config, observer, this::dispatch);
        this.doubts = new Doubts(session, overlap, proving, carried);
        this.writers =
                new ContentWriters(config.pieceOctets(), options.chunkOctets(), config.content(), session.eventLoop());
    }

    /**
     * The session is ready.
     *
     * @param pooled whether it may find out what its server can do, and carry several transactions at a time
     */
    public void onReady(boolean pooled) {
        proving.onReady(pooled);
        boolean pipelining = TransactionPlan.inGroups(options, session.extensions(), proving.trust());
        handler.pipeline().pipelining(pipelining);
        overlap.onReady(pipelining && pooled);
    }

    // ---- taking transactions

    public int size() {
        return carried.size();
    }

    public int begun() {
        return begun;
    }

    /** Whether this transaction could be started now. */
    public boolean fits(Transaction transaction) {
        return hasRoom()
                && (carried.isEmpty()
                        || (transaction.isTrainable()
                                && octetsCarried + transaction.octets() <= options.octetsInFlight()));
    }

    /** Whether some transaction could be started now. */
    private boolean hasRoom() {
        if (!session.isUsable() || overlap.isProbing() || proving.isUnderWay()) {
            return false;
        }
        return carried.isEmpty()
                || (carried.size() < overlap.depth() && carried.getLast().allowsFollower() && !isProofDue());
    }

    /** Whether the proof would be made now, if nothing were carried; never in front of the first transaction. */
    private boolean isProofDue() {
        return begun > 0 && proving.isDue();
    }

    /** Narrows a transaction to what there is room for now; see {@link Submission#narrowFor}. */
    public List<ForwardPath> narrow(Submission transaction) {
        return transaction.narrowFor(session.extensions(), session.limits(), proving.trust());
    }

    /** Starts a transaction that fits, and asks for more. */
    public void start(Transaction transaction) {
        assert session.eventLoop().inEventLoop();
        assert fits(transaction);
        run(transaction);
        dispatch();
    }

    private void run(Transaction transaction) {
        TransactionDraft draft =
                TransactionDraft.of(transaction.request(), session.extensions(), session.limits(), proving.trust());
        if (draft.isForFreshSession()) {
            session.retire(Retirement.LIMITS);
            session.unfit(
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
        TransactionPlan plan = transaction.settleRefused(draft);
        if (plan == null) {
            transaction.end(true);
        } else {
            proving.onPlanned(plan.transfer());
            transaction.start(beginEnvelope(), behind, mistrustsConnection());
            idle = false;
        }
        dispatching = wasDispatching;
    }

    /** The next in the order is a MAIL; returns its number, from 1. */
    private int beginEnvelope() {
        if (carried.size() > 1 && !resetAtTail) {
            enqueueReset(Reset.Reason.BETWEEN);
        }
        resetAtTail = false;
        return ++begun;
    }

    private void enqueueReset(Reset.Reason reason) {
        mayBeOpen |= reason == Reset.Reason.AFTER_REFUSAL;
        resetAtTail = true;
        handler.enqueue(new Reset(this, reason));
    }

    /**
     * Whether this connection may be dead, or has its state in doubt, so that content is better held back: a transaction
     * that the server has refused to forget would get the recipients and the content of the next one.
     */
    private boolean mistrustsConnection() {
        if (mayBeOpen) {
            return true;
        }
        long idleNanos = session.now() - idleSince;
        return idle && begun > 1 && idleNanos >= Loops.nanos(options.holdContentAfterIdle());
    }

    /** Gives the session work until it is full, or there is none, or it takes no more. */
    public void dispatch() {
        if (dispatching) {
            return;
        }
        probeIfUnknown();
        // A server that has recipients left, and refuses to forget them, would deliver the chunks of the proof to them.
        if (carried.isEmpty() && !mayBeOpen && session.isUsable() && isProofDue()) {
            proving.begin();
        }
        while (hasRoom()) {
            Transaction next = session.next();
            if (next == null) {
                break;
            }
            run(next);
            probeIfUnknown();
        }
        if (carried.isEmpty() && session.restsOrCloses() && !idle) {
            idle = true;
            idleSince = session.now();
        }
        handler.writeReady();
    }

    /** Ends the session if it takes nothing more, and nothing keeps it. */
    public void closeIfUnused() {
        if (carried.isEmpty() && !dispatching) {
            session.restsOrCloses();
        }
    }

    /** R-2920-19: costs no round trip, and shows what the server makes of commands behind an end of data. */
    private void probeIfUnknown() {
        if (overlap.wantsProbe()
                && !resetAtTail
                && carried.size() == 1
                && carried.getLast().allowsFollower()) {
            overlap.onProbeSent();
            enqueueReset(Reset.Reason.PROBE);
        }
    }

    // ---- as a seat

    @Override
    public Extensions extensions() {
        return session.extensions();
    }

    @Override
    public ContentWriters writers() {
        return writers;
    }

    @Override
    public @Nullable SessionInfo info() {
        return session.info();
    }

    @Override
    public void execute(Runnable action) {
        // If its event loop is gone, it has told its end, or will be told of it by whoever closes the client.
        session.execute(action);
    }

    @Override
    public void enqueue(Exchange exchange) {
        handler.enqueue(exchange);
        session.limits().use(exchange.command());
    }

    @Override
    public int withdraw(Transaction transaction) {
        List<Exchange> withdrawn = handler.pipeline()
                .withdraw(exchange -> exchange instanceof TransactionExchange own && own.transaction() == transaction);
        withdrawn.forEach(exchange -> session.limits().giveBack(exchange.command()));
        if (!withdrawn.isEmpty()) {
            withdrawProbe();
        }
        return withdrawn.size();
    }

    /** R-2920-19: the content that it was to stand behind will not be written, so it would show nothing. */
    private void withdrawProbe() {
        List<Exchange> withdrawn =
                handler.pipeline().withdraw(exchange -> exchange instanceof Reset reset && reset.isProbe());
        if (!withdrawn.isEmpty()) {
            overlap.onProbeWithdrawn();
            resetAtTail = false;
        }
    }

    @Override
    public void goOn() {
        if (dispatching) {
            return; // Whoever does it looks at everything in the end.
        }
        if (overlap.isPossible()) {
            dispatch();
        } else {
            handler.writeReady();
        }
        Transaction oldest = carried.peekFirst();
        if (oldest != null && oldest.awaitsSource()) {
            handler.watch(Phase.WRITE);
        }
    }

    @Override
    public void ended(Transaction transaction, boolean clean) {
        Evidence evidence = transaction.evidence();
        remove(transaction);
        Reply last = evidence.finalReply();
        lastSucceeded = last != null && last.isPositive();
        if (evidence.saysWornOut()) {
            session.retire(Retirement.WORN_OUT);
        }
        session.onTransactionEnded(lastSucceeded, evidence.sawRefusal());
        if (transaction.ranBehindAnother() && !evidence.isDoubted()) {
            overlap.onMatch();
        }
        if (!clean && session.isUsable() && carried.isEmpty() && !resetAtTail) {
            enqueueReset(Reset.Reason.AFTER_REFUSAL);
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

    @Override
    public boolean replay(Transaction next, Failure reason, int before) {
        return session.replay(next, reason, before);
    }

    @Override
    public void breakOff(Transaction transaction, Failure reason) {
        session.fail(reason, () -> transaction.onFailure(reason));
    }

    @Override
    public void dropAfterOlder(Transaction transaction) {
        toDrop = transaction;
        session.retire(Retirement.DROPPING);
        handler.abandonContent();
        dropIfOldest();
    }

    private void dropIfOldest() {
        if (toDrop != null && carried.peekFirst() == toDrop) {
            session.fail(
                    Failure.of(
                            FailureCause.CONNECTION_LOST,
                            Phase.WRITE,
                            "The connection was closed to keep back a message"),
                    () -> {});
        }
    }

    // ---- whose verdict is held

    @Override
    public boolean isOldest(Transaction transaction) {
        return carried.peekFirst() == transaction;
    }

    /** R-2920-04: with DATA, a lost reply shows only once the group behind the content is answered. */
    @Override
    public boolean holdsVerdict(Transaction transaction) {
        return carried.size() > 1
                && carried.peekFirst() == transaction
                && carried.getLast().asksForContent()
                && handler.pipeline().head() != null;
    }

    /** The group behind the oldest transaction's content is answered. */
    @Override
    public void groupAnswered() {
        Transaction oldest = carried.peekFirst();
        if (oldest != null) {
            oldest.releaseVerdict();
        }
    }

    /** The connection has ended; what was unanswered hears of it next. */
    public void onEnding(Failure failure) {
        proving.onEnding(failure);
    }

    /** The connection has ended; a transaction that awaits no reply of its own hears of it first. */
    public void tellHeldVerdict(Failure failure) {
        Transaction oldest = carried.peekFirst();
        if (oldest != null && oldest.isVerdictHeld()) {
            oldest.onFailure(failure);
        }
    }

    /** The connection has ended, and every exchange has; there may be transactions that awaited no reply. */
    public void tellCarried(Failure failure) {
        for (Transaction each : List.copyOf(carried)) {
            each.onFailure(failure);
        }
    }

    // ---- whose replies are believed

    /**
     * What a reply says beyond what it answers; before that hears of it.
     *
     * @param waited for how long it was the oldest that was missing, in nanoseconds
     */
    public void onReply(Exchange owner, Reply reply, long waited) {
        overlap.onAnswered(waited);
        if (owner instanceof TransactionExchange own) {
            doubts.onReply(own, reply);
        }
    }

    /** How long the first reply behind an answered end of data may take. */
    Duration patience() {
        return overlap.patience();
    }

    /** The server has answered nothing of what stood behind an end of data. */
    void onNothingBehind() {
        overlap.onDenied(null);
    }

    /** The server has answered RSET. */
    void onReset(Reply reply, Reset.Reason reason) {
        mayBeOpen &= reason != Reset.Reason.AFTER_REFUSAL;
        boolean probe = reason == Reset.Reason.PROBE;
        if (probe) {
            overlap.onProbeAnswered(reply);
        }
        if (reply.isNegative()) {
            doubts.onResetRefused(reply, reason, lastSucceeded);
        }
        if (probe) {
            dispatch();
        }
    }
}
