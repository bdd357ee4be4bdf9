/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.dialogue.Replies;
import io.pipepost.smtp.client.internal.transaction.Evidence;
import io.pipepost.smtp.client.internal.transaction.Evidence.Doubt;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionExchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.util.Collection;
import java.util.List;

/**
 * Which of the transactions of one session are believed, when a reply says something of more than the one that it
 * answers.
 */
@EventLoopConfined
final class Doubts {
    private final Carrier session;
    private final Overlap overlap;
    private final Proving proving;
    private final Collection<Transaction> carried;

    /**
     * For one session.
     *
     * @param carried its transactions, the oldest first
     */
    Doubts(Carrier session, Overlap overlap, Proving proving, Collection<Transaction> carried) {
        this.session = session;
        this.overlap = overlap;
        this.proving = proving;
        this.carried = carried;
    }

    /** What a reply says beyond the transaction that it answers; before that hears of it. */
    void onReply(TransactionExchange owner, Reply reply) {
        assert session.eventLoop().inEventLoop();
        boolean envelope = owner.phase() == Phase.MAIL || owner.phase() == Phase.RCPT;
        if (reply.isNegative()) {
            if (owner.command() instanceof Command.Bdat) {
                proving.onChunkRefused();
            } else if (owner.phase() == Phase.MAIL) {
                onMailRefused(owner.transaction(), reply);
            }
        } else if (envelope && owner.transaction().evidence().isDoubted()) {
            // The server goes on behind a RSET that it refused: what stands behind is judged by its own replies.
            for (Transaction each : carried) {
                if (each != owner.transaction()) {
                    each.evidence().trust();
                }
            }
        }
    }

    /** R-2920-17: MAIL behind another transaction's content was refused as if out of place. */
    private void onMailRefused(Transaction transaction, Reply reply) {
        if (transaction.isBehindAnother() && Replies.deniesOverlap(reply)) {
            overlap.onDenied(reply);
            Failure failure = Failure.of(
                    FailureCause.CONNECTION_LOST,
                    Phase.MAIL,
                    "The server takes no transaction behind another's content",
                    reply);
            transaction.evidence().doubt(failure, Doubt.SERVER_GOES_NO_FURTHER);
            session.retire(Retirement.DENIED_OVERLAP);
        }
    }

    /**
     * R-2920-21: a server that refuses to forget is not to be relied on. What stands behind is judged by its own replies
     * if any of its content has left, and is sent elsewhere if those are refusals. Without them only 554 behind a refused
     * transaction, the way to say "too many", tells that the server goes no further.
     */
    void onResetRefused(Reply reply, Reset.Reason reason, boolean lastSucceeded) {
        boolean denied = reason != Reset.Reason.AFTER_REFUSAL && Replies.deniesOverlap(reply);
        if (denied) {
            overlap.onDenied(reply);
        }
        if (denied && reason == Reset.Reason.PROBE && lastSucceeded) {
            return;
        }
        Failure failure = Failure.of(FailureCause.CONNECTION_LOST, Phase.RSET, "The server refused RSET", reply);
        List<Evidence> behind = carried.stream()
                .filter(each -> !each.isVerdictHeld())
                .map(Transaction::evidence)
                .toList();
        if (behind.stream().anyMatch(Evidence::contentBegun)) {
            boolean leaving = reply.code() == Replies.TRANSACTION_FAILED && !lastSucceeded;
            Doubt doubt = leaving ? Doubt.SERVER_GOES_NO_FURTHER : Doubt.SERVER_MAY_GO_ON;
            behind.forEach(each -> each.doubt(failure, doubt));
            session.retire(Retirement.RESET_REFUSED);
        } else {
            session.fail(failure, () -> {});
        }
    }
}
