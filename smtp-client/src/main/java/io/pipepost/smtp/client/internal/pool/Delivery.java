/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.session.ContentPreparation;
import io.pipepost.smtp.client.internal.session.PreparedContent;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code send}: prepares the content, makes as many mail transactions as the recipients need, one after the
 * other (R-5321-57), and completes the caller's future with the results of all.
 */
public final class Delivery implements Transaction.Listener {
    private final Message message;
    private final Terms terms;
    private final CompletableFuture<SendResult> future = new CompletableFuture<>();
    private final long calledAt = System.nanoTime();
    private final List<RecipientResult> results;

    private @Nullable PreparedContent content;
    private @Nullable Reply acceptance;
    private @Nullable SessionInfo session;
    private @Nullable Failure failure;
    private long queuedNanos;

    /**
     * What deliveries of one client share.
     *
     * @param preparation looks through content
     * @param flight how much is sent before a reply is read
     * @param maxRecipients recipients in one transaction
     * @param callbacks completes futures; null for the thread on which the end is known
     * @param submit takes transactions
     */
    public record Terms(
            ContentPreparation preparation,
            FlightOptions flight,
            int maxRecipients,
            @Nullable Executor callbacks,
            Consumer<Transaction> submit) {

        /**
         * The same terms, with another way of handing transactions in.
         *
         * @param other takes transactions
         * @return a changed copy
         */
        public Terms withSubmit(Consumer<Transaction> other) {
            return new Terms(preparation, flight, maxRecipients, callbacks, other);
        }
    }

    private Delivery(Message message, Terms terms) {
        this.message = message;
        this.terms = terms;
        this.results = new ArrayList<>(message.envelope().recipients().size());
    }

    /**
     * Starts a delivery.
     *
     * @param message the message
     * @param terms what the client's deliveries share
     * @return the caller's future
     */
    public static CompletableFuture<SendResult> start(Message message, Terms terms) {
        Delivery delivery = new Delivery(message, terms);
        delivery.start();
        return delivery.future;
    }

    /**
     * Starts a delivery whose outcome is told instead of completing a future.
     *
     * @param message the message
     * @param terms what the client's deliveries share
     * @param listener told once
     */
    public static void start(Message message, Terms terms, Consumer<SendOutcome> listener) {
        start(message, terms)
                .whenComplete(
                        (result, error) -> listener.accept(new SendOutcome(message, result, (SmtpException) error)));
    }

    private void start() {
        int count = recipients().size();
        if (message.recipientPolicy() == RecipientPolicy.ALL && count > terms.maxRecipients()) {
            giveUp(Failure.of(
                    FailureCause.INVALID_ARGUMENT,
                    Phase.ARGUMENT,
                    "All recipients or none are wanted, but " + count
                            + " recipients need several transactions of at most " + terms.maxRecipients()));
            return;
        }
        CompletableFuture<PreparedContent> prepared = terms.preparation().prepare(message.content());
        if (prepared.isDone()) {
            onPrepared(prepared);
        } else {
            prepared.whenComplete((done, error) -> onPrepared(prepared));
        }
    }

    private void onPrepared(CompletableFuture<PreparedContent> prepared) {
        try {
            content = prepared.join();
        } catch (CompletionException e) {
            giveUp(
                    e.getCause() instanceof SmtpException known
                            ? known.failure()
                            : new Failure(
                                    FailureCause.CONTENT_FAILED,
                                    Phase.ARGUMENT,
                                    "Cannot read the content: " + e.getCause(),
                                    null,
                                    e.getCause()));
            return;
        }
        submitNext();
    }

    private List<ForwardPath> recipients() {
        return message.envelope().recipients();
    }

    private void submitNext() {
        int from = results.size();
        int to = Math.min(recipients().size(), from + terms.maxRecipients());
        List<ForwardPath> part = from == 0 && to == recipients().size()
                ? recipients()
                : recipients().subList(from, to);
        terms.submit()
                .accept(new Transaction(
                        message.envelope().from(),
                        part,
                        message.recipientPolicy(),
                        java.util.Objects.requireNonNull(content),
                        terms.flight(),
                        this));
    }

    @Override
    public void onSettled(Transaction.Outcome outcome) {
        if (results.isEmpty()) {
            queuedNanos = outcome.startedAt() - calledAt;
        }
        results.addAll(outcome.recipients());
        Failure reason = outcome.failure();
        if (reason == null) {
            acceptance = outcome.finalReply();
            session = outcome.session();
        } else {
            failure = reason;
            if (results.size() < recipients().size()) {
                leaveOutRest(reason);
            }
        }
        if (results.size() < recipients().size()) {
            submitNext();
        } else {
            complete();
        }
    }

    /** R-5321-57: a transaction that nobody was accepted in is the last one. */
    private void leaveOutRest(Failure reason) {
        FailureCause cause = reason.cause() == null ? FailureCause.CANCELLED : reason.cause();
        for (ForwardPath recipient :
                recipients().subList(results.size(), recipients().size())) {
            results.add(new RecipientResult(recipient, Disposition.NOT_SENT, Phase.QUEUE, null, cause));
        }
    }

    private void giveUp(Failure reason) {
        failure = reason;
        for (ForwardPath recipient : recipients()) {
            results.add(new RecipientResult(
                    recipient, Disposition.NOT_SENT, reason.phase(), reason.reply(), reason.cause()));
        }
        complete();
    }

    private void complete() {
        Executor callbacks = terms.callbacks();
        if (callbacks == null) {
            completeNow();
            return;
        }
        try {
            callbacks.execute(this::completeNow);
        } catch (RejectedExecutionException e) {
            completeNow();
        }
    }

    private void completeNow() {
        Reply reply = acceptance;
        SessionInfo carrier = session;
        if (reply != null && carrier != null) {
            Duration queued = Duration.ofNanos(queuedNanos);
            future.complete(
                    new SendResult(results, reply, carrier, queued, Duration.ofNanos(System.nanoTime() - calledAt)));
        } else {
            future.completeExceptionally(SmtpException.of(java.util.Objects.requireNonNull(failure), results));
        }
    }

    @Override
    public boolean isCancelled() {
        return future.isDone();
    }
}
