/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messages that are signed before they enter the pool, by a signer that does as the test says. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class SigningTest {
    private static final int MORE_THAN_AT_ONCE =
            4 * Math.max(2, Runtime.getRuntime().availableProcessors());

    private final SmtpSink sink = SmtpSink.builder().keepMessages().start();

    @AfterEach
    void close() {
        sink.close();
    }

    /** Signs when the test says so. */
    private static final class Manual implements ContentSigner {
        private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();

        private record Job(Content content, CompletableFuture<Content> signed, String thread) {
            void sign() {
                signed.complete(marked(content));
            }
        }

        @Override
        public CompletionStage<Content> sign(Content content, Executor blocking) {
            Job job = new Job(
                    content, new CompletableFuture<>(), Thread.currentThread().getName());
            jobs.add(job);
            return job.signed();
        }

        Job next() throws InterruptedException {
            Job job = jobs.poll(10, TimeUnit.SECONDS);
            assertThat(job).as("a content to be signed").isNotNull();
            return job;
        }
    }

    private static Content marked(Content content) {
        String text = StandardCharsets.UTF_8
                .decode(((Content.Bytes) content).octets())
                .toString();
        return Content.of("X-Signed: yes\r\n" + text);
    }

    private SmtpClient.Builder client(ContentSigner signer) {
        return Mails.client(sink.port()).signer(signer);
    }

    private List<String> arrived() {
        return sink.messages().stream().map(Received::from).toList();
    }

    private static void assertNotSent(CompletableFuture<SendResult> future, FailureCause cause) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.recipients().get(0).cause()).isEqualTo(cause);
        assertThat(outcome.failure().cause()).isEqualTo(cause);
    }

    // ---- good

    @Test
    void everyWayToSendSigns() throws Exception {
        try (SmtpClient client = client((content, blocking) -> CompletableFuture.completedFuture(marked(content)))
                .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(0))).isAccepted())
                    .isTrue();
            assertThat(Mails.outcome(client.send(Mails.message(1), SendOptions.within(Duration.ofSeconds(20))))
                            .isAccepted())
                    .isTrue();
            assertThat(client.sendAll(IntStream.range(2, 52).mapToObj(Mails::message))
                            .filter(SendOutcome::allAccepted))
                    .hasSize(50);
            SmtpSession session = client.connect().get(20, TimeUnit.SECONDS);
            assertThat(Mails.outcome(session.send(Mails.message(52))).isAccepted())
                    .isTrue();
            session.quit().get(20, TimeUnit.SECONDS);
        }
        assertThat(sink.messages())
                .hasSize(53)
                .allMatch(
                        received -> new String(received.content(), StandardCharsets.UTF_8).startsWith("X-Signed: yes"));
    }

    @Test
    void r6376_09_signersNeverSeeAnEventLoop() throws Exception {
        Manual signer = new Manual();
        try (SmtpClient client = client(signer).build()) {
            CompletableFuture<CompletableFuture<SendResult>> second = new CompletableFuture<>();
            CompletableFuture<SendResult> first = client.send(Mails.message(0));
            first.thenRun(() -> second.complete(client.send(Mails.message(1))));
            List<String> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Manual.Job job = signer.next();
                threads.add(job.thread());
                job.sign();
            }
            assertThat(Mails.outcome(second.get(20, TimeUnit.SECONDS)).isAccepted())
                    .isTrue();
            assertThat(threads).allMatch(name -> name.equals("pipepost-blocking"));
        }
    }

    @Test
    void aFewAtOnceAndTheOthersInTurn() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ContentSigner signer = (content, blocking) -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            return CompletableFuture.supplyAsync(
                    () -> {
                        underWay.decrementAndGet();
                        return marked(content);
                    },
                    CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS));
        };
        try (SmtpClient client = client(signer).build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 100))).allMatch(Mails.Outcome::isAccepted);
        }
        assertThat(most.get()).isBetween(2, Math.max(2, Runtime.getRuntime().availableProcessors()));
    }

    // ---- refused

    @Test
    void unsoundContentIsNotEvenSigned() {
        Manual signer = new Manual();
        try (SmtpClient client = client(signer).build()) {
            for (String text : List.of("", "Subject: \u0000\r\n\r\n", "Subject: " + "x".repeat(1000) + "\r\n")) {
                Message message = Message.of(Mails.from(0), List.of(Mails.to(0)), Content.of(text));
                assertNotSent(client.send(message), FailureCause.INVALID_ARGUMENT);
            }
        }
        assertThat(signer.jobs).isEmpty();
    }

    @Test
    void whatTheSignerMakesIsLookedThroughToo() {
        try (SmtpClient client = client((content, blocking) -> CompletableFuture.completedFuture(Content.of("\u0000")))
                .build()) {
            assertNotSent(client.send(Mails.message(0)), FailureCause.INVALID_ARGUMENT);
        }
        assertThat(arrived()).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway")
    void aFailingSignerSendsNothing() {
        IllegalStateException reason = new IllegalStateException("no key");
        List<ContentSigner> signers = List.of(
                (content, blocking) -> CompletableFuture.failedFuture(reason),
                (content, blocking) -> CompletableFuture.supplyAsync(() -> {
                    throw reason;
                }),
                (content, blocking) -> {
                    throw reason;
                },
                (content, blocking) -> {
                    throw new NoClassDefFoundError("provider");
                },
                (content, blocking) -> null,
                (content, blocking) -> CompletableFuture.completedFuture(null));
        for (ContentSigner signer : signers) {
            try (SmtpClient client = client(signer).build()) {
                List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
                futures.forEach(future -> assertNotSent(future, FailureCause.CONTENT_FAILED));
                Mails.Outcome outcome = Mails.outcome(futures.get(0));
                assertThat(outcome.failure().phase()).isEqualTo(Phase.ARGUMENT);
            }
        }
        assertThat(arrived()).isEmpty();
    }

    // ---- given up

    @Test
    void cancelledWhileItIsSignedOrWaitsForIt() throws Exception {
        Manual signer = new Manual();
        try (SmtpClient client = client(signer).build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
            Manual.Job first = signer.next();
            futures.forEach(future -> {
                assertThat(future.cancel(true)).isTrue();
                assertThat(future).isCancelled();
            });
            assertThat(first.signed()).isCancelled();
            // The places are free again: others are signed.
            CompletableFuture<SendResult> last = client.send(Mails.message(99));
            while (!last.isDone()) {
                Manual.Job job = signer.jobs.poll(10, TimeUnit.MILLISECONDS);
                if (job != null) {
                    job.sign();
                }
            }
            assertThat(Mails.outcome(last).isAccepted()).isTrue();
        }
        assertThat(arrived()).containsExactly(Mails.from(99));
    }

    @Test
    void theDeadlineCoversSigning() throws Exception {
        Manual signer = new Manual();
        try (SmtpClient client =
                client(signer).messageDeadline(Duration.ofMillis(150)).build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
            futures.forEach(future -> assertNotSent(future, FailureCause.TIMEOUT));
        }
        assertThat(arrived()).isEmpty();
    }

    @Test
    void aSignerThatNeverAnswersIsGivenUp() {
        Timeouts timeouts = Timeouts.DEFAULT.with(Phase.ARGUMENT, Duration.ofMillis(100));
        try (SmtpClient client = client(new Manual()).timeouts(timeouts).build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
            futures.forEach(future -> assertNotSent(future, FailureCause.TIMEOUT));
        }
        assertThat(arrived()).isEmpty();
    }

    // ---- closing

    @Test
    void closingTheClientSendsWhatIsBeingSigned() throws Exception {
        Manual signer = new Manual();
        SmtpClient client = client(signer).build();
        List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
        CompletableFuture<Void> closed = client.closeAsync();
        assertNotSent(client.send(Mails.message(99)), FailureCause.CLIENT_CLOSED);
        for (int i = 0; i < MORE_THAN_AT_ONCE; i++) {
            signer.next().sign();
        }
        closed.get(20, TimeUnit.SECONDS);
        assertThat(futures).allMatch(CompletableFuture::isDone);
        assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
    }

    @Test
    void aClientWhoseSignerHangsClosesAfterTheDrainTimeout() throws Exception {
        Manual signer = new Manual();
        SmtpClient client = client(signer).drainTimeout(Duration.ofMillis(100)).build();
        List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, MORE_THAN_AT_ONCE);
        client.closeAsync().get(20, TimeUnit.SECONDS);
        futures.forEach(future -> assertNotSent(future, FailureCause.CLIENT_CLOSED));
        assertThat(arrived()).isEmpty();
    }

    @Test
    void sendAllEndsWithTheClient() throws Exception {
        Manual signer = new Manual();
        SmtpClient client = client(signer).drainTimeout(Duration.ofMillis(100)).build();
        OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
        client.sendAll(MessageSource.of(Long.MAX_VALUE)).subscribe(taker);
        signer.next();
        client.closeAsync().get(20, TimeUnit.SECONDS);
        assertThat(taker.awaitEnd()).isInstanceOf(SmtpException.Request.class);
    }

    // ---- full

    @Test
    void moreThanMayWaitAreRejected() throws Exception {
        Manual signer = new Manual();
        PoolOptions pool = PoolOptions.DEFAULT.withQueue(3, PoolOptions.WhenFull.REJECT);
        try (SmtpClient client = client(signer).pool(pool).build()) {
            int atOnce = MORE_THAN_AT_ONCE / 4;
            List<CompletableFuture<SendResult>> taken = Mails.sendAll(client, atOnce + 3);
            assertNotSent(client.send(Mails.message(98)), FailureCause.OVERLOADED);
            taken.get(0).cancel(true);
            taken.set(0, client.send(Mails.message(99)));
            for (int i = 0; i <= taken.size(); i++) {
                signer.next().sign();
            }
            assertThat(Mails.outcomes(taken)).allMatch(Mails.Outcome::isAccepted);
        }
    }

    @Test
    void orTheCallerWaits() throws Exception {
        Manual signer = new Manual();
        PoolOptions pool = PoolOptions.DEFAULT.withQueue(0, PoolOptions.WhenFull.WAIT);
        try (SmtpClient client = client(signer).pool(pool).build()) {
            List<CompletableFuture<SendResult>> taken = Mails.sendAll(client, MORE_THAN_AT_ONCE / 4);
            CountDownLatch called = new CountDownLatch(1);
            CompletableFuture<CompletableFuture<SendResult>> waiting = CompletableFuture.supplyAsync(() -> {
                called.countDown();
                return client.send(Mails.message(99));
            });
            assertThat(called.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(waiting).isNotDone();
            for (int i = 0; i <= taken.size(); i++) {
                signer.next().sign();
            }
            assertThat(Mails.outcome(waiting.get(20, TimeUnit.SECONDS)).isAccepted())
                    .isTrue();
            assertThat(Mails.outcomes(taken)).allMatch(Mails.Outcome::isAccepted);
        }
    }
}
