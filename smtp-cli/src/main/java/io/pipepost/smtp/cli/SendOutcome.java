/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Reply;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What became of one message, however its future completed.
 *
 * @param id the message's number in this run
 * @param server the server
 * @param tls the TLS in force, or null
 * @param reply the reply that decided, or null
 * @param recipients one result for each recipient
 * @param error one sentence, or null if somebody was accepted
 * @param millis from sending to the outcome
 */
record SendOutcome(
        String id,
        String server,
        @Nullable TlsFacts tls,
        @Nullable Reply reply,
        List<RecipientResult> recipients,
        @Nullable String error,
        long millis) {

    /**
     * The outcome.
     *
     * @param result what the future completed with, or null
     * @param thrown what it failed with, if there is no result
     */
    static SendOutcome of(
            String id,
            Message message,
            LastSession last,
            @Nullable SendResult result,
            @Nullable Throwable thrown,
            long millis) {
        if (result != null) {
            SessionInfo session = result.session();
            String server = ServerAddress.text(session.host(), session.port());
            return new SendOutcome(id, server, session.tls(), result.reply(), result.recipients(), null, millis);
        }
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof SmtpException known) {
            String error = OptionNames.in(known.failure().message());
            return new SendOutcome(id, last.server(), last.tls(), known.reply(), known.recipients(), error, millis);
        }
        String error = "this is an error in the program: " + Text.printable(String.valueOf(cause));
        return new SendOutcome(id, last.server(), last.tls(), null, allUnknown(message), error, millis);
    }

    /** After an error of the program itself nothing is certain. */
    private static List<RecipientResult> allUnknown(Message message) {
        return message.envelope().recipients().stream()
                .map(recipient ->
                        new RecipientResult(recipient, Disposition.INDETERMINATE, Phase.END_OF_DATA, null, null))
                .toList();
    }

    Set<Disposition> dispositions() {
        return recipients.stream()
                .map(RecipientResult::disposition)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Disposition.class)));
    }

    /** The worst that holds, in one word. */
    String outcome() {
        Set<Disposition> found = dispositions();
        if (found.contains(Disposition.INDETERMINATE)) {
            return "indeterminate";
        }
        if (found.contains(Disposition.ACCEPTED)) {
            return found.size() == 1 ? "accepted" : "partial";
        }
        return found.stream().anyMatch(Disposition::isRejected) ? "rejected" : "not-sent";
    }

    Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("outcome", outcome());
        json.put("server", server);
        json.put("tls", tls == null ? null : json(tls));
        json.put("reply", reply == null ? null : json(reply));
        json.put("recipients", recipients.stream().map(SendOutcome::json).toList());
        json.put("error", error);
        json.put("millis", millis);
        return json;
    }

    private static Map<String, @Nullable Object> json(TlsFacts tls) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("protocol", tls.protocol());
        json.put("cipher", tls.cipherSuite());
        return json;
    }

    private static Map<String, @Nullable Object> json(Reply reply) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("code", reply.code());
        json.put("enhanced", reply.enhancedStatus());
        json.put("lines", reply.lines());
        return json;
    }

    private static Map<String, @Nullable Object> json(RecipientResult result) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("address", result.recipient());
        json.put("disposition", result.disposition());
        json.put("phase", result.phase());
        json.put("reply", result.reply() == null ? null : json(result.reply()));
        json.put("cause", result.cause());
        return json;
    }
}
