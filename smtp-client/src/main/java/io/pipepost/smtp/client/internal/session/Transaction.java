/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One mail transaction (RFC 5321 section 3.3) and the outcome of each of its recipients.
 *
 * <pre>
 *   queued --start--> MAIL RCPT*  --+-- DATA --354--> content --+
 *                                   |      \--354, nobody accepted--> lone dot --+
 *                                   +-- BDAT n LAST + content --+                |
 *                                   |                           v                v
 *                                   +-- nobody accepted ---> ended: each recipient settled by its own reply
 *   any of these -- connection lost --> replayed once elsewhere, or each recipient settled by {@link #onFailure}
 * </pre>
 *
 * <p>DATA or BDAT either follow RCPT at once or wait until every reply to RCPT is in; {@link TransactionPlan} says which.
 * Before {@link #start} any one thread may own a transaction; from then on its session's event loop does.
 */
public final class Transaction {
    private final TransactionPlan.Request request;
    private final RecipientLedger ledger;
    private final Listener listener;

    /** Whether this is the second attempt (R-5321-78, R-5321-83). */
    private final boolean replayed;

    private @Nullable Session session;
    private @Nullable TransactionPlan plan;
    private @Nullable ContentWriter content;
    private @Nullable Reply mailReply;
    private @Nullable Reply finalReply;

    /** What the transaction as a whole failed of; null while replies alone have decided. */
    private @Nullable Failure failure;

    /** Exchanges of this transaction whose replies are missing. */
    private int outstanding;

    /** Whether content waits for the reply to MAIL. */
    private boolean contentHeld;

    private boolean ended;
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
        this(new TransactionPlan.Request(from, recipients, policy, content, flight), listener, false);
    }

    private Transaction(TransactionPlan.Request request, Listener listener, boolean replayed) {
        this.request = request;
        this.ledger = new RecipientLedger(request.recipients());
        this.listener = listener;
        this.replayed = replayed;
    }

    /**
     * Whether nobody waits for the end any more.
     *
     * @return true once the caller has given up
     */
    public boolean isCancelled() {
        return listener.isCancelled();
    }

    /**
     * Gives up a transaction that is in no session.
     *
     * @param reason why
     */
    public void giveUp(Failure reason) {
        startedAt = System.nanoTime();
        Reply refusal = reason.cause() == null ? reason.reply() : null;
        ledger.settle(refusal == null ? Disposition.NOT_SENT : Replies.rejection(refusal), reason);
        failure = reason;
        tellListener();
    }

    // ---- the envelope

    void start(Session on) {
        session = on;
        startedAt = System.nanoTime();
        TransactionPlan made;
        try {
            made = TransactionPlan.of(request, on.extensions());
        } catch (TransactionPlan.Impossible e) {
            failure = e.failure();
            ledger.settle(Disposition.NOT_SENT, e.failure());
            end(true);
            return;
        }
        plan = made;
        refuseLocally(made, on);
        if (ledger.isSettled()) {
            end(true);
            return;
        }
        enqueue(new TransactionExchange.Mail(this, made.mail()));
        for (int i = 0; i < ledger.size(); i++) {
            if (ledger.isUndecided(i)) {
                enqueue(new TransactionExchange.Rcpt(this, new Command.Rcpt(ledger.recipient(i)), i));
            }
        }
        contentHeld = made.contentWithEnvelope() && holdsContent(made, on);
        if (made.contentWithEnvelope() && !contentHeld) {
            requestContent(made);
        }
        on.writeReady();
    }

    /** R-6531-02: a recipient that this server cannot take fails alone, unless all or nobody is wanted. */
    private void refuseLocally(TransactionPlan made, Session on) {
        for (int i = 0; i < ledger.size(); i++) {
            Failure refusal = made.refusal(ledger.recipient(i), on.extensions());
            if (refusal != null) {
                failure = failure == null ? refusal : failure;
                ledger.notSent(i, refusal);
            }
        }
        if (failure != null && request.policy() == RecipientPolicy.ALL) {
            ledger.settle(Disposition.NOT_SENT, allOrNothing(failure.message()));
        }
    }

    /** R-2920-18: content by BDAT waits for the reply to MAIL if the connection may be dead; a DATA line is no content. */
    private static boolean holdsContent(TransactionPlan made, Session on) {
        return made.chunk() != null && on.mistrustsConnection();
    }

    private void requestContent(TransactionPlan made) {
        Command.BdatLast chunk = made.chunk();
        if (chunk == null) {
            enqueue(new TransactionExchange.Data(this));
        } else {
            enqueue(new TransactionExchange.Content(this, chunk, newWriter(made)));
        }
    }

    private ContentWriter newWriter(TransactionPlan made) {
        ContentWriter writer = session().newWriter(request.content(), made);
        content = writer;
        return writer;
    }

    void onMail(Reply reply) {
        mailReply = reply;
        if (reply.isNegative()) {
            outstanding -= session().withdraw(this);
        } else if (contentHeld) {
            requestContent(plan());
        }
    }

    void onRcpt(int index, Reply reply) {
        if (reply.isPositive()) {
            ledger.accept(index);
        } else if (!mailRefused()) {
            Disposition how = Replies.recipientRejection(reply, ledger.acceptedCount() > 0);
            ledger.reject(index, how, Phase.RCPT, reply);
        }
    }

    private boolean mailRefused() {
        return mailReply != null && mailReply.isNegative();
    }

    /** A reply has been delivered. If it was the last one missing and nothing has come of it, content comes next. */
    void answered() {
        outstanding--;
        if (outstanding > 0 || ended) {
            return;
        }
        boolean aborted = request.policy() == RecipientPolicy.ALL && ledger.acceptedCount() < ledger.size();
        if (mailRefused() || ledger.acceptedCount() == 0 || aborted) {
            endRefused();
        } else {
            requestContent(plan());
        }
    }

    // ---- the content

    void onData(Reply reply) {
        if (reply.isNegative()) {
            if (!mailRefused()) {
                ledger.settle(Replies.rejection(reply), Phase.DATA, reply);
            }
            endRefused();
        } else if (ledger.acceptedCount() == 0) {
            outstanding++;
            session().enqueueFirst(new TransactionExchange.LoneDot(this));
        } else if (mailRefused()) {
            // R-2920-07: neither a message nor a lone dot may be sent.
            breakOff(violation(Phase.DATA, "The server refused MAIL and asks for content all the same", reply));
        } else {
            outstanding++;
            session().enqueueFirst(new TransactionExchange.Content(this, null, newWriter(plan())));
        }
    }

    /** The reply that decides (R-5321-72). */
    void onFinal(Reply reply, ContentWriter writer) {
        if (!writer.isWritten()) {
            onEarlyReply(reply, writer);
            return;
        }
        finalReply = reply;
        if (reply.isNegative()) {
            if (!mailRefused()) {
                ledger.settle(Replies.rejection(reply), Phase.END_OF_DATA, reply);
            }
            endRefused();
        } else if (ledger.acceptedCount() == 0) {
            endRefused();
        } else if (mailRefused()) {
            // R-3030-03: the server may have delivered something that it had refused.
            Failure violation =
                    violation(Phase.END_OF_DATA, "The server refused MAIL and accepted content all the same", reply);
            ledger.settleAccepted(Disposition.INDETERMINATE, violation);
            breakOff(violation);
        } else {
            ledger.settle(Disposition.ACCEPTED, Phase.END_OF_DATA, reply);
            end(true);
        }
    }

    /** R-5321-74, R-5321-82: a reply to the end of the data that comes before the end of the data. */
    private void onEarlyReply(Reply reply, ContentWriter writer) {
        if (reply.isNegative()) {
            if (!mailRefused()) {
                ledger.settle(Replies.rejection(reply), Phase.WRITE, reply);
            }
            breakOff(Failure.of(null, Phase.WRITE, "The server refused the message while it was being sent", reply));
            return;
        }
        // The server believes that it has a message.
        Phase phase = writer.handedOver() ? Phase.END_OF_DATA : Phase.WRITE;
        Failure early = violation(phase, "The server answered the end of the data before it was sent", reply);
        settleRest(Disposition.INDETERMINATE, early);
        breakOff(early);
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
        settleRest(Disposition.NOT_SENT, allOrNothing("Another recipient was refused"));
        end(false);
    }

    /** R-5321-49: a refused MAIL is everybody's refusal, whatever came after it. */
    private void settleRest(Disposition disposition, Failure reason) {
        Reply refusal = mailReply;
        if (refusal == null || !refusal.isNegative()) {
            if (!ledger.isSettled()) {
                failure = reason;
                ledger.settle(disposition, reason);
            }
        } else if (refusal.code() == Replies.AUTHENTICATION_REQUIRED) {
            failure = Failure.of(
                    FailureCause.AUTH_UNAVAILABLE, Phase.MAIL, "The server wants authentication first", refusal);
            ledger.settle(Disposition.NOT_SENT, failure);
        } else {
            ledger.settle(Replies.rejection(refusal), Phase.MAIL, refusal);
        }
    }

    private static Failure allOrNothing(String why) {
        return Failure.of(FailureCause.CANCELLED, Phase.RCPT, why + ", and all recipients or none were wanted");
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
        boolean unprocessed = reason.cause() == FailureCause.SERVER_CLOSING;
        if (mailReply == null && (unprocessed || isUntouched(reason)) && replay(reason)) {
            return;
        }
        boolean handedOver = content != null && (content.handedOver() || answersTooEarly(reason));
        settleRest(handedOver && !unprocessed ? Disposition.INDETERMINATE : Disposition.NOT_SENT, reason);
        tellListener();
    }

    /** R-5321-74: a server that answers the end of the data before its time, but not with a no, may have a message. */
    private static boolean answersTooEarly(Failure reason) {
        return reason.cause() == FailureCause.PROTOCOL_VIOLATION
                && reason.phase() == Phase.END_OF_DATA
                && reason.reply() != null;
    }

    /** R-5321-78: the connection was dead, and no octet of content was given to it. */
    private boolean isUntouched(Failure reason) {
        return reason.cause() == FailureCause.CONNECTION_LOST && (content == null || !content.isStarted());
    }

    /** Ends in good order; not clean if the server must forget a transaction before the next one (R-5321-48). */
    private void end(boolean clean) {
        ended = true;
        Session on = session();
        Reply refusal = mailReply;
        Failure wornOut = refusal != null && Replies.saysWornOut(refusal) && on.isReused() && !replayed
                ? Failure.of(null, Phase.MAIL, "The connection is worn out", refusal)
                : null;
        if (wornOut != null) {
            on.retire();
        }
        on.transactionEnded(clean, finalReply != null && finalReply.isPositive());
        if (wornOut != null && replay(wornOut)) {
            return;
        }
        tellListener();
    }

    /** Hands on a transaction like this one, not yet started; once, and only if the connection was a reused one. */
    private boolean replay(Failure reason) {
        Session on = session();
        return !replayed && on.isReused() && on.replay(new Transaction(request, listener, true), reason);
    }

    private void tellListener() {
        List<RecipientResult> results = ledger.results();
        Failure why = ledger.anyTaken() ? null : failure != null ? failure : rejection(results);
        SessionInfo info = session == null ? null : session.info();
        listener.onSettled(new Outcome(results, finalReply, why, info, startedAt));
    }

    /** Everybody was rejected by a reply: the first one speaks for all. */
    private static Failure rejection(List<RecipientResult> results) {
        RecipientResult first = results.get(0);
        Reply reply = Objects.requireNonNull(first.reply());
        String who = results.size() == 1 ? first.recipient().toString() : "all " + results.size() + " recipients";
        return Failure.of(null, first.phase(), "The server rejected " + who + " at " + first.phase(), reply);
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
