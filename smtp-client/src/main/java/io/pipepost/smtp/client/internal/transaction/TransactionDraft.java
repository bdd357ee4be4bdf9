/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.transaction.TransactionPlan.Impossible;
import io.pipepost.smtp.client.internal.transaction.TransactionPlan.Request;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ServerLimits;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a transaction if it enters one session now: it is begun there, or no session with this server takes it,
 * or this one has no room left for it but a fresh one has (R-9422-01). A pure decision, which uses nothing up.
 *
 * @param request the transaction, for those of its recipients only that there is room for; the others are sent later
 * @param plan how it is carried out, if it is begun
 * @param failure why no session takes it, if that is so
 */
public record TransactionDraft(
        Request request,
        @Nullable TransactionPlan plan,
        @Nullable Failure failure) {

    /** Decides, for a session whose server offers and announces this, and is trusted so far. */
    public static TransactionDraft of(Request request, Extensions extensions, SessionLimits limits, Trust trust) {
        try {
            return draft(request, extensions, limits, trust);
        } catch (Impossible e) {
            return new TransactionDraft(request, null, e.failure());
        }
    }

    private static TransactionDraft draft(Request request, Extensions extensions, SessionLimits limits, Trust trust)
            throws Impossible {
        TransactionPlan whole = TransactionPlan.of(request, extensions, trust);
        List<ForwardPath> recipients = request.recipients();
        if (limits.isAmple(recipients.size())) {
            return new TransactionDraft(request, whole, null);
        }
        Predicate<ForwardPath> refused = each -> whole.refusal(each, extensions) != null;
        List<ForwardPath> fitting = limits.fitting(recipients, refused);
        if (fitting.size() == recipients.size()) {
            return new TransactionDraft(request, whole, null);
        }
        if (request.policy() == RecipientPolicy.ALL) {
            return ofAll(request, whole, limits, refused);
        }
        if (fitting.stream().allMatch(refused)) {
            return new TransactionDraft(request, null, null);
        }
        Request fewer = new Request(request.from(), fitting, request.policy(), request.content(), request.flight());
        return new TransactionDraft(fewer, TransactionPlan.of(fewer, extensions, trust), null);
    }

    /** All are wanted or none, and there is not room for all. */
    private static TransactionDraft ofAll(
            Request request, TransactionPlan whole, SessionLimits limits, Predicate<ForwardPath> refused)
            throws Impossible {
        List<ForwardPath> recipients = request.recipients();
        if (recipients.stream().anyMatch(refused)) {
            return new TransactionDraft(request, whole, null);
        }
        if (limits.unused().fitting(recipients, refused).size() < recipients.size()) {
            throw tooMany(recipients.size(), limits.announced());
        }
        return new TransactionDraft(request, null, null);
    }

    private static Impossible tooMany(int recipients, ServerLimits limits) {
        String most = recipients > limits.rcptMax()
                ? limits.rcptMax() + " in one transaction (LIMITS RCPTMAX)"
                : "those of " + limits.rcptDomainMax() + " domains in one session (LIMITS RCPTDOMAINMAX)";
        return new Impossible(
                FailureCause.INVALID_ARGUMENT,
                Phase.RCPT,
                "All " + recipients + " recipients or none are wanted, but the server takes " + most);
    }

    /** Whether this session has no room left for it, and a fresh one has. */
    public boolean isForFreshSession() {
        return plan == null && failure == null;
    }

    /** R-6531-02: a recipient that this server cannot take fails alone, unless all or nobody is wanted. */
    void settleRefused(Settlement settlement, Extensions extensions) {
        TransactionPlan made = plan;
        if (made == null) {
            settlement.notSent(Objects.requireNonNull(failure));
            return;
        }
        Failure first = null;
        for (int i = 0; i < request.recipients().size(); i++) {
            Failure refusal = made.refusal(request.recipients().get(i), extensions);
            if (refusal != null) {
                first = first == null ? refusal : first;
                settlement.notSent(i, refusal);
            }
        }
        if (first != null && request.policy() == RecipientPolicy.ALL) {
            settlement.notSent(Settlement.allOrNothing(first.message()));
        }
    }

    /** Whom the server would be told of; nobody if the transaction is not begun. */
    List<ForwardPath> named(Extensions extensions) {
        TransactionPlan made = plan;
        if (made == null) {
            return List.of();
        }
        List<ForwardPath> named = request.recipients().stream()
                .filter(each -> made.refusal(each, extensions) == null)
                .toList();
        boolean none = request.policy() == RecipientPolicy.ALL
                && named.size() < request.recipients().size();
        return none ? List.of() : named;
    }
}
