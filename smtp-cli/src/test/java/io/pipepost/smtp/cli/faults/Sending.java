/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.client.SendOptions;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.SmtpSender;
import io.pipepost.smtp.client.SmtpSession;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sends letters in the way of a world and enters into its books what the client says of them. */
final class Sending {
    private static final int SESSIONS = 8;
    private static final Duration SLACK = Duration.ofSeconds(3);

    private final WorldOptions options;
    private final Books books;
    private final SmtpClient client;
    private final LetterWriter writer;
    private final Patience patience;
    private final ScheduledExecutorService timer;
    private final ExecutorService helpers;

    private final LongAdder settled = new LongAdder();
    private final LongAdder starved = new LongAdder();

    private volatile boolean unreachable;

    Sending(
            WorldOptions options,
            Books books,
            SmtpClient client,
            LetterWriter writer,
            Patience patience,
            ScheduledExecutorService timer,
            ExecutorService helpers) {
        this.options = options;
        this.books = books;
        this.client = client;
        this.writer = writer;
        this.patience = patience;
        this.timer = timer;
        this.helpers = helpers;
    }

    /** Sends a number of letters and waits until all are settled. */
    void send(int first, int count) throws InterruptedException {
        switch (options.way()) {
            case SEND -> sendEach(first, count);
            case SEND_ALL -> sendAll(first, count);
            case SESSION -> sendBySessions(first, count);
        }
    }

    /** While there is no connection to be had all that waits fails at once; sending on at that rate would prove little. */
    private Letter writeInPeace(int number) {
        if (unreachable) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return write(number);
    }

    /** Tries again where its file cannot be opened since there is no descriptor to spare. */
    private Letter write(int number) {
        for (int i = 0; i < 200; i++) {
            try {
                return writer.write(number);
            } catch (UncheckedIOException | CompletionException e) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        return writer.write(number);
    }

    private void settle(int number, @Nullable List<RecipientResult> results, @Nullable Throwable failure) {
        SmtpException known = failure instanceof SmtpException e ? e : null;
        unreachable = known != null && known.phase().compareTo(Phase.MAIL) < 0;
        if (known != null && known.failure().message().contains("Too many open files")) {
            starved.increment();
        }
        books.settled(number, results, failure);
        settled.increment();
    }

    /** Letters that were not sent for want of a descriptor. */
    long starved() {
        return starved.sum();
    }

    private void sendEach(int first, int count) throws InterruptedException {
        Semaphore room = new Semaphore(options.window());
        for (int number = first; number < first + count; number++) {
            if (!room.tryAcquire(World.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                break;
            }
            send(writeInPeace(number), client, room::release);
        }
        if (!room.tryAcquire(options.window(), World.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            books.differ("Some messages were not settled after " + World.PATIENCE + "; " + client);
        }
    }

    /** Sends a letter, one in eight with a deadline; one in twenty is cancelled a moment later. */
    private CompletableFuture<SendResult> send(Letter letter, SmtpSender sender, Runnable then) {
        SplittableRandom lot = options.lotOf(letter.number());
        Duration deadline = lot.nextInt(8) == 0 ? Duration.ofMillis(1 + lot.nextInt(600)) : null;
        books.open(letter);
        CompletableFuture<SendResult> future;
        try {
            future = sender.send(
                    letter.message(), deadline == null ? SendOptions.DEFAULT : SendOptions.within(deadline));
        } catch (Throwable e) {
            future = CompletableFuture.failedFuture(e); // A difference: it throws for wrong arguments alone.
        }
        watch(letter.number(), future, then);
        if (deadline != null) {
            CompletableFuture<SendResult> sent = future;
            timer.schedule(
                    () -> expectEnd(letter.number(), deadline, sent),
                    deadline.plus(SLACK).toMillis(),
                    TimeUnit.MILLISECONDS);
        }
        if (lot.nextInt(20) == 0) {
            CompletableFuture<SendResult> sent = future;
            timer.schedule(() -> sent.cancel(false), lot.nextInt(20_000), TimeUnit.MICROSECONDS);
        }
        return future;
    }

    /** Looks twice: where the whole process was held up, the client's own timer gets time to run first. */
    private void expectEnd(int number, Duration deadline, CompletableFuture<SendResult> future) {
        Runnable complain = () -> {
            if (!future.isDone()) {
                books.differ("Letter " + number + " is not settled " + SLACK + " after its deadline of " + deadline);
            }
        };
        if (!future.isDone()) {
            timer.schedule(complain, SLACK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Sends letters and does not wait for them: the client is about to be closed. */
    void sendAndForget(int first, int count) {
        for (int number = first; number < first + count; number++) {
            send(write(number), client, () -> {});
        }
    }

    private void watch(int number, CompletableFuture<SendResult> future, Runnable then) {
        future.whenComplete((result, failure) -> {
            settle(number, result == null ? null : result.recipients(), failure);
            then.run();
        });
    }

    private void sendAll(int first, int count) throws InterruptedException {
        Stream<Message> letters = IntStream.range(first, first + count).mapToObj(number -> {
            Letter letter = writeInPeace(number);
            books.open(letter);
            return letter.message();
        });
        CompletableFuture<Void> taken = CompletableFuture.runAsync(
                () -> {
                    try (Stream<SendOutcome> outcomes = client.sendAll(letters)) {
                        outcomes.forEach(this::enter);
                    }
                },
                helpers);
        awaitMoving("all outcomes", taken);
    }

    /** A thousand letters by one connection may take long; what must not be is that none is settled for so long. */
    private void awaitMoving(String what, CompletableFuture<Void> all) throws InterruptedException {
        long before;
        do {
            before = settled.sum();
            try {
                all.get(World.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                // Told below, if it is the end.
            }
        } while (!all.isDone() && settled.sum() > before);
        patience.await(what, all, Duration.ZERO);
    }

    private void enter(SendOutcome outcome) {
        int number =
                Letter.numberOf(outcome.message().envelope().recipients().get(0).toString());
        settle(number, outcome.recipients(), outcome.failure());
    }

    /** Several own sessions at a time, each with up to three messages that are handed in at once. */
    private void sendBySessions(int first, int count) throws InterruptedException {
        Queue<Integer> numbers = IntStream.range(first, first + count)
                .boxed()
                .collect(Collectors.toCollection(ConcurrentLinkedQueue::new));
        List<CompletableFuture<Void>> senders = IntStream.range(0, SESSIONS)
                .mapToObj(i -> CompletableFuture.runAsync(() -> sendBySession(numbers), helpers))
                .toList();
        for (CompletableFuture<Void> sender : senders) {
            awaitMoving("all sessions", sender);
        }
    }

    private void sendBySession(Queue<Integer> numbers) {
        while (!numbers.isEmpty()) {
            SmtpSession session = patience.await("a session", client.connect(), World.PATIENCE);
            if (session != null) {
                List<CompletableFuture<SendResult>> sent = Stream.generate(numbers::poll)
                        .takeWhile(Objects::nonNull)
                        .limit(3)
                        .map(number -> send(write(number), session, () -> {}))
                        .toList();
                sent.forEach(future -> patience.await("a message of a session", future, World.PATIENCE));
                patience.await("the end of a session", session.quit(), World.PATIENCE);
            }
        }
    }
}
