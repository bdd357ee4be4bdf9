/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Messages that are given up before any session has begun them: cancelled, or late. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class CancelTest {
    private static final PoolOptions ONE = PoolOptions.DEFAULT.withMaxConnections(1);
    private static final Duration SOON = Duration.ofMillis(150);

    @TempDir
    Path directory;

    /** A client whose only connection is at work until told. */
    private static final class Busy implements AutoCloseable {
        private final CountDownLatch open = new CountDownLatch(1);
        private final CountDownLatch atWork = new CountDownLatch(1);
        private final SmtpSink sink = SmtpSink.builder()
                .threads(4)
                .keepMessages()
                .onMessage(received -> {
                    atWork.countDown();
                    awaitQuietly(open);
                })
                .start();
        private final SmtpClient client;
        private final CompletableFuture<SendResult> first;

        Busy(PoolOptions pool) {
            client = Mails.client(sink.port()).pool(pool).build();
            first = client.send(Mails.message(0));
            awaitQuietly(atWork);
        }

        void finish() {
            open.countDown();
            assertThat(Mails.outcome(first).isAccepted()).isTrue();
        }

        List<String> arrived() {
            return sink.messages().stream().map(Received::from).toList();
        }

        @Override
        public void close() {
            open.countDown();
            client.close();
            sink.close();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void assertLate(CompletableFuture<SendResult> future) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.recipients().get(0).cause()).isEqualTo(FailureCause.TIMEOUT);
        assertThat(outcome.failure().isTransient()).isTrue();
    }

    private static void assertCancelled(CompletableFuture<SendResult> future) {
        assertThat(future.cancel(true)).isTrue();
        assertThat(future).isCancelled();
        assertThat(future.cancel(true)).as("again").isTrue();
    }

    // ---- in the queue

    @Test
    void cancelledInTheQueueGivesItsRoomToAnother() {
        try (Busy busy = new Busy(ONE.withQueue(1, PoolOptions.WhenFull.REJECT))) {
            CompletableFuture<SendResult> cancelled = busy.client.send(Mails.message(1));
            assertThat(Mails.outcome(busy.client.send(Mails.message(2)))
                            .failure()
                            .cause())
                    .isEqualTo(FailureCause.OVERLOADED);
            assertCancelled(cancelled);
            assertThat(busy.client.stats().queued()).isZero();
            CompletableFuture<SendResult> last = busy.client.send(Mails.message(3));
            busy.finish();
            assertThat(Mails.outcome(last).isAccepted()).isTrue();
            assertThat(busy.arrived()).containsExactly(Mails.from(0), Mails.from(3));
        }
    }

    @Test
    void cancelledInTheQueueLetsAWaitingCallerIn() throws Exception {
        try (Busy busy = new Busy(ONE.withQueue(1, PoolOptions.WhenFull.WAIT))) {
            CompletableFuture<SendResult> cancelled = busy.client.send(Mails.message(1));
            AtomicReference<CompletableFuture<SendResult>> late = new AtomicReference<>();
            Thread caller = new Thread(() -> late.set(busy.client.send(Mails.message(2))));
            caller.start();
            Mails.await("the caller waits", () -> caller.getState() == Thread.State.TIMED_WAITING);
            assertCancelled(cancelled);
            caller.join(5_000);
            assertThat(caller.isAlive()).isFalse();
            busy.finish();
            assertThat(Mails.outcome(late.get()).isAccepted()).isTrue();
        }
    }

    @Test
    void lateInTheQueueIsNotSent() {
        try (Busy busy = new Busy(ONE)) {
            CompletableFuture<SendResult> late = busy.client.send(Mails.message(1), SendOptions.within(SOON));
            CompletableFuture<SendResult> inTime =
                    busy.client.send(Mails.message(2), SendOptions.within(Duration.ofMinutes(1)));
            assertLate(late);
            assertThat(busy.client.stats().queued()).isEqualTo(1);
            busy.finish();
            assertThat(Mails.outcome(inTime).isAccepted()).isTrue();
            assertThat(busy.arrived()).containsExactly(Mails.from(0), Mails.from(2));
        }
    }

    /** Its caller is kept from going on by a full queue; the deadline ends that too. */
    @Test
    void lateBeforeThereIsRoomInTheQueueLetsItsCallerGo() throws Exception {
        try (Busy busy = new Busy(ONE.withQueue(0, PoolOptions.WhenFull.WAIT))) {
            AtomicReference<CompletableFuture<SendResult>> late = new AtomicReference<>();
            Thread caller = new Thread(() -> late.set(busy.client.send(Mails.message(1), SendOptions.within(SOON))));
            caller.start();
            caller.join(10_000);
            assertThat(caller.isAlive()).as("kept waiting").isFalse();
            assertLate(late.get());
            busy.finish();
            assertThat(busy.arrived()).containsExactly(Mails.from(0));
        }
    }

    @Test
    void manyAreCancelledAtOnce() throws Exception {
        int count = 5_000;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).pool(ONE).build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, count);
            List<CompletableFuture<Boolean>> kept = new ArrayList<>();
            for (int i = 0; i < count; i += 2) {
                CompletableFuture<SendResult> victim = futures.get(i);
                kept.add(CompletableFuture.supplyAsync(() -> victim.cancel(false), threads));
            }
            int cancelled = 0;
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                boolean isKept = i % 2 == 0 && kept.get(i / 2).get(20, TimeUnit.SECONDS);
                if (isKept) {
                    cancelled++;
                    assertThat(futures.get(i)).isCancelled();
                } else if (Mails.outcome(futures.get(i)).isAccepted()) {
                    expected.add(Mails.from(i));
                }
            }
            assertThat(cancelled).isPositive();
            assertThat(sink.messages()).extracting(Received::from).containsExactlyInAnyOrderElementsOf(expected);
        } finally {
            threads.shutdown();
        }
    }

    // ---- while connecting

    @Test
    void cancelledWhileConnecting() {
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            CompletableFuture<SendResult> cancelled = client.send(Mails.message(1));
            Mails.await("connecting", () -> !server.connections().isEmpty());
            assertCancelled(cancelled);
            assertThat(client.stats().queued()).isZero();
        }
    }

    @Test
    void lateWhileConnecting() {
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE)
                        .messageDeadline(SOON)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            assertLate(client.send(Mails.message(1)));
        }
    }

    // ---- while content is looked through

    private Message fileMessage() throws Exception {
        Path file = directory.resolve("message.eml");
        Files.writeString(file, Mails.text(1));
        return Message.of(Mails.from(1), List.of(Mails.to(1)), Content.ofFile(file));
    }

    @Test
    void givenUpWhileItsContentIsRead() throws Exception {
        List<Runnable> reads = new ArrayList<>();
        Executor stuck = reads::add;
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client =
                        Mails.client(sink.port()).blockingExecutor(stuck).build()) {
            CompletableFuture<SendResult> cancelled = client.send(fileMessage());
            CompletableFuture<SendResult> late = client.send(fileMessage(), SendOptions.within(SOON));
            assertCancelled(cancelled);
            assertLate(late);
            reads.forEach(Runnable::run);
            assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 0, 0));
            assertThat(sink.counters().connections()).isZero();
        }
    }

    // ---- several transactions for one message

    @Test
    void cancelledBetweenItsTransactionsKeepsWhatWasAccepted() {
        CountDownLatch firstIn = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        try (SmtpSink sink = SmtpSink.builder()
                        .onMessage(received -> {
                            firstIn.countDown();
                            awaitQuietly(open);
                        })
                        .start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(ONE.withMaxRecipients(1))
                        .flight(FlightOptions.DEFAULT.withPipelining(false))
                        .build()) {
            Message message =
                    Message.of("a@a.test", List.of("b1@b.test", "b2@b.test", "b3@b.test"), Content.of(Mails.text(1)));
            CompletableFuture<SendResult> sent = client.send(message);
            awaitQuietly(firstIn);
            assertThat(sent.cancel(false)).isFalse();
            open.countDown();
            Mails.Outcome outcome = Mails.outcome(sent);
            assertThat(outcome.dispositions())
                    .containsExactly(Disposition.ACCEPTED, Disposition.NOT_SENT, Disposition.NOT_SENT);
            assertThat(outcome.recipients().get(2).cause()).isEqualTo(FailureCause.CANCELLED);
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    // ---- the end, and the timer

    @Test
    void tooLateToCancelWhatIsSettled() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            CompletableFuture<SendResult> sent =
                    client.send(Mails.message(1), SendOptions.within(Duration.ofMinutes(1)));
            assertThat(Mails.outcome(sent).isAccepted()).isTrue();
            assertThat(sent.cancel(true)).isFalse();
            assertThat(sent).isNotCancelled().isCompleted();
        }
    }

    @Test
    void callbacksOfLateMessagesRunOnTheExecutor() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "callbacks"));
        try (RawServer server = RawServer.silent();
                SmtpClient client = Mails.client(server.port())
                        .callbackExecutor(executor)
                        .messageDeadline(SOON)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            CompletableFuture<String> thread = client.send(Mails.message(1))
                    .handle((result, error) -> Thread.currentThread().getName());
            assertThat(thread.get(10, TimeUnit.SECONDS)).isEqualTo("callbacks");
        } finally {
            executor.shutdown();
        }
    }
}
