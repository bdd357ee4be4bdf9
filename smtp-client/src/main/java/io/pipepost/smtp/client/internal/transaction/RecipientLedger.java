/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about each recipient of one transaction. A result, once decided, never changes: whatever comes later
 * applies to those still undecided.
 */
@EventLoopConfined
final class RecipientLedger {
    /** Stands where RCPT got a yes and nothing more is known, and never leaves; what it says would be true all the same. */
    private static final RecipientResult YES =
            new RecipientResult(ForwardPath.of("postmaster"), Disposition.INDETERMINATE, Phase.RCPT, null, null);

    private final List<ForwardPath> recipients;
    private final @Nullable RecipientResult[] results;
    private int undecided;

    RecipientLedger(List<ForwardPath> recipients) {
        this.recipients = recipients;
        this.results = new RecipientResult[recipients.size()];
        this.undecided = recipients.size();
    }

    int size() {
        return recipients.size();
    }

    ForwardPath recipient(int index) {
        return recipients.get(index);
    }

    /** RCPT got a 2yz reply. */
    void accept(int index) {
        if (isUndecided(index)) {
            results[index] = YES;
        }
    }

    boolean isUndecided(int index) {
        RecipientResult result = results[index];
        return result == null || isYes(result);
    }

    @SuppressWarnings("ReferenceEquality") // It is the mark itself that counts.
    private static boolean isYes(@Nullable RecipientResult result) {
        return result == YES;
    }

    boolean isSettled() {
        return undecided == 0;
    }

    void reject(int index, Disposition disposition, Phase phase, Reply reply) {
        decide(index, new RecipientResult(recipients.get(index), disposition, phase, reply, null));
    }

    void notSent(int index, Failure failure) {
        decide(index, result(index, Disposition.NOT_SENT, failure));
    }

    /** Settles all that are left by a reply. */
    void settle(Disposition disposition, Phase phase, Reply reply) {
        for (int i = 0; i < results.length; i++) {
            if (isUndecided(i)) {
                decide(i, new RecipientResult(recipients.get(i), disposition, phase, reply, null));
            }
        }
    }

    /** Settles all that are left, without a deciding reply. */
    void settle(Disposition disposition, Failure failure) {
        for (int i = 0; i < results.length; i++) {
            if (isUndecided(i)) {
                decide(i, result(i, disposition, failure));
            }
        }
    }

    /** Settles those whose RCPT got a yes, and leaves the rest. */
    void settleAccepted(Disposition disposition, Failure failure) {
        for (int i = 0; i < results.length; i++) {
            if (isYes(results[i])) {
                decide(i, result(i, disposition, failure));
            }
        }
    }

    private RecipientResult result(int index, Disposition disposition, Failure failure) {
        return RecipientResult.of(recipients.get(index), disposition, failure);
    }

    private void decide(int index, RecipientResult result) {
        results[index] = result;
        undecided--;
    }

    /** Whether the server has taken responsibility for anybody. */
    boolean anyTaken() {
        for (RecipientResult result : results) {
            if (result != null && result.isAccepted()) {
                return true;
            }
        }
        return false;
    }

    /** All results, in order; every recipient must be settled. */
    @SuppressWarnings("NullAway") // None is null once all are settled.
    List<RecipientResult> results() {
        assert isSettled();
        return List.of(results);
    }
}
