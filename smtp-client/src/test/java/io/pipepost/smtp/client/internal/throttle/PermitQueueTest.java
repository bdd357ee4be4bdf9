/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SendThrottle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Permits at a rate, with a clock of the test's own. */
class PermitQueueTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A clock that calls back when it is moved. */
    private static final class Clock implements PermitQueue.Timer {
        private long now = Long.MAX_VALUE - SECOND;
        private long dueAt;
        private Runnable due = () -> {};
        private int calls;
        private int reads;
        private Runnable onceAsked = () -> {};

        @Override
        public long nanoTime() {
            reads++;
            Runnable action = onceAsked;
            onceAsked = () -> {};
            action.run();
            return now;
        }

        @Override
        public void after(long nanos, Runnable action) {
            dueAt = now + nanos;
            due = action;
            calls++;
        }

        void advance(long nanos) {
            long end = now + nanos;
            while (due != null && dueAt - end <= 0) {
                Runnable action = due;
                now = dueAt;
                due = null;
                action.run();
            }
            now = end;
        }
    }

    private final Clock clock = new Clock();
    private final PermitQueue queue = new PermitQueue(10, 2, clock);
    private final List<Integer> order = new ArrayList<>();

    private CompletableFuture<Void> ask(int number, int count) {
        CompletableFuture<Void> permit = queue.acquire(count);
        permit.thenRun(() -> order.add(number));
        return permit;
    }

    @Test
    void grantsInOrderAtTheRate() {
        for (int i = 0; i < 5; i++) {
            ask(i, 1);
        }
        assertThat(order).containsExactly(0, 1);
        assertThat(clock.calls).as("one timer for all").isEqualTo(1);
        clock.advance(SECOND / 10 - 1);
        assertThat(order).hasSize(2);
        clock.advance(1);
        assertThat(order).containsExactly(0, 1, 2);
        clock.advance(SECOND / 5);
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
        assertThat(queue.isIdle()).isFalse();
        clock.advance(SECOND);
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void smallDemandDoesNotOvertakeALargeOne() {
        ask(0, 2);
        ask(1, 2);
        clock.advance(SECOND / 10);
        ask(2, 1);
        assertThat(order).containsExactly(0);
        clock.advance(SECOND / 10);
        assertThat(order).containsExactly(0, 1);
        clock.advance(SECOND / 10);
        assertThat(order).containsExactly(0, 1, 2);
    }

    @Test
    void cancelledDemandTakesNothing() {
        ask(0, 2);
        CompletableFuture<Void> unwanted = ask(1, 1);
        ask(2, 1);
        unwanted.cancel(false);
        clock.advance(SECOND / 10);
        assertThat(order).containsExactly(0, 2);
    }

    @Test
    void eachDomainHasItsOwnRate() {
        SendThrottle throttle = SendThrottle.perDomain(0.001, 2);
        Relay relay = Relay.of("relay.test", 25);
        assertThat(throttle.acquire(relay, Map.of("a.test", 2)).toCompletableFuture())
                .isCompleted();
        assertThat(throttle.acquire(relay, Map.of("a.test", 1)).toCompletableFuture())
                .isNotDone();
        assertThat(throttle.acquire(relay, Map.of("b.test", 1)).toCompletableFuture())
                .isCompleted();
        assertThat(throttle.acquire(relay, Map.of("a.test", 1, "b.test", 1)).toCompletableFuture())
                .isNotDone();
    }

    private static CompletableFuture<Void> permit(SendThrottle throttle, int domain) {
        return throttle.acquire(Relay.of("relay.test", 25), Map.of("d" + domain + ".test", 1))
                .toCompletableFuture();
    }

    @Test
    void quietDomainsAreForgotten() {
        LocalThrottles counts = new LocalThrottles(10, 1, clock);
        SendThrottle throttle = counts.byDomain();
        for (int i = 0; i < 50_000; i++) {
            assertThat(permit(throttle, i)).isCompleted();
            clock.advance(SECOND / 10_000);
            assertThat(counts.queues.size()).isLessThanOrEqualTo(10_000);
        }
    }

    /** What is remembered is what keeps the rate; but it is not looked through for each domain that comes. */
    @Test
    void busyDomainsAreRemembered() {
        LocalThrottles counts = new LocalThrottles(0.001, 1, clock);
        SendThrottle throttle = counts.byDomain();
        for (int i = 0; i < 12_000; i++) {
            assertThat(permit(throttle, i)).isCompleted();
        }
        assertThat(clock.reads).isLessThan(100_000);
        assertThat(counts.queues.size()).isEqualTo(12_000);
        assertThat(permit(throttle, 0)).isNotDone();
        clock.advance(2_000 * SECOND);
        for (int i = 12_000; i < 20_001; i++) {
            permit(throttle, i);
        }
        assertThat(counts.queues.size()).isLessThanOrEqualTo(8_002);
    }

    /** A domain comes again while it is looked at and found quiet: it must not get its burst twice. */
    @Test
    void noDomainIsForgottenWhileSomebodyAsksForIt() throws Exception {
        LocalThrottles counts = new LocalThrottles(1, 1, clock, 1);
        SendThrottle throttle = counts.byDomain();
        permit(throttle, 0);
        clock.advance(SECOND);
        CompletableFuture<CompletableFuture<Void>> second = new CompletableFuture<>();
        Thread other = new Thread(() -> second.complete(permit(throttle, 0)));
        clock.onceAsked = () -> {
            other.start();
            while (other.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
        };
        permit(throttle, 1);
        assertThat(second.get(10, TimeUnit.SECONDS)).isCompleted();
        assertThat(permit(throttle, 0)).isNotDone();
    }

    @Test
    void twoThrottlesMustBothAgree() {
        SendThrottle throttle = SendThrottle.perRelay(0.001, 2).and(SendThrottle.perDomain(0.001, 1));
        Relay relay = Relay.of("relay.test", 25);
        assertThat(throttle.acquire(relay, Map.of("a.test", 1)).toCompletableFuture())
                .isCompleted();
        assertThat(throttle.acquire(relay, Map.of("a.test", 1)).toCompletableFuture())
                .isNotDone();
        assertThat(throttle.acquire(relay, Map.of("b.test", 1)).toCompletableFuture())
                .isNotDone();
    }

    @Test
    void cancellingReachesWhatWaits() {
        CompletableFuture<Void> one = new CompletableFuture<>();
        CompletableFuture<Void> other = new CompletableFuture<>();
        LocalThrottles.both(one, () -> other).toCompletableFuture().cancel(false);
        assertThat(one).isCancelled();
        assertThat(other).isCancelled();
    }

    /** Else the place in the first queue would be kept for a message that is not sent. */
    @Test
    void throttleThatThrowsGivesBackWhatTheFirstPromised() {
        CompletableFuture<Void> one = new CompletableFuture<>();
        NoSuchMethodError thrown = new NoSuchMethodError("boom");
        SendThrottle both = ((SendThrottle) (relay, recipients) -> one).and((relay, recipients) -> {
            throw thrown;
        });
        assertThatThrownBy(() -> both.acquire(Relay.of("relay.test", 25), Map.of("a.test", 1)))
                .isSameAs(thrown);
        assertThat(one).isCancelled();
    }

    /** The one that waits would else be granted to a message that has failed. */
    @Test
    void permitThatIsRefusedLaterGivesBackTheOtherAtOnce() {
        CompletableFuture<Void> one = new CompletableFuture<>();
        CompletableFuture<Void> other = new CompletableFuture<>();
        SendThrottle both = ((SendThrottle) (relay, recipients) -> one).and((relay, recipients) -> other);
        CompletableFuture<Void> permit =
                both.acquire(Relay.of("relay.test", 25), Map.of("a.test", 1)).toCompletableFuture();
        IllegalStateException refused = new IllegalStateException("boom");
        other.completeExceptionally(refused);
        assertThat(permit).isCompletedExceptionally();
        assertThatThrownBy(permit::join).hasCause(refused);
        assertThat(one).isCancelled();
    }

    @Test
    void refusesRatesThatNeverGrant() {
        assertThatThrownBy(() -> SendThrottle.perRelay(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SendThrottle.perDomain(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** At a low rate, those who have given up must not wait for their turn to be forgotten. */
    @Test
    void whoeverGivesUpIsForgottenAtOnce() {
        ask(1, 2);
        CompletableFuture<Void> first = ask(2, 1);
        for (int i = 0; i < 1_000; i++) {
            ask(3, 1).cancel(false);
        }
        assertThat(queue.waiting()).isEqualTo(1);
        first.cancel(false);
        assertThat(queue.waiting()).isZero();
        clock.advance(SECOND);
        assertThat(queue.isIdle()).isTrue();
        assertThat(ask(4, 1)).isDone();
    }
}
