/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Printable;
import jakarta.mail.Address;
import jakarta.mail.SendFailedException;
import jakarta.mail.event.TransportEvent;
import jakarta.mail.internet.InternetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells an outcome in Jakarta Mail's words. */
final class Report {
    private final Recipients recipients;
    private final Outcome outcome;
    private final Lists lists;

    /**
     * What became of a message.
     *
     * @param recipients each recipient's result, in the order of the envelope; empty if none is known
     * @param result the result, if somebody was accepted
     * @param failure what it failed of, if nobody was
     * @param summary one sentence; null to make one of the recipients' results
     * @param unknown whether it may have been delivered, though no recipient's result says so
     */
    record Outcome(
            List<RecipientResult> recipients,
            @Nullable SendResult result,
            @Nullable Exception failure,
            @Nullable String summary,
            boolean unknown) {
        static Outcome of(SendResult result) {
            return new Outcome(result.recipients(), result, null, null, false);
        }

        static Outcome of(SmtpException failure) {
            return new Outcome(failure.recipients(), null, failure, failure.getMessage(), false);
        }

        static Outcome notSent(String summary) {
            return new Outcome(List.of(), null, null, summary, false);
        }

        static Outcome notSent(String summary, Exception cause) {
            return new Outcome(List.of(), null, cause, summary, false);
        }

        static Outcome unknown(String summary) {
            return new Outcome(List.of(), null, null, summary, true);
        }

        Outcome prefixed(String prefix) {
            return new Outcome(recipients, result, failure, prefix + summary, unknown);
        }

        boolean isDoubtful() {
            return unknown || recipients.stream().anyMatch(result -> result.disposition() == Disposition.INDETERMINATE);
        }
    }

    /** The three lists of a {@link SendFailedException}. */
    record Lists(List<Address> sent, List<Address> unsent, List<Address> invalid) {}

    Report(Recipients recipients, Outcome outcome) {
        this.recipients = recipients;
        this.outcome = outcome;
        this.lists = lists();
    }

    private Lists lists() {
        List<Address> sent = new ArrayList<>();
        List<Address> unsent = new ArrayList<>();
        List<Address> invalid = new ArrayList<>(recipients.malformed().keySet());
        for (int i = 0; i < recipients.addresses().size(); i++) {
            RecipientResult result = resultAt(i);
            List<Address> list =
                    result == null ? unsent : result.isAccepted() ? sent : isInvalid(result) ? invalid : unsent;
            list.add(recipients.addresses().get(i));
        }
        return new Lists(sent, unsent, invalid);
    }

    private @Nullable RecipientResult resultAt(int i) {
        return i < outcome.recipients().size() ? outcome.recipients().get(i) : null;
    }

    private static boolean isInvalid(RecipientResult result) {
        return result.disposition() == Disposition.REJECTED_PERMANENT && result.phase() == Phase.RCPT;
    }

    static Address[] array(List<Address> list) {
        return list.toArray(new Address[0]);
    }

    Lists addresses() {
        return lists;
    }

    int eventType() {
        if (lists.sent().isEmpty()) {
            return TransportEvent.MESSAGE_NOT_DELIVERED;
        }
        return isComplete() ? TransportEvent.MESSAGE_DELIVERED : TransportEvent.MESSAGE_PARTIALLY_DELIVERED;
    }

    boolean isComplete() {
        return lists.unsent().isEmpty() && lists.invalid().isEmpty();
    }

    /** The exception for a message that was not accepted for everybody, or of which everything is to be told. */
    SendFailedException exception(boolean tellSuccess) {
        Exception chain = outcome.failure();
        for (int i = recipients.addresses().size() - 1; i >= 0; i--) {
            RecipientResult result = resultAt(i);
            if (result != null && (result.disposition().isRejected() || (tellSuccess && result.isAccepted()))) {
                InternetAddress address = recipients.addresses().get(i);
                chain = new SmtpAddressFailedException(result.toString(), address, result.reply(), chain);
            }
        }
        for (var malformed : recipients.malformed().entrySet()) {
            InternetAddress address = malformed.getKey();
            String message = "Not an address: " + Printable.of(String.valueOf(address.getAddress())) + ": "
                    + malformed.getValue().getMessage();
            chain = new SmtpAddressFailedException(message, address, null, chain);
        }
        return new SmtpSendFailedException(message(), chain, lists, outcome, outcome.isDoubtful());
    }

    private String message() {
        String summary = outcome.summary();
        StringBuilder text = new StringBuilder(summary == null ? counts() : summary);
        if (outcome.isDoubtful()) {
            text.append(". The message may have been delivered all the same: to send it again can make a duplicate");
        }
        return text.toString();
    }

    private String counts() {
        int sent = lists.sent().size();
        int all = sent + lists.unsent().size() + lists.invalid().size();
        return "The server took the message for " + sent + " of " + all + " recipients";
    }
}
