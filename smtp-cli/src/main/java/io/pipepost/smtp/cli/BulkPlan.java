/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.ForwardPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides from the ledger which recipients of a message are to get it in this run. */
final class BulkPlan {
    private final Ledger ledger;
    private final boolean resendIndeterminate;
    private final String server;

    /**
     * A plan.
     *
     * @param server what to name as the server of messages whose outcome was lost with the program
     */
    BulkPlan(Ledger ledger, boolean resendIndeterminate, String server) {
        this.ledger = ledger;
        this.resendIndeterminate = resendIndeterminate;
        this.server = server;
    }

    /** Whether, and to whom, a message is to be sent. */
    BulkFinding find(BulkInput.Entry entry) throws IOException, BrokenInputException {
        LedgerIndex index = ledger.index();
        if (!index.see(entry.id())) {
            throw new BrokenInputException(entry.place(), "the id " + Json.write(entry.id()) + " was there before");
        }
        LedgerIndex.Known known = index.get(entry.id());
        if (!known.started() && isSettled(known.state())) {
            return new BulkFinding.Left(known.state());
        }
        BulkEnvelope envelope = entry.envelope();
        if (!known.started() && known.state() == LedgerIndex.State.NONE) {
            return attempt(entry, envelope, envelope.to().values(), null);
        }
        return resume(entry, envelope, known);
    }

    private static boolean isSettled(LedgerIndex.State state) {
        return state == LedgerIndex.State.ACCEPTED || state == LedgerIndex.State.REJECTED;
    }

    private static BulkFinding attempt(
            BulkInput.Entry entry,
            BulkEnvelope envelope,
            Collection<ForwardPath> recipients,
            @Nullable LedgerResult earlier)
            throws BrokenInputException {
        Envelope part = new Envelope(envelope.from(), List.copyOf(recipients));
        Message message = new Message(part, entry.content(), RecipientPolicy.ANY);
        return new BulkFinding.ToSend(new BulkAttempt(entry.id(), message, earlier));
    }

    /** Once started, and without a result behind that, whoever was not settled before may have got the message. */
    private BulkFinding resume(BulkInput.Entry entry, BulkEnvelope envelope, LedgerIndex.Known known)
            throws IOException, BrokenInputException {
        LedgerResult earlier = known.state() == LedgerIndex.State.NONE ? null : ledger.read(known.offset());
        Map<String, String> dispositions = earlier == null ? Map.of() : earlier.dispositions();
        List<ForwardPath> toSend = new ArrayList<>();
        List<String> inDoubt = new ArrayList<>();
        envelope.to().forEach((address, recipient) -> {
            String disposition = dispositions.getOrDefault(address, "not-sent");
            if (LedgerResult.isSettled(disposition)) {
                return;
            }
            if (resendIndeterminate || !(known.started() || disposition.equals("indeterminate"))) {
                toSend.add(recipient);
            } else {
                inDoubt.add(address);
            }
        });
        if (!toSend.isEmpty()) {
            return attempt(entry, envelope, toSend, earlier);
        }
        if (known.started() && !inDoubt.isEmpty()) {
            LedgerResult doubt = LedgerResult.doubt(entry.id(), server, inDoubt);
            return new BulkFinding.InDoubt(earlier == null ? doubt : earlier.with(doubt));
        }
        return new BulkFinding.Left(known.state());
    }
}
