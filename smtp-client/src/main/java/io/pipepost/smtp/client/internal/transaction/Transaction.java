/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.content.ChunkWriter;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One mail transaction (RFC 5321 section 3.3): sends it, asks {@link Verdict} what comes of it, and obeys.
 *
 * <pre>
 *   queued --start--> MAIL RCPT*  --+-- DATA --354--> content --+
 *                                   |      \--354, nobody accepted--> lone dot --+
 *                                   +-- BDAT n LAST + content --+                |
 *                                   +-- BDAT n + chunk ... -----+                |
 *                                   |                           v                v
 *                                   +-- nobody accepted ---> ended: each recipient settled by its own reply
 *   any of these -- connection lost --> replayed once elsewhere, or each recipient settled, as {@link Verdict} has it
 *   queued       -- cancelled, given up --> each recipient NOT_SENT
 *   any of these -- cancelled, expired --> settled at once; what the session owes the server goes on without a listener
 * </pre>
 *
 * <p>DATA or BDAT either follow RCPT at once or wait until every reply to RCPT is in; {@link TransactionPlan} says which.
 */
public final class Transaction extends Submission implements Chunks.Owner {
    private static final Failure ANOTHER_REFUSED = Settlement.allOrNothing("Another recipient was refused");

    private final Listener listener;

    /** Whether this is not the first attempt (R-5321-78, R-5321-83, R-2920-17). */
    private final boolean replayed;

    private final Evidence evidence = new Evidence();
    private Progress progress = Progress.ENVELOPE;
    private TransactionPlan.Request request;
    private Settlement settlement;

    private @Nullable Seat seat;
    private @Nullable TransactionPlan plan;

    /** The content, if it goes in several chunks. */
    private @Nullable Chunks chunks;

    /** The next attempt, which a cancellation then concerns. Written on the event loop, read by any thread. */
    private volatile @Nullable Transaction successor;

    /** Whether another transaction's end was unanswered when this one was begun. */
    private boolean behindAnother;

    /** Exchanges of this transaction whose replies are missing. */
    private int outstanding;

    private boolean told;
    private long startedAt;

    /** Hears the end. */
    public interface Listener {
        /**
         * Every recipient is settled. Called once, on the session's event loop or on the thread that gave up.
         *
         * @param outcome what became of the recipients
         */
        void onSettled(TransactionOutcome outcome);

        /**
         * Whether nobody waits for the end any more, so that a transaction need not be started.
         *
         * @return true once the caller has given up
         */
        default boolean isCancelled() {
            return false;
        }
    }

    /**
     * Creates a transaction.
     *
     * @param from the reverse-path
     * @param recipients the recipients, at least one
     * @param policy what to do if some are refused
     * @param content the content
     * @param flight how much is sent before a reply is read
     * @param listener hears the end
     */
    public Transaction(
            ReversePath from,
            List<ForwardPath> recipients,
            RecipientPolicy policy,
            PreparedContent content,
            FlightOptions flight,
            Listener listener) {
        this.request = new TransactionPlan.Request(from, recipients, policy, content, flight);
        this.settlement = new Settlement(recipients, evidence);
        this.listener = listener;
        this.replayed = false;
    }

    /** A replay. */
    private Transaction(Transaction before) {
        super(before);
        this.request = before.request;
        this.settlement = new Settlement(request.recipients(), evidence);
        this.listener = before.listener;
        this.replayed = true;
    }

    // ---- before a session has it, and against its will

    @Override
    boolean isUnwanted() {
        return listener.isCancelled();
    }

    @Override
    void onSession(Runnable action) {
        Seat on = seat;
        if (on != null) {
            on.execute(action);
        }
    }

    @Override
    public Submission latest() {
        Transaction next = successor;
        return next == null ? this : next.latest();
    }

    @Override
    void onGivenUp(Failure reason) {
        startedAt = System.nanoTime();
        settlement.giveUp(reason);
        tell();
    }

