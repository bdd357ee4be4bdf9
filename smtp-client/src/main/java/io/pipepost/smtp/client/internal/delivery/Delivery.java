/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.mail.Content;
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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code send}: prepares the content, makes as many mail transactions as the recipients need, one after the
 * other (R-5321-57), and completes the caller's future with the results of all.
 */
public final class Delivery implements Transaction.Listener {
    private static final Failure CANCELLED =
            Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "The caller cancelled the message");

    private final Message message;
    private final Terms terms;
    private final Work work;
    private final SendFuture future = new SendFuture(this);
    private final long calledAt = System.nanoTime();
    private final ResultSheet sheet;

    private @Nullable PreparedContent content;
    private @Nullable Reply acceptance;
    private @Nullable SessionInfo session;
    private @Nullable Failure failure;
    private long queuedNanos;

    /** Recipients of the transaction under way; the server may take fewer. */
    private int submitted;

    /** Whether a session took any of it. */
    private boolean begun;

    private @Nullable Future<?> timer;

    // The first two are written by whoever goes on with the delivery and read by whoever aborts it, the third the other
    // way round. Both write first and read then, so that one of them at least sees what the other has written.
    private volatile @Nullable CompletableFuture<PreparedContent> preparing;
    private volatile @Nullable Transaction current;
    private volatile @Nullable Failure abort;

    /** Where transactions wait for a session. */
    public interface Work {
        /**
         * Takes a transaction.
         *
         * @param transaction a transaction that was not started; settled in any case
         */
        void submit(Transaction transaction);

        /**
         * Forgets a transaction that is about to be given up, if it is still waiting.
         *
         * @param transaction a transaction that was taken, or is being taken
         */
        void withdraw(Transaction transaction);

        /**
         * Whether messages are bounded elsewhere.
         *
         * @return true if they wait as long as it takes
         */
        default boolean isPatient() {
            return false;
        }
    }

    private Delivery(Message message, Terms terms, Work work) {
        this.message = message;
        this.sheet = new ResultSheet(message.envelope().recipients());
        this.terms = terms;
        this.work = work;
    }

    /**
     * Starts a delivery.
     *
     * @param message the message
     * @param terms what the client's deliveries share
     * @param work takes its transactions
     * @return the caller's future
     */
    public static CompletableFuture<SendResult> start(Message message, Terms terms, Work work) {
        Delivery delivery = new Delivery(message, terms, work);
        delivery.start();
        return delivery.future;
    }

    /**
     * Fails a delivery that does not begin.
     *
     * @param message the message
     * @param terms what the client's deliveries share
     * @param work would have taken its transactions
     * @param reason why
     * @return the caller's future
     */
    public static CompletableFuture<SendResult> refuse(Message message, Terms terms, Work work, Failure reason) {
        Delivery delivery = new Delivery(message, terms, work);
        delivery.giveUp(reason);
        return delivery.future;
    }

    /**
     * Starts a delivery whose outcome is told instead of completing a future.
     *
     * @param message the message
     * @param terms what the client's deliveries share
     * @param work takes its transactions
     * @param listener told once
     */
    public static void start(Message message, Terms terms, Work work, Consumer<SendOutcome> listener) {
        start(message, terms, work)
                .whenComplete(
                        (result, error) -> listener.accept(new SendOutcome(message, result, (SmtpException) error)));
    }

    private void start() {
        int count = message.envelope().recipients().size();
        if (message.recipientPolicy() == RecipientPolicy.ALL && count > terms.maxRecipients()) {
            giveUp(Failure.of(
                    FailureCause.INVALID_ARGUMENT,
                    Phase.ARGUMENT,
                    "All recipients or none are wanted, but " + count
                            + " recipients need several transactions of at most " + terms.maxRecipients()));
            return;
        }
        startTimer();
        Signing signing = terms.signing();
        PreparedContent ready = terms.preparations().ready(message.content());
        if (signing == null && ready != null) {
            content = ready;
            submitNext();
            return;
        }
        CompletableFuture<PreparedContent> prepared = signing == null || isRefused(ready)
                ? terms.preparations().prepare(message.content(), work.isPatient())
                : prepareSigned(signing);
        if (prepared.isDone()) {
            onPrepared(prepared);
        } else {
            preparing = prepared;
            prepared.whenComplete((done, error) -> onPrepared(prepared));
            abortPreparing();
        }
    }

    /** Nothing unsound is signed, where that can be seen at once. */
    private boolean isRefused(@Nullable PreparedContent ready) {
        return message.content() instanceof Content.Bytes && ready == null;
    }

    private CompletableFuture<PreparedContent> prepareSigned(Signing signing) {
        Signing.Job job = signing.sign(message.content().pinned(), work.isPatient());
        CompletableFuture<PreparedContent> prepared =
                job.signed().thenCompose(content -> terms.preparations().prepare(content, true));
        prepared.whenComplete((done, error) -> job.cancel());
        return prepared;
    }

    private void startTimer() {
        Duration deadline = terms.deadline();
        if (deadline != null) {
            // Without one, the client is closed, of which the delivery is about to hear; or the steps' own clocks are
            // left.
            timer = Loops.schedule(terms.timers(), this::expire, deadline);
        }
    }

    private void onPrepared(CompletableFuture<PreparedContent> prepared) {
        try {
            content = prepared.join();
        } catch (CompletionException e) {
            Throwable why = Border.unwrapped(e);
            giveUp(why instanceof SmtpException known ? known.failure() : unread(why));
            return;
        }
        submitNext();
    }

    private static Failure unread(Throwable cause) {
        String why = "Cannot read the content: " + Border.CONTENT.textOf(cause);
        return new Failure(FailureCause.CONTENT_FAILED, Phase.ARGUMENT, why, null, cause);
    }

    private void submitNext() {
        List<ForwardPath> part = sheet.next(terms.maxRecipients());
        Transaction next = new Transaction(
                message.envelope().from(),
                part,
                message.recipientPolicy(),
                Objects.requireNonNull(content),
                terms.flight(),
                this);
        submitted = part.size();
        current = next;
        Failure reason = abort;
        if (reason == null) {
            work.submit(next);
        } else {
            next.cancel(reason);
        }
    }

    // ---- giving up

    /** Keeps from being sent what can still be kept. Called by any thread. */
    void cancel() {
        if (!future.isDone()) {
            Transaction transaction = abort(CANCELLED);
            if (transaction != null) {
                transaction.cancel(CANCELLED);
            }
        }
    }

    private void expire() {
        Failure late = Failure.of(
                FailureCause.TIMEOUT,
                Phase.QUEUE,
                "The message was not settled within " + Words.of(Objects.requireNonNull(terms.deadline()))
                        + ", its deadline (SmtpClient.Builder.messageDeadline)");
        Transaction transaction = abort(late);
        if (transaction != null) {
            transaction.expire(late);
        }
    }

    /** Lets nothing more begin; gives the transaction under way, if there is one, which waits in no queue any more. */
    private @Nullable Transaction abort(Failure reason) {
        abort = reason;
        abortPreparing();
        Transaction transaction = current;
        if (transaction != null) {
            // Before anybody hears of the end, so that there is room for what follows from it.
            work.withdraw(transaction);
        }
        return transaction;
    }

    /** Whoever completes the preparation first decides how the delivery goes on. */
    private void abortPreparing() {
        CompletableFuture<PreparedContent> prepared = preparing;
        Failure reason = abort;
        if (prepared != null && reason != null) {
            prepared.completeExceptionally(SmtpException.of(reason, List.of()));
        }
    }

    // ---- the end

    @Override
    public void onSettled(TransactionOutcome outcome) {
        if (sheet.isEmpty()) {
            queuedNanos = outcome.startedAt() - calledAt;
        }
        begun = begun || outcome.session() != null;
        sheet.enter(outcome.recipients());
        Failure reason = outcome.failure();
        if (reason == null) {
            acceptance = outcome.finalReply();
            session = outcome.session();
        } else {
            failure = reason;
            if (!sheet.isComplete() && !isAboutFew(reason, outcome)) {
                leaveOutRest(reason);
            }
        }
        if (sheet.isComplete()) {
            complete();
        } else {
            submitNext();
        }
    }

    /** The server takes so few recipients at a time that their refusals say nothing of the others (R-9422-01). */
    private boolean isAboutFew(Failure reason, TransactionOutcome outcome) {
        boolean theirOwn = reason.cause() == FailureCause.REJECTED && reason.phase() == Phase.RCPT;
        return theirOwn && outcome.recipients().size() < submitted;
    }

    /** R-5321-57: a transaction that nobody was accepted in is the last one. */
    private void leaveOutRest(Failure reason) {
        FailureCause cause = reason.cause() == FailureCause.REJECTED ? FailureCause.CANCELLED : reason.cause();
        sheet.enterRest(each -> new RecipientResult(each, Disposition.NOT_SENT, Phase.QUEUE, null, cause));
    }

    private void giveUp(Failure reason) {
        failure = reason;
        sheet.enterRest(each -> RecipientResult.of(each, Disposition.NOT_SENT, reason));
        complete();
    }

    private void complete() {
        Future<?> deadline = timer;
        if (deadline != null) {
            deadline.cancel(false);
        }
        Failure reason = failure;
        if (!begun && CANCELLED.equals(reason)) {
            future.settleAsCancelled();
            return;
        }
        Executor callbacks = terms.callbacks();
        if (callbacks == null) {
            completeNow();
            return;
        }
        try {
            callbacks.execute(this::completeNow);
        } catch (Throwable e) {
            completeNow();
            Border.CALLBACK_EXECUTOR.log(e);
        }
    }

    private void completeNow() {
        Reply reply = acceptance;
        SessionInfo carrier = session;
        if (reply != null && carrier != null) {
            Duration queued = Duration.ofNanos(queuedNanos);
            future.complete(new SendResult(
                    sheet.results(), reply, carrier, queued, Duration.ofNanos(System.nanoTime() - calledAt)));
        } else {
            future.completeExceptionally(SmtpException.of(Objects.requireNonNull(failure), sheet.results()));
        }
    }

    @Override
    public boolean isCancelled() {
        return abort != null || future.isDone();
    }
}
