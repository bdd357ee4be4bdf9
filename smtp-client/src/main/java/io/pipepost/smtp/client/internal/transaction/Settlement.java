/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.dialogue.Replies;
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

/** What becomes of each recipient of one transaction, as {@link Verdict} has it; does nothing else. */
@EventLoopConfined
final class Settlement {
    private final Evidence evidence;
    private final RecipientLedger ledger;

    /** What the transaction as a whole failed of; null while replies alone have decided. */
    private @Nullable Failure failure;

    Settlement(List<ForwardPath> recipients, Evidence evidence) {
        this.ledger = new RecipientLedger(recipients);
        this.evidence = evidence;
    }

    /** A settlement for just these recipients; this one if they are all. */
    Settlement sized(List<ForwardPath> recipients) {
        return recipients.size() == ledger.size() ? this : new Settlement(recipients, evidence);
    }

    RecipientLedger ledger() {
        return ledger;
    }

    boolean allAccepted() {
        return evidence.accepted() == ledger.size();
    }

    /** R-5321-50: what is said of one recipient is said of nobody else. */
    void onRcpt(int index, Reply reply) {
        boolean earlierAccepted = evidence.accepted() > 0;
        evidence.onRcpt(reply);
        if (reply.isPositive()) {
            ledger.accept(index);
        } else if (!evidence.mailRefused() && ledger.isUndecided(index)) {
            ledger.reject(index, Replies.recipientRejection(reply, earlierAccepted), Phase.RCPT, reply);
        }
    }

    // ---- decisions

    /**
     * Tells everybody whom nothing has decided before.
     *
     * @param decision what becomes of them
     * @param phase the step that decides
     * @param reply the reply that decides, if one does
     * @param reason why, for whom no reply decides
     */
    void decide(Decision decision, Phase phase, @Nullable Reply reply, Failure reason) {
        switch (decision) {
            case ACCEPT -> ledger.settle(Disposition.ACCEPTED, phase, Objects.requireNonNull(reply));
            case REFUSE -> refuse(phase, Objects.requireNonNull(reply), reason);
            case REFUSE_BY_CHUNK -> refuse(Phase.WRITE, Objects.requireNonNull(evidence.chunkRefusal()), reason);
            case NOT_SENT, REPLAY -> settleRest(Disposition.NOT_SENT, reason);
            case REPLAY_ONCE -> notSent(reason);
            case INDETERMINATE -> settleRest(Disposition.INDETERMINATE, reason);
            case ALL_INDETERMINATE -> settleAll(Disposition.INDETERMINATE, reason);
            case BREAK_OFF, HOLD, GO_ON -> {}
        }
    }

    /** DATA or the content was refused: that is the word on all who were accepted before. */
    private void refuse(Phase phase, Reply reply, Failure reason) {
        if (!evidence.mailRefused()) {
            ledger.settle(Replies.rejection(reply), phase, reply);
        }
        settleRest(Disposition.NOT_SENT, reason);
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

    /** No session took the transaction, as the server, or what is in front of it, would not have it. */
    void giveUp(Failure reason) {
        Reply refusal = reason.cause() == FailureCause.REJECTED ? reason.reply() : null;
        settleAll(refusal == null ? Disposition.NOT_SENT : Replies.rejection(refusal), reason);
    }

    private void settleAll(Disposition disposition, Failure reason) {
        failure = reason;
        ledger.settle(disposition, reason);
    }

    /**
     * R-5321-49: a refused MAIL is everybody's refusal. But where the server has the content, and has taken recipients all
     * the same, it may have taken the message, too (R-3030-03).
     */
    private void settleRest(Disposition disposition, Failure reason) {
        if (ledger.isSettled()) {
            return;
        }
        Reply refusal = evidence.mailRefused() ? evidence.mailReply() : null;
        if (refusal == null) {
            settleAll(disposition, reason);
            return;
        }
        if (disposition == Disposition.INDETERMINATE && evidence.accepted() > 0) {
            failure = reason;
            ledger.settleAccepted(disposition, reason);
        }
        if (refusal.code() == Replies.AUTHENTICATION_REQUIRED) {
            settleAll(
                    Disposition.NOT_SENT,
                    Failure.of(
                            FailureCause.AUTH_UNAVAILABLE,
                            Phase.MAIL,
                            "The server wants authentication first (SmtpClient.Builder.credentials)",
                            refusal));
        } else {
            ledger.settle(Replies.rejection(refusal), Phase.MAIL, refusal);
        }
    }

    static Failure allOrNothing(String why) {
        return Failure.of(FailureCause.CANCELLED, Phase.RCPT, why + ", and all recipients or none were wanted");
    }

    // ---- the end

    TransactionOutcome outcome(@Nullable SessionInfo session, long startedAt) {
        List<RecipientResult> results = ledger.results();
        Failure why = ledger.anyTaken() ? null : failure != null ? failure : rejection(results);
        return new TransactionOutcome(results, evidence.finalReply(), why, session, startedAt);
    }

    /** Everybody was rejected by a reply: the first one speaks for all. */
    private static Failure rejection(List<RecipientResult> results) {
        RecipientResult first = results.get(0);
        Reply reply = Objects.requireNonNull(first.reply());
        String who = results.size() == 1 ? first.recipient().toString() : "all " + results.size() + " recipients";
        return Failure.rejected(first.phase(), "The server rejected " + who + " at " + first.phase(), reply);
    }
}