    @Override
    void abandon(Failure reason, boolean inAnyCase) {
        Transaction next = successor;
        if (next != null) {
            next.stop(reason, inAnyCase);
        } else if (!told) {
            stop(inAnyCase ? Event.EXPIRED : Event.STOPPED, reason);
        }
    }

    private void stop(Event event, Failure reason) {
        Decision decision = Verdict.of(event, facts(null)).decision();
        if (decision == Decision.GO_ON) {
            return;
        }
        settlement.decide(decision, reason.phase(), null, reason);
        if (decision == Decision.NOT_SENT) {
            progress = Progress.UNDOING;
            tell();
            undo();
        } else {
            tell();
        }
    }

    /** R-2920-15, R-3030-08: what was written is answered first; only chunks can be left off without ending the connection. */
    private void undo() {
        ContentWriter content = evidence.content();
        if (content != null && content.isStarted()) {
            seat().dropAfterOlder(this);
            return;
        }
        stopChunks();
        withdraw();
        if (outstanding == 0) {
            end(evidence.mailReply() == null);
        }
    }

    /** Takes back what has not been written; the content is the last of it. */
    private void withdraw() {
        int withdrawn = seat().withdraw(this);
        outstanding -= withdrawn;
        if (withdrawn > 0) {
            evidence.onContentWithdrawn();
        }
    }

    private void stopChunks() {
        if (chunks != null) {
            chunks.stop();
        }
    }

    // ---- the envelope

    /** Takes the transaction for a session; false if nobody wants it any more. */
    public boolean take(Seat on) {
        seat = on;
        return moveToSession();
    }

    /** Octets of content, 0 if unknown. */
    public long octets() {
        return Math.max(0, request.content().declaredSize());
    }

    /** R-2920-16: whether its content is at hand, so that nothing can go wrong with it once it is announced. */
    public boolean isTrainable() {
        return request.content().bytes() != null;
    }

    /** What is to be sent. */
    public TransactionPlan.Request request() {
        return request;
    }

    @Override
    public List<ForwardPath> narrowFor(Extensions extensions, SessionLimits limits, Trust trust) {
        TransactionDraft draft = TransactionDraft.of(request, extensions, limits, trust);
        request = draft.request();
        return draft.named(extensions);
    }

    /** Settles those of its recipients whom this server cannot take; null if nobody is left, and nothing is begun. */
    @Nullable
    public TransactionPlan settleRefused(TransactionDraft draft) {
        startedAt = System.nanoTime();
        request = draft.request();
        settlement = settlement.sized(request.recipients());
        plan = draft.plan();
        draft.settleRefused(settlement, seat().extensions());
        return settlement.ledger().isSettled() ? null : plan;
    }

    /**
     * Begins as drafted; the order is complete up to here.
     *
     * @param ordinal which one of its session's transactions it is, from 1
     * @param behind whether another one's end is unanswered
     * @param hold R-2920-18: whether content waits for the reply to MAIL
     */
    public void start(int ordinal, boolean behind, boolean hold) {
        TransactionPlan made = plan();
        behindAnother = behind;
        evidence.onBegun(ordinal);
        enqueueEnvelope(made);
        if (!made.contentWithEnvelope()) {
            return;
        }
        if (hold && !asksForContent()) {
            progress = Progress.HELD;
        } else {
            requestContent(made);
        }
    }

    private void enqueueEnvelope(TransactionPlan made) {
        enqueue(new TransactionExchange.Mail(this, made.mail()));
        RecipientLedger ledger = settlement.ledger();
        for (int i = 0; i < ledger.size(); i++) {
            if (ledger.isUndecided(i)) {
                enqueue(new TransactionExchange.Rcpt(this, new Command.Rcpt(ledger.recipient(i)), i));
            }
        }
    }

