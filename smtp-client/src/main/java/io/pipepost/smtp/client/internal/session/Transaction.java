/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One mail transaction (RFC 5321 section 3.3): sends it, and has {@link Settlement} decide what becomes of its recipients.
 *
 * <pre>
 *   queued --start--> MAIL RCPT*  --+-- DATA --354--> content --+
 *                                   |      \--354, nobody accepted--> lone dot --+
 *                                   +-- BDAT n LAST + content --+                |
 *                                   +-- BDAT n + chunk ... -----+                |
 *                                   |                           v                v
 *                                   +-- nobody accepted ---> ended: each recipient settled by its own reply
 *   any of these -- connection lost --> replayed once elsewhere, or each recipient settled by {@link #onFailure}
 *   queued       -- cancelled, given up --> each recipient NOT_SENT
 *   any of these -- cancelled, expired --> settled at once; what the session owes the server goes on without a listener
 * </pre>
 *
 * <p>DATA or BDAT either follow RCPT at once or wait until every reply to RCPT is in; {@link TransactionPlan} says which.
 */
public final class Transaction extends Submission {
    private final Listener listener;

    /** Whether this is not the first attempt (R-5321-78, R-5321-83, R-2920-17). */
    private final boolean replayed;

    private TransactionPlan.Request request;
    private Settlement settlement;

    private @Nullable Session session;
    private @Nullable TransactionPlan plan;

    /** Content that is, or has been, written to its end unless something goes wrong: the last chunk if there are several. */
    private @Nullable ContentWriter content;

    /** The content, if it goes in several chunks. */
    private @Nullable Chunks chunks;

    /** The next attempt, which a cancellation then concerns. Written on the event loop, read by any thread. */
    private volatile @Nullable Transaction successor;

    /** Which one of its session's transactions this is, from 1. */
    private int ordinal;

    /** Whether another transaction's end was unanswered when this one was begun. */
    private boolean behindAnother;

    /** Exchanges of this transaction whose replies are missing. */
    private int outstanding;

    /** Whether content waits for the reply to MAIL. */
    private boolean contentHeld;

    /** R-2920-04: the final reply is in, and believed once the follower's group is answered. */
    private boolean verdictHeld;

    /** Why replies to this transaction are no verdict on it, if they are not (R-2920-17, R-2920-21). */
    private @Nullable Failure doubt;

    /** Whether the server has shown that it does nothing more, should no reply come to remove the doubt. */
    private boolean silenceIsNo;

    /** Nobody wants it any more; what was begun is undone. */
    private boolean abandoned;

    private boolean ended;
    private boolean told;
    private long startedAt;
    /** Hears the end. */
    public interface Listener {
        /**
         * Every recipient is settled. Called once, on the session's event loop or on the thread that gave up.
         *
         * @param outcome what became of the recipients
         */
        void onSettled(Outcome outcome);

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
     * The end of a transaction.
     *
     * @param recipients one result for each recipient, in order
     * @param finalReply the reply to the end of the data, if one came
     * @param failure what the transaction as a whole failed of; null if anybody was accepted
     * @param session the session that carried it, if any
     * @param startedAt when a session took it, by {@link System#nanoTime}; when it was given up, if none did
     */
    public record Outcome(
            List<RecipientResult> recipients,
            @Nullable Reply finalReply,
            @Nullable Failure failure,
            @Nullable SessionInfo session,
            long startedAt) {}

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
        this(new TransactionPlan.Request(from, recipients, policy, content, flight), listener, new Waiting(), false);
    }

    private Transaction(TransactionPlan.Request request, Listener listener, Waiting waiting, boolean replayed) {
        super(waiting);
        this.request = request;
        this.settlement = new Settlement(request.recipients());
        this.listener = listener;
        this.replayed = replayed;
    }

    // ---- before a session has it, and against its will

    @Override
    boolean isUnwanted() {
        return listener.isCancelled();
    }

    @Override
    void onSession(Runnable action) {
        Session on = session;
        if (on != null) {
            // If its event loop is gone, it has told its end, or will be told of it by whoever closes the client.
            on.execute(action);
        }
    }

    @Override
    public Transaction latest() {
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
        } else if (told) {
            return;
        } else if (verdictHeld || (content != null && content.handedOver())) {
            if (inAnyCase) {
                settlement.settleRest(Disposition.INDETERMINATE, reason);
                tell();
            }
        } else {
            abandoned = true;
            settlement.settleRest(Disposition.NOT_SENT, reason);
            tell();
            undo();
        }
    }

    /** R-2920-15, R-3030-08: what was written is answered first; only chunks can be left off without ending the connection. */
    private void undo() {
        if (content != null && content.isStarted()) {
            session().dropAfterOlder(this);
            return;
        }
        stopChunks();
        withdraw();
        contentHeld = false;
        if (outstanding == 0) {
            end(settlement.mailReply() == null);
        }
    }

    /** Takes back what has not been written; the content is the last of it. */
    private void withdraw() {
        int withdrawn = session().withdraw(this);
        outstanding -= withdrawn;
        if (withdrawn > 0) {
            content = null;
        }
    }

    private void stopChunks() {
        if (chunks != null) {
            chunks.stop();
        }
    }

    // ---- the envelope

    /** Takes the transaction for a session; false if nobody wants it any more. */
    boolean take(Session on) {
        session = on;
        return moveToSession();
    }

    /** Octets of content, 0 if unknown. */
    long octets() {
        return Math.max(0, request.content().declaredSize());
    }

    /** R-2920-16: whether its content is at hand, so that nothing can go wrong with it once it is announced. */
    boolean isTrainable() {
        return request.content().bytes() != null;
    }

    /** What is to be sent. */
    TransactionPlan.Request request() {
        return request;
    }

    @Override
    public List<ForwardPath> narrowFor(Session on) {
        TransactionDraft draft = TransactionDraft.of(request, on);
        request = draft.request();
        return draft.named(on.extensions());
    }

    /** Begins as drafted; the session's order is complete up to here, and nothing is written before it says so. */
    void start(boolean behind, TransactionDraft draft) {
        Session on = session();
        behindAnother = behind;
        startedAt = System.nanoTime();
        request = draft.request();
        settlement = settlement.sized(request.recipients());
        plan = draft.plan();
        draft.settleRefused(settlement, on.extensions());
        if (settlement.ledger().isSettled()) {
            end(true);
            return;
        }
        TransactionPlan made = plan();
        on.proving().onPlanned(made.transfer());
        ordinal = on.beginEnvelope();
        enqueueEnvelope(made);
        contentHeld = made.contentWithEnvelope() && !asksForContent() && on.mistrustsConnection();
        if (made.contentWithEnvelope() && !contentHeld) {
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
        switch (made.transfer()) {
            case DATA -> enqueue(new TransactionExchange.Data(this));
            case ONE_CHUNK -> {
                ContentFacts facts = Objects.requireNonNull(request.content().facts());
                enqueueEnd(new Command.Bdat(facts.canonicalOctets(), true), newWriter(made));
            }
            case CHUNKS -> {
                Chunks begun = new Chunks(this, session().contentWriters().chunks(request.content(), made));
                chunks = begun;
                begun.start();
            }
        }
    }

    private ContentWriter newWriter(TransactionPlan made) {
        return session().contentWriters().writer(request.content(), made);
    }

    /** The content, or its last chunk, is in the session's order. */
    private void enqueueEnd(Command.Bdat command, ContentWriter writer) {
        content = writer;
        enqueue(new TransactionExchange.Content(this, command, writer));
        session().contentQueued();
    }

    /** Whether its content waits for a reply, by DATA. */
    boolean asksForContent() {
        return plan != null && plan.transfer() == TransactionPlan.Transfer.DATA;
    }

    /** Whether another transaction may be written behind this one. */
    boolean allowsFollower() {
        return content != null && !abandoned && isTrainable();
    }

    void onMail(Reply reply) {
        settlement.onMail(reply);
        seeWhetherServerGoesOn(reply);
        if (reply.isPositive()) {
            // What it says of this transaction from here on is a verdict.
            doubt = null;
        }
        if (reply.isNegative()) {
            withdraw();
            if (behindAnother && Replies.deniesOverlap(reply)) {
                session().onOverlapDenied(this, reply);
            }
        } else if (contentHeld && !abandoned) {
            requestContent(plan());
        }
    }

    void onRcpt(int index, Reply reply) {
        settlement.onRcpt(index, reply);
        seeWhetherServerGoesOn(reply);
    }

    private void seeWhetherServerGoesOn(Reply reply) {
        if (doubt != null && reply.isPositive()) {
            session().trustBehind(this);
        }
    }

    /** A reply has been delivered. If it was the last one missing and nothing has come of it, content comes next. */
    void answered() {
        outstanding--;
        if (outstanding > 0 || ended || verdictHeld) {
            return;
        }
        session().releaseVerdict();
        boolean refused = request.policy() == RecipientPolicy.ALL && !settlement.allAccepted();
        if (abandoned || refused || settlement.mailRefused() || !settlement.anyAccepted()) {
            endRefused();
        } else if (chunkRefusal() != null) {
            settleByChunk(chunkRefusal());
            endRefused();
        } else {
            if (chunks == null) {
                requestContent(plan());
            }
            watchSource();
        }
    }

    // ---- the content

    void onData(Reply reply) {
        session().releaseVerdict();
        if (reply.isNegative()) {
            settlement.refuse(Phase.DATA, reply);
            endRefused();
        } else if (!settlement.anyAccepted()) {
            outstanding++;
            session().enqueueFirst(new TransactionExchange.LoneDot(this));
        } else if (abandoned) {
            // R-2920-07, R-2920-15: neither a message nor a lone dot may be sent.
            breakOff(Failure.of(FailureCause.CANCELLED, Phase.DATA, "The message is not wanted any more"));
        } else if (settlement.mailRefused()) {
            breakOff(violation(Phase.DATA, "The server refused MAIL and asks for content all the same", reply));
        } else {
            outstanding++;
            ContentWriter writer = newWriter(plan());
            content = writer;
            session().enqueueFirst(new TransactionExchange.Content(this, null, writer));
            session().contentQueued();
        }
    }

    /** A chunk is complete. */
    void sendChunk(ByteBuf octets, boolean last) {
        Command.Bdat command = new Command.Bdat(octets.readableBytes(), last);
        ContentWriter writer = new ChunkWriter(octets, last);
        if (last) {
            enqueueEnd(command, writer);
        } else {
            enqueue(new TransactionExchange.Chunk(this, command, writer));
        }
        session().writeReady();
    }

    /** Replies have their clocks; a source has one while no reply is missing. */
    void watchSource() {
        if (outstanding == 0 && !ended && chunks != null) {
            session().watchSource();
        }
    }

    void onChunk(Reply reply, ContentWriter writer) {
        Chunks sent = Objects.requireNonNull(chunks);
        if (reply.isPositive() && !writer.isWritten()) {
            breakOff(violation(Phase.WRITE, "The server answered a chunk before it was sent", reply));
        } else {
            noteRefusedChunk(reply);
            sent.onReply(reply);
        }
    }

    private void noteRefusedChunk(Reply reply) {
        if (reply.isNegative() && !asksForContent()) {
            session().proving().onChunkRefused();
        }
    }

    /** R-3030-08: the chunks that were sent are no message, and the server forgets them. */
    void onContentFailed(Failure reason) {
        abandoned = true;
        settlement.settleRest(Disposition.NOT_SENT, reason);
        tell();
        if (outstanding == 0) {
            end(false);
        }
    }

    private @Nullable Reply chunkRefusal() {
        return chunks == null ? null : chunks.refusal();
    }

    private void settleByChunk(@Nullable Reply refusal) {
        if (refusal != null) {
            settlement.refuse(Phase.WRITE, refusal);
        }
    }

    /** The reply that decides (R-5321-72). */
    void onFinal(Reply reply, ContentWriter writer) {
        noteRefusedChunk(reply);
        if (!writer.isWritten()) {
            onEarlyReply(reply, writer);
            return;
        }
        if (chunkRefusal() != null) {
            onEndBehindRefusal(reply);
            return;
        }
        settlement.onFinal(reply);
        verdictHeld = session().holdsVerdict(this);
        if (!verdictHeld) {
            decide(reply);
        }
    }

    /** R-3030-05: an earlier chunk was refused, so what the server says of the last one should be a no. */
    private void onEndBehindRefusal(Reply reply) {
        if (reply.isPositive()) {
            Failure violation = violation(
                    Phase.END_OF_DATA, "The server refused a chunk and accepted the last one all the same", reply);
            settlement.settleRest(Disposition.INDETERMINATE, violation);
            breakOff(violation);
        } else {
            settleByChunk(chunkRefusal());
            endRefused();
        }
    }

    /** R-2920-04: the replies to the follower's group are in, so none was lost before. */
    void releaseVerdict() {
        if (verdictHeld) {
            verdictHeld = false;
            decide(Objects.requireNonNull(settlement.finalReply()));
        }
    }

    private void decide(Reply reply) {
        boolean taken = settlement.anyAccepted() || (doubt != null && settlement.mailRefused());
        if (reply.isNegative()) {
            settlement.refuse(Phase.END_OF_DATA, reply);
            endRefused();
        } else if (!taken) {
            endRefused();
        } else if (settlement.mailRefused()) {
            // R-3030-03, R-2920-17: the server may have delivered something that it had refused.
            Failure violation =
                    violation(Phase.END_OF_DATA, "The server refused MAIL and accepted content all the same", reply);
            if (doubt == null) {
                settlement.doubtAccepted(violation);
            } else {
                settlement.doubtAll(violation);
            }
            breakOff(violation);
        } else {
            settlement.accept(reply);
            end(true);
        }
    }

    /** R-5321-74, R-5321-82: a reply to the end of the data that comes before the end of the data. */
    private void onEarlyReply(Reply reply, ContentWriter writer) {
        if (reply.isNegative()) {
            settlement.refuse(Phase.WRITE, reply);
            // For those behind it the connection is lost, and this reply is not theirs.
            breakOff(Failure.of(
                    FailureCause.CONNECTION_LOST,
                    Phase.WRITE,
                    "The server refused the message while it was being sent",
                    reply));
            return;
        }
        // The server believes that it has a message.
        Phase phase = writer.handedOver() ? Phase.END_OF_DATA : Phase.WRITE;
        Failure early = violation(phase, "The server answered the end of the data before it was sent", reply);
        settlement.settleRest(Disposition.INDETERMINATE, early);
        breakOff(early);
    }

    /** R-5321-82: if it came before the dot was sent, the dot's own reply would be taken for that to the next command. */
    void onLoneDot(Reply reply, ContentWriter writer) {
        if (writer.isWritten()) {
            endRefused();
        } else {
            breakOff(violation(Phase.END_OF_DATA, "The server answered the end of the data before it was sent", reply));
        }
    }

    private static Failure violation(Phase phase, String message, Reply reply) {
        return Failure.of(FailureCause.PROTOCOL_VIOLATION, phase, message, reply);
    }

    /** Ends the connection for this transaction's sake. */
    private void breakOff(Failure reason) {
        session().fail(reason, () -> onFailure(reason));
    }

    // ---- the end

    /** Nobody is left who could get the message: those undecided share the refusal of MAIL, or the abort. */
    void endRefused() {
        Failure doubted = doubt;
        if (doubted != null && !told) {
            ended = true;
            session().transactionEnded(this, false, false);
            replayOrGiveUp(doubted);
            return;
        }
        settlement.settleRest(Disposition.NOT_SENT, allOrNothing("Another recipient was refused"));
        end(false);
    }

    static Failure allOrNothing(String why) {
        return Failure.of(FailureCause.CANCELLED, Phase.RCPT, why + ", and all recipients or none were wanted");
    }

    /** R-2920-17, R-2920-21: the server's replies are about the connection, or about what was in front. */
    void doubt(Failure reason, boolean silenceMeansNo) {
        if (doubt == null && !ended) {
            doubt = reason;
            silenceIsNo = silenceMeansNo;
        }
    }

    /** The server has processed what stands in front after all, so it may have done the same with this. */
    void trust() {
        doubt = null;
    }

    boolean isDoubted() {
        return doubt != null;
    }

    boolean isVerdictHeld() {
        return verdictHeld;
    }

    /** Whether the server has answered it although another's end was unanswered when it was begun. */
    boolean ranBehindAnother() {
        return behindAnother && settlement.mailReply() != null;
    }

    /** R-2920-21: what was only given up on this side is none. */
    boolean wasRefused() {
        return settlement.sawRefusal() || chunkRefusal() != null;
    }

    boolean contentStarted() {
        return (content != null && content.isStarted()) || (chunks != null && chunks.isStarted());
    }

    /**
     * The connection ended with replies missing. Called for each of this transaction's exchanges; the first call settles
     * all. A 421 answers an earlier command, so it proves that nothing of what came behind was processed.
     */
    void onFailure(Failure reason) {
        if (ended) {
            return;
        }
        ended = true;
        stopChunks();
        if (told) {
            return;
        }
        if (verdictHeld) {
            settleHeldVerdict(reason);
            return;
        }
        settleByChunk(chunkRefusal());
        Failure doubted = doubt;
        boolean unanswered = settlement.mailReply() == null;
        boolean handedOver = content != null && (content.handedOver() || isAnsweredTooEarly(reason));
        if (doubted != null && !settlement.ledger().isSettled() && cannotHaveIt(reason, handedOver)) {
            replayOrGiveUp(doubted);
            return;
        }
        boolean unprocessed = reason.cause() == FailureCause.SERVER_CLOSING;
        boolean again = unprocessed || (isUntouched(reason) && !replayed);
        if (unanswered && again && ordinal > 1 && replay(reason)) {
            return;
        }
        if (doubted != null && handedOver && !unprocessed) {
            settlement.doubtAll(reason);
        }
        settlement.settleRest(handedOver && !unprocessed ? Disposition.INDETERMINATE : Disposition.NOT_SENT, reason);
        tell();
    }

    /**
     * R-2920-17, R-2920-21: whether the server cannot have taken the message, whose doubt no reply has removed. A server that
     * has all of it, refused RSET and may have gone on all the same is one that may have taken it.
     */
    private boolean cannotHaveIt(Failure reason, boolean handedOver) {
        boolean silent = settlement.mailReply() == null;
        boolean refused = silent
                ? reason.cause() == FailureCause.CONNECTION_LOST
                : settlement.mailRefused() && !settlement.anyAccepted();
        boolean onlyEndMissing = !silent && outstanding <= 1;
        return refused && (silenceIsNo || onlyEndMissing || !handedOver);
    }

    /** R-2920-04: if the order of replies has proved wrong, the final reply may have been another command's. */
    private void settleHeldVerdict(Failure reason) {
        Reply reply = Objects.requireNonNull(settlement.finalReply());
        if (reason.cause() == FailureCause.PROTOCOL_VIOLATION) {
            settlement.settleRest(Disposition.INDETERMINATE, reason);
        } else if (reply.isNegative()) {
            settlement.refuse(Phase.END_OF_DATA, reply);
        } else {
            settlement.accept(reply);
        }
        tell();
    }

    /**
     * R-5321-74: a server that answers the end of the data before its time, but not with a no, may have a message. The
     * answer is the oldest transaction's; it says nothing of those behind.
     */
    private boolean isAnsweredTooEarly(Failure reason) {
        return reason.cause() == FailureCause.PROTOCOL_VIOLATION
                && reason.phase() == Phase.END_OF_DATA
                && reason.reply() != null
                && session().isOldest(this);
    }

    /** R-5321-78: the connection was dead, and no octet of content was given to it. */
    private boolean isUntouched(Failure reason) {
        return reason.cause() == FailureCause.CONNECTION_LOST && !contentStarted();
    }

    /** Ends in good order; not clean if the server must forget a transaction before the next one (R-5321-48). */
    private void end(boolean clean) {
        ended = true;
        Session on = session();
        Reply refusal = settlement.mailReply();
        Failure wornOut = refusal != null && Replies.saysWornOut(refusal) && ordinal > 1 && !told
                ? Failure.of(null, Phase.MAIL, "The connection is worn out", refusal)
                : null;
        if (wornOut != null) {
            on.retire();
        }
        Reply last = settlement.finalReply();
        on.transactionEnded(this, clean, last != null && last.isPositive());
        if (wornOut == null || !replay(wornOut)) {
            tell();
        }
    }

    private void replayOrGiveUp(Failure reason) {
        if (replayed || !replay(reason)) {
            settlement.notSent(reason);
            tell();
        }
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
        Transaction next = new Transaction(request, listener, waiting(), true);
        successor = next;
        // If it is refused but was cancelled meanwhile, the listener has heard of it.
        return session().replay(next, reason, ordinal - 1) || !next.drop();
    }

    private void tell() {
        if (!told) {
            told = true;
            SessionInfo info = session == null ? null : session.info();
            listener.onSettled(settlement.outcome(info, startedAt));
        }
    }

    private void enqueue(Exchange exchange) {
        outstanding++;
        session().enqueue(exchange);
    }

    private Session session() {
        return Objects.requireNonNull(session);
    }

    private TransactionPlan plan() {
        return Objects.requireNonNull(plan);
    }
}
