/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.client.internal.session.Session;
import io.pipepost.smtp.client.internal.session.SessionListener;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.Sendable;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A session of the caller's own, outside of any pool: messages go over this one connection, one after the other, in
 * between commands may be asked. What was sent or asked is carried out in that order.
 *
 * <p>Thread-safe. Futures complete on the session's event loop, or on the client's callback executor for messages.
 */
public final class SmtpSession implements SmtpSender {
    private final Session session;
    private final SessionInfo info;
    private final Terms terms;
    private final Work work;

    private SmtpSession(Session session, Terms terms, Work work) {
        this.session = session;
        this.info = Objects.requireNonNull(session.info());
        this.terms = terms;
        this.work = work;
    }

    static CompletableFuture<SmtpSession> open(
            SessionConnector connector, EventLoop loop, Terms terms, int maxQueued, OwnSessions siblings) {
        Work work = new Work(loop, terms, maxQueued, siblings);
        connector.open(loop, work);
        return work.opened;
    }

    /**
     * Facts about this session.
     *
     * @return what the server announced, and under which TLS
     */
    public SessionInfo info() {
        return info;
    }

    /**
     * Sends a message over this session; see {@link SmtpClient#send}. Nothing is retried elsewhere. As many messages and
     * questions as {@link PoolOptions#maxQueued()} may wait for their turn; more fail at once with
     * {@link FailureCause#OVERLOADED}, whatever {@link PoolOptions#whenFull()} says.
     *
     * @param mail a {@link Message}, or composed mail
     * @param options what holds for this message
     * @return a future of the outcome
     */
    @Override
    public CompletableFuture<SendResult> send(Sendable mail, SendOptions options) {
        Message message = options.applyTo(mail.toMessage());
        Terms onTerms = options.applyTo(terms);
        Place place = work.findPlace();
        if (place == null) {
            return Delivery.refuse(message, onTerms, work, work.full());
        }
        CompletableFuture<SendResult> sent = Delivery.start(message, onTerms, place);
        sent.whenComplete((result, error) -> place.leave());
        return sent;
    }

    /**
     * Asks for nothing, to see that the server is alive (RFC 5321 section 4.1.1.9). Behind a refusal the session takes
     * nothing more, and ends as by {@link #quit}.
     *
     * @return a future of the reply; fails with {@link SmtpException} if the session ends
     */
    public CompletableFuture<Reply> noop() {
        return ask(Command.Simple.NOOP);
    }

    /**
     * Asks whether a mailbox exists (RFC 5321 section 4.1.1.6). 252 means "cannot say".
     *
     * @param mailbox a user name or address, printable ASCII
     * @return a future of the reply, whatever its code; fails with {@link SmtpException} if the session ends
     */
    public CompletableFuture<Reply> verify(String mailbox) {
        return ask(new Command.Query(Verb.VRFY, mailbox));
    }

    /**
     * Asks who is on a list (RFC 5321 section 4.1.1.7).
     *
     * @param list the list's name, printable ASCII
     * @return a future of the reply, whatever its code; fails with {@link SmtpException} if the session ends
     */
    public CompletableFuture<Reply> expand(String list) {
        return ask(new Command.Query(Verb.EXPN, list));
    }

    /**
     * Asks for help (RFC 5321 section 4.1.1.8).
     *
     * @return a future of the reply, whatever its code; fails with {@link SmtpException} if the session ends
     */
    public CompletableFuture<Reply> help() {
        return ask(Command.Simple.HELP);
    }

    private CompletableFuture<Reply> ask(Command command) {
        Place place = work.findPlace();
        if (place == null) {
            return CompletableFuture.failedFuture(SmtpException.of(work.full(), List.of()));
        }
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        CompletableFuture<Reply> told = new CompletableFuture<>();
        answer.whenComplete((reply, error) -> {
            // Whoever hears of the end may ask again at once.
            place.leave();
            if (error == null) {
                told.complete(reply);
            } else {
                told.completeExceptionally(error);
            }
        });
        work.onLoop(() -> work.ask(command, answer), failure -> answer.completeExceptionally(failure));
        return told;
    }

    /**
     * Ends the session: finishes what was sent, then says QUIT.
     *
     * @return a future that completes when the connection is closed
     */
    public CompletableFuture<Void> quit() {
        work.onLoop(work::quit, failure -> {});
        return work.closed;
    }

    CompletableFuture<Void> closed() {
        return work.closed;
    }

    @Override
    public String toString() {
        return "SmtpSession[" + session.id() + "]";
    }

    /** Where one message or question waits: until it is a message's turn, or somebody knows the end. */
    private static final class Place implements Delivery.Work {
        private final Work work;
        private final AtomicBoolean left = new AtomicBoolean();

        Place(Work work) {
            this.work = work;
        }

        @Override
        public void submit(Transaction transaction) {
            work.submit(transaction, this);
        }