    private void requestContent(TransactionPlan made) {
        progress = Progress.CONTENT;
        switch (made.transfer()) {
            case DATA -> enqueue(new TransactionExchange.Data(this));
            case ONE_CHUNK -> {
                ContentFacts facts = Objects.requireNonNull(request.content().facts());
                enqueueEnd(new Command.Bdat(facts.canonicalOctets(), true), newWriter(made));
            }
            case CHUNKS -> {
                Chunks begun = new Chunks(this, seat().writers().chunks(request.content(), made));
                chunks = begun;
                begun.start();
            }
        }
    }

    private ContentWriter newWriter(TransactionPlan made) {
        return seat().writers().writer(request.content(), made);
    }

    /** The content, or its last chunk, is in the session's order. */
    private void enqueueEnd(Command.@Nullable Bdat command, ContentWriter writer) {
        evidence.onContentQueued(writer);
        enqueue(new TransactionExchange.Content(this, command, writer));
        seat().goOn();
    }

    /** Whether its content waits for a reply, by DATA. */
    public boolean asksForContent() {
        return plan != null && plan.transfer() == TransactionPlan.Transfer.DATA;
    }

    /** Whether another transaction may be written behind this one. */
    public boolean allowsFollower() {
        return evidence.content() != null && progress != Progress.UNDOING && isTrainable();
    }

    void onMail(Reply reply) {
        evidence.onMail(reply);
        if (reply.isNegative()) {
            withdraw();
        } else if (progress == Progress.HELD) {
            requestContent(plan());
        }
    }

    void onRcpt(int index, Reply reply) {
        settlement.onRcpt(index, reply);
    }

    /** A reply has been delivered. If it was the last one missing and nothing has come of it, content comes next. */
    void answered() {
        outstanding--;
        if (outstanding > 0 || progress == Progress.ENDED || progress == Progress.VERDICT_HELD) {
            return;
        }
        seat().groupAnswered();
        if (progress == Progress.UNDOING) {
            end(false);
        } else if (isNobodyLeft()) {
            judge(Event.NOBODY_LEFT, Phase.RCPT, null);
        } else {
            if (progress == Progress.ENVELOPE) {
                requestContent(plan());
            }
            seat().goOn();
        }
    }

    private boolean isNobodyLeft() {
        boolean allWanted = request.policy() == RecipientPolicy.ALL;
        return evidence.mailRefused()
                || evidence.accepted() == 0
                || (allWanted && !settlement.allAccepted())
                || evidence.chunkRefusal() != null;
    }

    // ---- the content

    void onData(Reply reply) {
        seat().groupAnswered();
        if (reply.isNegative()) {
            evidence.onRefused();
            judge(Event.DATA_REFUSED, Phase.DATA, reply);
        } else if (evidence.accepted() == 0) {
            enqueue(new TransactionExchange.LoneDot(this));
        } else if (progress == Progress.UNDOING) {
            // R-2920-07, R-2920-15: neither a message nor a lone dot may be sent.
            breakOff(Failure.of(FailureCause.CANCELLED, Phase.DATA, "The message is not wanted any more"));
        } else if (evidence.mailRefused()) {
            breakOff(violation(Phase.DATA, "The server refused MAIL and asks for content all the same", reply));
        } else {
            enqueueEnd(null, newWriter(plan()));
        }
    }

    @Override
    public void sendChunk(ByteBuf octets, boolean last) {
        Command.Bdat command = new Command.Bdat(octets.readableBytes(), last);
        ContentWriter writer = new ChunkWriter(octets, last);
        evidence.onChunkBegun();
        if (last) {
            enqueueEnd(command, writer);
        } else {
            enqueue(new TransactionExchange.Chunk(this, command, writer));
            seat().goOn();
        }
    }

    /** Replies have their clocks; a source has one while no reply is missing. */
    public boolean awaitsSource() {
        return outstanding == 0 && progress != Progress.ENDED && chunks != null;
    }

    @Override
    public void onProgress() {
        seat().goOn();
    }

