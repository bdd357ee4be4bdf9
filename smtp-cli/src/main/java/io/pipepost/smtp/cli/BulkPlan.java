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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Decides from the ledger which recipients of a message are to get it in this run. */
final class BulkPlan {
    private final Ledger ledger;
    private final boolean resendIndeterminate;
    private final String server;
    private final Consumer<LedgerIndex.State> left;
    private final Consumer<LedgerResult> unknown;

    /**
     * A plan.
     *
     * @param server what to name as the server of messages whose outcome was lost with the program
     * @param left gets the state of each message of which nothing is to be sent
     * @param unknown gets messages whose outcome was lost with the program, if they are not to be sent again
     */
    BulkPlan(
            Ledger ledger,
            boolean resendIndeterminate,
            String server,
            Consumer<LedgerIndex.State> left,
            Consumer<LedgerResult> unknown) {
        this.ledger = ledger;
        this.resendIndeterminate = resendIndeterminate;
        this.server = server;
        this.left = left;
        this.unknown = unknown;
    }

    /** What is to be sent of a message; null if nothing. */
    @Nullable
    BulkAttempt attempt(BulkInput.Entry entry) throws IOException, BrokenInputException {
        LedgerIndex index = ledger.index();
        if (!index.see(entry.id())) {
            throw new BrokenInputException(entry.place(), "the id " + Json.write(entry.id()) + " was there before");
        }
        LedgerIndex.Known known = index.get(entry.id());
        if (!known.started() && isSettled(known.state())) {
            left.accept(known.state());
            return null;
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

    private static BulkAttempt attempt(
            BulkInput.Entry entry,
            BulkEnvelope envelope,
            Collection<ForwardPath> recipients,
            @Nullable LedgerResult earlier)
            throws BrokenInputException {
        Envelope part = new Envelope(envelope.from(), List.copyOf(recipients));
        return new BulkAttempt(entry.id(), new Message(part, entry.content(), RecipientPolicy.ANY), earlier);
    }

    /** Once started, and without a result behind that, whoever was not settled before may have got the message. */
    private @Nullable BulkAttempt resume(BulkInput.Entry entry, BulkEnvelope envelope, LedgerIndex.Known known)
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
            unknown.accept(earlier == null ? doubt : earlier.with(doubt));
        } else {
            left.accept(known.state());
        }
        return null;
    }
}
