/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the replies to one transaction mean for its recipients; decides, and does nothing else. */
@EventLoopConfined
final class Settlement {
    private final RecipientLedger ledger;
    private @Nullable Reply mailReply;
    private @Nullable Reply finalReply;

    private boolean sawRefusal;

    /** What the transaction as a whole failed of; null while replies alone have decided. */
    private @Nullable Failure failure;

    Settlement(List<ForwardPath> recipients) {
        this.ledger = new RecipientLedger(recipients);
    }

    /** A settlement for just these recipients; this one if they are all. */
    Settlement sized(List<ForwardPath> recipients) {
        return recipients.size() == ledger.size() ? this : new Settlement(recipients);
    }

    RecipientLedger ledger() {
        return ledger;
    }

    // ---- replies

    void onMail(Reply reply) {
        mailReply = reply;
        sawRefusal |= reply.isNegative();
    }

    @Nullable
    Reply mailReply() {
        return mailReply;
    }

    boolean mailRefused() {
        return mailReply != null && mailReply.isNegative();
    }

    void onRcpt(int index, Reply reply) {
        sawRefusal |= reply.isNegative();
        if (reply.isPositive()) {
            ledger.accept(index);
        } else if (!mailRefused() && ledger.isUndecided(index)) {
            Disposition how = Replies.recipientRejection(reply, anyAccepted());
            ledger.reject(index, how, Phase.RCPT, reply);
        }
    }

    /** Whether the server has said no to anything, be it of any consequence or not. */
    boolean sawRefusal() {
        return sawRefusal;
    }

    /** Whether the server has said yes to anybody's RCPT. */
    boolean anyAccepted() {
        return ledger.acceptedCount() > 0;
    }

    boolean allAccepted() {
        return ledger.acceptedCount() == ledger.size();
    }

    void onFinal(Reply reply) {
        finalReply = reply;
    }

    @Nullable
    Reply finalReply() {
        return finalReply;
    }

    // ---- decisions

    /** The server has taken the message. */
    void accept(Reply reply) {
        ledger.settle(Disposition.ACCEPTED, Phase.END_OF_DATA, reply);
    }

    /** DATA or the content was refused: that is the word on all who were accepted before. */
    void refuse(Phase phase, Reply reply) {
        sawRefusal = true;
        if (!mailRefused()) {
            ledger.settle(Replies.rejection(reply), phase, reply);
        }
    }

    /** Nobody shall get the message any more. */
    void notSent(Failure reason) {
        failure = failure == null ? reason : failure;
        ledger.settle(Disposition.NOT_SENT, reason);
    }

    /** This recipient cannot be sent to this server. */
    void notSent(int index, Failure reason) {
        failure = failure == null ? reason : failure;
        ledger.notSent(index, reason);
    }

    /** Those who were accepted may have the message. */
    void doubtAccepted(Failure reason) {
        ledger.settleAccepted(Disposition.INDETERMINATE, reason);
    }

    /** Anybody may have the message, whatever was said of him. */
    void doubtAll(Failure reason) {
        failure = reason;
        ledger.settle(Disposition.INDETERMINATE, reason);
    }

    /** No session took the transaction, as the server, or what is in front of it, would not have it. */
    void giveUp(Failure reason) {
        Reply refusal = reason.cause() == null ? reason.reply() : null;
        ledger.settle(refusal == null ? Disposition.NOT_SENT : Replies.rejection(refusal), reason);
        failure = reason;
    }

    /**
     * R-5321-49: a refused MAIL is everybody's refusal. But where the server has the content, and has taken recipients all
     * the same, it may have taken the message, too (R-3030-03).
     */
    void settleRest(Disposition disposition, Failure reason) {
        Reply refusal = mailReply;
        if (mailRefused() && disposition == Disposition.INDETERMINATE && anyAccepted()) {
            failure = reason;
            ledger.settleAccepted(disposition, reason);
        }
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

    // ---- the end

    Transaction.Outcome outcome(@Nullable SessionInfo session, long startedAt) {
        List<RecipientResult> results = ledger.results();
        Failure why = ledger.anyTaken() ? null : failure != null ? failure : rejection(results);
        return new Transaction.Outcome(results, finalReply, why, session, startedAt);
    }

    /** Everybody was rejected by a reply: the first one speaks for all. */
    private static Failure rejection(List<RecipientResult> results) {
        RecipientResult first = results.get(0);
        Reply reply = Objects.requireNonNull(first.reply());
        String who = results.size() == 1 ? first.recipient().toString() : "all " + results.size() + " recipients";
        return Failure.of(null, first.phase(), "The server rejected " + who + " at " + first.phase(), reply);
    }
}