    void onChunk(Reply reply, ContentWriter writer) {
        Chunks sent = Objects.requireNonNull(chunks);
        if (reply.isPositive() && !writer.isWritten()) {
            breakOff(violation(Phase.WRITE, "The server answered a chunk before it was sent", reply));
            return;
        }
        if (reply.isNegative()) {
            evidence.onChunkRefused(reply);
        }
        sent.onReply(reply);
    }

    /** R-3030-08: the chunks that were sent are no message, and the server forgets them. */
    @Override
    public void onContentFailed(Failure reason) {
        settlement.decide(Verdict.of(Event.SOURCE_FAILED, facts(null)).decision(), reason.phase(), null, reason);
        progress = Progress.UNDOING;
        tell();
        if (outstanding == 0) {
            end(false);
        }
    }

    /** The reply that decides (R-5321-72), or one that comes in its stead. */
    void onFinal(Reply reply, ContentWriter writer) {
        boolean written = writer.isWritten();
        if (reply.isNegative()) {
            evidence.onRefused();
        }
        if (written && evidence.chunkRefusal() == null) {
            evidence.onFinal(reply);
        }
        // R-5321-74: before its time, and the server believes that it has a message, or wants none.
        boolean atEnd = written || (reply.isPositive() && writer.handedOver());
        judge(Event.FINAL, atEnd ? Phase.END_OF_DATA : Phase.WRITE, reply);
    }

    /** R-2920-04: the replies to the follower's group are in, so none was lost before. */
    public void releaseVerdict() {
        if (progress == Progress.VERDICT_HELD) {
            judge(Event.ORDER_PROVED, Phase.END_OF_DATA, evidence.finalReply());
        }
    }

    /** R-5321-82: if it came before the dot was sent, the dot's own reply would be taken for that to the next command. */
    void onLoneDot(Reply reply, ContentWriter writer) {
        if (writer.isWritten()) {
            judge(Event.NOBODY_LEFT, Phase.END_OF_DATA, null);
        } else {
            breakOff(violation(Phase.END_OF_DATA, "The server answered the end of the data before it was sent", reply));
        }
    }

    private static Failure violation(Phase phase, String message, Reply reply) {
        return Failure.of(FailureCause.PROTOCOL_VIOLATION, phase, message, reply);
    }

    /** Ends the connection for this transaction's sake. */
    private void breakOff(Failure reason) {
        seat().breakOff(this, reason);
    }

    // ---- the end

    private int facts(@Nullable Reply reply) {
        boolean follower = reply != null && progress != Progress.VERDICT_HELD && seat().holdsVerdict(this);
        return evidence.facts(Evidence.bit(Fact.POSITIVE, reply != null && reply.isPositive())
                | Evidence.bit(Fact.FOLLOWER_UNANSWERED, follower)
                | Evidence.bit(Fact.VERDICT_HELD, progress == Progress.VERDICT_HELD)
                | Evidence.bit(Fact.ONLY_END_MISSING, outstanding <= 1));
    }

    /** Asks what comes of a reply, and does it. */
    private void judge(Event event, Phase phase, @Nullable Reply reply) {
        Verdict verdict = Verdict.of(event, facts(reply));
        Decision decision = verdict.decision();
        Ending ending = verdict.ending();
        if (ending != null) {
            Failure broken = Failure.of(ending.cause(), phase, ending.message(), Objects.requireNonNull(reply));
            settlement.decide(decision, phase, reply, broken);
            breakOff(broken);
        } else if (decision == Decision.HOLD) {
            progress = Progress.VERDICT_HELD;
        } else {
            try {
                leave(decision == Decision.ACCEPT);
            } finally {
                // Others may be begun before this one is told of; what they throw is not its fault.
                settle(decision, phase, reply, whyInGoodOrder(decision));
            }
        }
    }

    private Failure whyInGoodOrder(Decision decision) {
        return decision == Decision.REPLAY
                ? Failure.rejected(
                        Phase.MAIL, "The connection is worn out", Objects.requireNonNull(evidence.mailReply()))
                : ANOTHER_REFUSED;
    }

