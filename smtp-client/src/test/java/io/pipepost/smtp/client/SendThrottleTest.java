/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Mail that needs a permit before it may enter a session. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class SendThrottleTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** Grants what the test grants; each message has a domain of its own. */
    private final Map<String, CompletableFuture<Void>> asked = new ConcurrentHashMap<>();

    private final SendThrottle byHand = (relay, recipients) ->
            asked.computeIfAbsent(recipients.keySet().iterator().next(), domain -> new CompletableFuture<>());

    private static Message to(String... recipients) {
        return Message.of("a@a.test", List.of(recipients), Content.of(Mails.text(1)));
    }

    private static SmtpClient.Builder client(SmtpSink sink, SendThrottle throttle) {
        return Mails.client(sink.port())
                .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                .throttle(throttle);
    }

    @Test
    void messageThatWaitsForItsPermitLetsOthersPass() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, byHand).build()) {
            CompletableFuture<SendResult> slow = client.send(to("x@slow.test"));
            Mails.await("asked", () -> asked.containsKey("slow.test"));
            asked.put("fast.test", CompletableFuture.completedFuture(null));
            assertThat(Mails.outcome(client.send(to("x@fast.test"))).isAccepted())
                    .isTrue();
            assertThat(slow).isNotDone();
            Mails.await("idle", () -> client.stats().equals(new PoolStats(0, 1, 0, 1)));
            asked.get("slow.test").complete(null);
            assertThat(Mails.outcome(slow).isAccepted()).isTrue();
            assertThat(sink.counters().connections()).isEqualTo(1);
        }
    }

    @Test
    void permitIsAskedForOnceForAllRecipients() {
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, (relay, recipients) -> {
                            recipients.forEach((domain, count) -> seen.merge(domain, count, Integer::sum));
                            return CompletableFuture.completedFuture(null);
                        })
                        .build()) {
            assertThat(Mails.outcome(client.send(to("x@one.test", "y@TWO.test", "z@two.test")))
                            .isAccepted())
                    .isTrue();
            assertThat(seen).containsOnly(Map.entry("one.test", 1), Map.entry("two.test", 2));
        }
    }

    @Test
    void refusedPermitFailsTheMessage() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, byHand).build()) {
            CompletableFuture<SendResult> first = client.send(to("x@late.test"));
            Mails.await("asked", () -> asked.containsKey("late.test"));
            asked.get("late.test").completeExceptionally(new IllegalStateException("store is down"));
            assertRefused(first, "store is down");
            assertRefused(client.send(to("x@late.test")), "store is down");
        }
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, (relay, recipients) -> {
                            throw new IllegalStateException("broken");
                        })
                        .build()) {
            assertRefused(client.send(to("x@any.test")), "broken");
            assertThat(sink.counters().messages()).isZero();
        }
    }

    private static void assertRefused(CompletableFuture<SendResult> future, String why) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
        assertThat(outcome.failure().message()).contains(why);
    }

    @Test
    void waitingForAPermitCountsForTheAcquireTimeoutAndTheQueue() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, byHand)
                        .pool(PoolOptions.DEFAULT
                                .withMaxConnections(1)
                                .withAcquireTimeout(Duration.ofSeconds(1))
                                .withQueue(1, PoolOptions.WhenFull.REJECT))
                        .build()) {
            assertThat(client.warmUp()).succeedsWithin(SOON);
            CompletableFuture<SendResult> first = client.send(to("x@never.test"));
            Mails.await("asked", () -> asked.containsKey("never.test"));
            Mails.await("waiting for the answer", () -> client.stats().queued() == 1);
            CompletableFuture<SendResult> surplus = client.send(to("x@other.test"));
            assertThat(surplus).isCompletedExceptionally();
            assertThat(Mails.outcome(surplus).failure().message()).contains("queue is full");
            Mails.Outcome outcome = Mails.outcome(first);
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            Mails.await("cancelled", () -> asked.get("never.test").isCancelled());
            assertThat(client.stats().queued()).isZero();
        }
    }

    @Test
    void closingEndsWhatWaitsForAPermit() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client =
                    client(sink, byHand).drainTimeout(Duration.ofMillis(200)).build();
            CompletableFuture<SendResult> parked = client.send(to("x@never.test"));
            Mails.await("asked", () -> asked.containsKey("never.test"));
            assertThat(client.closeAsync()).succeedsWithin(SOON);
            assertThat(Mails.outcome(parked).failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
            assertThat(asked.get("never.test")).isCancelled();
        }
    }

    @Test
    void closingWaitsForPermitsThatComeInTime() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpClient client = client(sink, byHand).build();
            CompletableFuture<SendResult> parked = client.send(to("x@late.test"));
            Mails.await("asked", () -> asked.containsKey("late.test"));
            CompletableFuture<Void> closed = client.closeAsync();
            Mails.await("quit", () -> sink.counters().openConnections() == 0);
            asked.get("late.test").complete(null);
            assertThat(Mails.outcome(parked).isAccepted()).isTrue();
            assertThat(closed).succeedsWithin(SOON);
        }
    }

    @Test
    void localThrottleKeepsTheRate() {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, SendThrottle.perRelay(200, 10)).build()) {
            long begin = System.nanoTime();
            assertThat(Mails.outcomes(Mails.sendAll(client, 70))).allMatch(Mails.Outcome::isAccepted);
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
        }
    }
}