        @Override
        public void withdraw(Transaction transaction) {
            work.withdraw(transaction);
        }

        void leave() {
            if (left.compareAndSet(false, true)) {
                work.taken.decrementAndGet();
            }
        }
    }

    /** The session's work, in order; confined to its event loop, but for the count of who waits. */
    private static final class Work implements SessionListener, Delivery.Work {
        private final EventLoop loop;
        private final Terms terms;
        private final OwnSessions siblings;
        private final CompletableFuture<SmtpSession> opened = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private final Deque<Object> waiting = new ArrayDeque<>();
        private @Nullable Session session;
        private boolean busy = true;
        private boolean quitting;
        private @Nullable Failure ended;

        /** Places taken; one more than may wait, since one of them may be about to have its turn. */
        private final AtomicInteger taken = new AtomicInteger();

        private final int maxQueued;

        private record Question(Command command, CompletableFuture<Reply> answer) {}

        private record Mail(
                Transaction transaction, @Nullable Place place) {}

        Work(EventLoop loop, Terms terms, int maxQueued, OwnSessions siblings) {
            this.loop = loop;
            this.terms = terms;
            this.maxQueued = maxQueued;
            this.siblings = siblings;
        }

        @Nullable
        Place findPlace() {
            int before = taken.getAndUpdate(n -> n > maxQueued ? n : n + 1);
            return before > maxQueued ? null : new Place(this);
        }

        Failure full() {
            return Failure.of(
                    FailureCause.OVERLOADED,
                    Phase.QUEUE,
                    "The session's queue is full: " + maxQueued
                            + " messages and questions wait (PoolOptions.withQueue)");
        }

        /** Called by whoever has the session, or on its event loop before. */
        void onLoop(Runnable action, java.util.function.Consumer<SmtpException> ifGone) {
            Session s = session;
            if (!(s == null ? Loops.execute(loop, action) : s.execute(action))) {
                ifGone.accept(SmtpException.of(gone(), List.of()));
            }
        }

        private static Failure gone() {
            return Failure.of(FailureCause.CLIENT_CLOSED, Phase.QUEUE, "The session is closed");
        }

        @Override
        public void submit(Transaction transaction) {
            submit(transaction, null);
        }

        private void submit(Transaction transaction, @Nullable Place place) {
            onLoop(() -> add(new Mail(transaction, place)), failure -> transaction.giveUp(failure.failure()));
        }

        @Override
        public void withdraw(Transaction transaction) {
            onLoop(
                    () -> waiting.removeIf(task -> task instanceof Mail mail && mail.transaction() == transaction),
                    failure -> {});
        }

        void ask(Command command, CompletableFuture<Reply> answer) {
            add(new Question(command, answer));
        }

        private void add(Object task) {
            if (ended != null || quitting) {
                giveUp(task, ended == null ? gone() : ended);
                return;
            }
            waiting.add(task);
            Session s = session;
            if (!busy && s != null && s.isUsable()) {
                Transaction next = onRoom(s);
                if (next != null) {
                    s.start(next);
                }
            }
        }

        private static void giveUp(Object task, Failure failure) {
            if (task instanceof Mail mail) {
                mail.transaction().giveUp(failure);
            } else if (task instanceof Question question) {
                question.answer().completeExceptionally(SmtpException.of(failure, List.of()));
            }
        }

        void quit() {
            quitting = true;
            Session s = session;
            if (!busy && s != null) {
                s.retire();
            }
        }

        @Override
        public void onReady(Session ready) {
            session = ready;
            SmtpSession made = new SmtpSession(ready, terms, this);
            // Before the caller has it, who may close the client at once.
            siblings.add(made);
            opened.complete(made);
        }

        @Override
        public void onOpenFailed(Failure failure) {
            opened.completeExceptionally(SmtpException.of(failure, List.of()));
        }

        /** Questions go straight out; a transaction is given to the session and makes the rest wait. */
        @Override
        public @Nullable Transaction onRoom(Session free) {
            busy = true;
            while (!waiting.isEmpty()) {
                Object task = waiting.remove();
                if (task instanceof Mail mail) {
                    if (mail.transaction().isCancelled()) {
                        continue;
                    }
                    if (mail.place() != null) {
                        mail.place().leave();
                    }
                    return mail.transaction();
                }
                Question question = (Question) task;
                free.command(question.command(), question.answer());
            }
            busy = false;
            if (quitting) {
                free.retire();
            }
            return null;
        }

        @Override
        public void onClosed(@Nullable Failure failure) {
            ended = failure == null ? gone() : failure;
            opened.completeExceptionally(SmtpException.of(ended, List.of()));
            List<Object> left = new ArrayList<>(waiting);
            waiting.clear();
            left.forEach(task -> giveUp(task, ended));
            closed.complete(null);
        }
    }
}