    /** Tells the listener, unless the transaction goes elsewhere. */
    private void settle(Decision decision, Phase phase, @Nullable Reply reply, Failure reason) {
        boolean again = decision == Decision.REPLAY || (decision == Decision.REPLAY_ONCE && !replayed);
        Failure doubt = decision == Decision.REPLAY_ONCE ? evidence.doubtReason() : null;
        Failure why = doubt == null ? reason : doubt;
        if (!told && !(again && replay(why))) {
            settlement.decide(decision, phase, reply, why);
            tell();
        }
    }

    /** What is known of it. */
    public Evidence evidence() {
        return evidence;
    }

    public boolean isVerdictHeld() {
        return progress == Progress.VERDICT_HELD;
    }

    /** Whether another transaction's end was unanswered when this one was begun. */
    public boolean isBehindAnother() {
        return behindAnother;
    }

    /** Whether the server has answered it although another's end was unanswered when it was begun. */
    public boolean ranBehindAnother() {
        return behindAnother && evidence.mailReply() != null;
    }

    /**
     * The connection ended with replies missing. Called for each of this transaction's exchanges; the first call settles
     * all. A 421 answers an earlier command, so it proves that nothing of what came behind was processed.
     */
    public void onFailure(Failure reason) {
        if (progress == Progress.ENDED) {
            return;
        }
        if (isAnsweredTooEarly(reason)) {
            evidence.onAnsweredTooEarly();
        }
        boolean held = progress == Progress.VERDICT_HELD;
        Event end = Event.of(reason);
        Reply reply = evidence.finalReply();
        // What ends without a reply out of place has shown no disorder.
        Verdict verdict = Verdict.of(held && end != Event.ORDER_BROKEN ? Event.ORDER_PROVED : end, facts(reply));
        progress = Progress.ENDED;
        stopChunks();
        if (settlement.ledger().isSettled()) {
            tell();
            return;
        }
        settle(verdict.decision(), Phase.END_OF_DATA, reply, reason);
    }

    /**
     * R-5321-74: a server that answers the end of the data before its time, but not with a no, may have a message. The
     * answer is the oldest transaction's; it says nothing of those behind.
     */
    private boolean isAnsweredTooEarly(Failure reason) {
        return reason.cause() == FailureCause.PROTOCOL_VIOLATION
                && reason.phase() == Phase.END_OF_DATA
                && reason.reply() != null
                && seat().isOldest(this);
    }

    /** Ends in good order, settled before; not clean if the server must forget it before the next one (R-5321-48). */
    public void end(boolean clean) {
        try {
            leave(clean);
        } finally {
            tell();
        }
    }

    private void leave(boolean clean) {
        progress = Progress.ENDED;
        seat().ended(this, clean);
    }

    /**
     * Hands on a transaction like this one, not yet started. More than once only where the server itself has said that it
     * did not look at it, on a connection that had carried others: each attempt then comes nearer to being the first. Not
     * one that was cancelled too late for this attempt: the pool would drop it, and nobody would hear of its end.
     */
    private boolean replay(Failure reason) {
        if (isUnwanted()) {
            return false;
        }
        Transaction next = new Transaction(this);
        successor = next;
        // If it is refused but was cancelled meanwhile, the listener has heard of it.
        return seat().replay(next, reason, evidence.ordinal() - 1) || !next.drop();
    }

    private void tell() {
        if (!told) {
            told = true;
            SessionInfo info = seat == null ? null : seat.info();
            listener.onSettled(settlement.outcome(info, startedAt));
        }
    }

    private void enqueue(Exchange exchange) {
        outstanding++;
        seat().enqueue(exchange);
    }

    private Seat seat() {
        return Objects.requireNonNull(seat);
    }

    private TransactionPlan plan() {
        return Objects.requireNonNull(plan);
    }
}
