/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who gets which work, without any connection. */
class PoolStateTest {
    private static final PoolOptions OPTIONS = PoolOptions.DEFAULT.withMaxConnections(3);

    private static final Failure FAILURE = Failure.of(FailureCause.CONNECT_FAILED, Phase.CONNECT, "refused");

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** The clock begins anywhere, as System.nanoTime does, and stands still. */
    private long now = Long.MAX_VALUE - 5 * SECOND;

    private final Route route = new Route(Relay.of("relay.test", 25), OPTIONS.growth(), () -> now);
    private final PoolState state = new PoolState(
            OPTIONS, new Routes(List.of(route)), route -> new PooledSession(null, route, null, OPTIONS), () -> now);

    private Placement place(Transaction transaction) {
        return state.place(transaction, false);
    }

    /** A session that was opened for a transaction, and has taken it. */
    private Place busySession() {
        Transaction transaction = PoolParts.transaction();
        List<Place> opened = place(transaction).toOpen();
        assertThat(opened).hasSize(1);
        state.opened(opened.get(0));
        assertThat(PoolParts.next(state, opened.get(0), true)).isSameAs(transaction);
        return opened.get(0);
    }

    @Test
    void idleSessionUsedLastComesFirst() {
        Place first = busySession();
        Place second = busySession();
        assertThat(PoolParts.next(state, second, true)).isNull();
        assertThat(PoolParts.next(state, first, true)).isNull();
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 2, 0, 0));
        assertThat(place(PoolParts.transaction()).session()).isSameAs(first);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(second);
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 0, 2, 0));
    }

    @Test
    void idleComesBeforeRoom() {
        Place idle = busySession();
        Place withRoom = busySession();
        assertThat(PoolParts.next(state, idle, true)).isNull();
        assertThat(PoolParts.next(state, withRoom, false)).isNull();
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 1, 1, 0));
        assertThat(place(PoolParts.transaction()).session()).isSameAs(idle);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(withRoom);
    }

    @Test
    void roomUsedLastComesFirst() {
        Place first = busySession();
        Place second = busySession();
        assertThat(PoolParts.next(state, first, false)).isNull();
        assertThat(PoolParts.next(state, second, false)).isNull();
        assertThat(PoolParts.next(state, first, false)).isNull();
        assertThat(place(PoolParts.transaction()).session()).isSameAs(first);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(second);
    }

    @Test
    void connectionIsOpenedOnlyWhenAllWindowsAreFull() {
        Place session = busySession();
        assertThat(PoolParts.next(state, session, false)).isNull();
        Placement fits = place(PoolParts.transaction());
        assertThat(fits.session()).isSameAs(session);
        assertThat(fits.toOpen()).isEmpty();
        Placement waits = place(PoolParts.transaction());
        assertThat(waits.session()).isNull();
        assertThat(waits.toOpen()).hasSize(1);
    }

    @Test
    void sessionWithRoomTakesFromTheQueueInOrder() {
        Place session = busySession();
        Transaction first = PoolParts.transaction();
        Transaction second = PoolParts.transaction();
        place(first);
        place(second);
        assertThat(PoolParts.next(state, session, false)).isSameAs(first);
        assertThat(PoolParts.next(state, session, false)).isSameAs(second);
        assertThat(PoolParts.next(state, session, false)).isNull();
    }

    @Test
    void whatIsGivenBackComesFirst() {
        Place session = busySession();
        Transaction later = PoolParts.transaction();
        place(later);
        Transaction back = PoolParts.transaction();
        assertThat(state.place(back, true).session()).isNull();
        assertThat(PoolParts.next(state, session, true)).isSameAs(back);
        assertThat(PoolParts.next(state, session, true)).isSameAs(later);
    }

    @Test
    void sessionThatBecomesIdleCountsAsSuch() {
        Place session = busySession();
        assertThat(PoolParts.next(state, session, false)).isNull();
        assertThat(state.claimIdle(session, false))
                .as("not while it carries something")
                .isFalse();
        assertThat(PoolParts.next(state, session, true)).isNull();
        assertThat(state.stats().idle()).isEqualTo(1);
        assertThat(state.claimIdle(session, false)).isTrue();
        assertThat(state.stats().idle()).isZero();
        assertThat(place(PoolParts.transaction()).session()).isNull();
    }

    @Test
    void forgottenSessionGetsNothing() {
        Place session = busySession();
        assertThat(PoolParts.next(state, session, false)).isNull();
        state.forget(session);
        assertThat(place(PoolParts.transaction()).session()).isNull();
    }

    @Test
    void closedSessionGetsNothing() {
        Place session = busySession();
        assertThat(PoolParts.next(state, session, false)).isNull();
        assertThat(state.closed(session, false).toOpen()).isEmpty();
        Placement placement = place(PoolParts.transaction());
        assertThat(placement.session()).isNull();
        assertThat(placement.toOpen()).hasSize(1);
    }

    @Test
    void replacedSessionsGetNothing() {
        Place idle = busySession();
        Place withRoom = busySession();
        assertThat(PoolParts.next(state, idle, true)).isNull();
        assertThat(PoolParts.next(state, withRoom, false)).isNull();
        assertThat(state.retireAll()).containsExactlyInAnyOrder(idle, withRoom);
        assertThat(idle.isOutdated()).isTrue();
        Placement placement = place(PoolParts.transaction());
        assertThat(placement.session()).isNull();
        assertThat(placement.toOpen()).hasSize(1);
        assertThat(placement.toOpen().get(0).isOutdated()).isFalse();
    }

    /** A connection that fails with credentials that have been replaced since says nothing about the new ones. */
    @Test
    void failureOfAReplacedSessionIsNobodysFailure() {
        Place old = place(PoolParts.transaction()).toOpen().get(0);
        state.retireAll();
        Change change = state.openFailed(old, FAILURE);
        assertThat(change.hopeless()).isEmpty();
        assertThat(change.news()).isEqualTo(RelayNews.News.NONE);
        assertThat(change.toOpen()).hasSize(1);
    }

    // ---- how long a message waits

    /** One that may wait for so long, and has begun to. */
    private Transaction waiting(long seconds) {
        Transaction transaction = PoolParts.transaction();
        transaction.waiting().limit(seconds * SECOND);
        transaction.waiting().run(() -> now);
        return transaction;
    }

    /** A session that takes a transaction after it has waited for a while. */
    private Place take(Transaction transaction, long seconds) {
        Place session = place(transaction).toOpen().get(0);
        now += seconds * SECOND;
        state.opened(session);
        assertThat(PoolParts.next(state, session, true)).isSameAs(transaction);
        return session;
    }

    /** Neither less than it had left when the connection that died had taken it, nor more. */
    @Test
    void r5321_78_replayWaitsForWhatItHadLeft() {
        Transaction transaction = waiting(10);
        Place dead = take(transaction, 4);
        now += 100 * SECOND;
        assertThat(state.takeExpired()).as("it does not wait").isEmpty();
        assertThat(state.nextExpiry()).isEmpty();
        assertThat(state.replay(transaction)).hasSize(1);
        state.closed(dead, false);
        assertThat(state.nextExpiry()).hasValue(now + 6 * SECOND);
        now += 6 * SECOND - 1;
        assertThat(state.takeExpired()).isEmpty();
        assertThat(state.stats().queued()).isEqualTo(1);
        now++;
        assertThat(state.takeExpired()).containsExactly(transaction);
        assertThat(state.stats().queued()).isZero();
    }

    @Test
    void r5321_78_patientReplayWaitsAsLongAsItTakes() {
        Transaction transaction = PoolParts.transaction();
        transaction.waiting().patiently();
        take(transaction, 4);
        state.replay(transaction);
        assertThat(state.nextExpiry()).isEmpty();
        now += 1_000_000 * SECOND;
        assertThat(state.takeExpired()).isEmpty();
        assertThat(state.stats().queued()).isEqualTo(1);
    }

    /** It may have less time left than others that came later. */
    @Test
    void theFirstWhoseTimeIsOverIsLookedFor() {
        Transaction early = waiting(10);
        take(early, 9);
        Transaction late = waiting(10);
        place(late);
        now += SECOND;
        state.replay(early);
        assertThat(state.nextExpiry()).hasValue(now + SECOND);
        now += SECOND;
        assertThat(state.takeExpired()).containsExactly(early);
        assertThat(state.nextExpiry()).hasValue(now + 8 * SECOND);
    }

    @Test
    void whatIsGivenBackKeepsItsTime() {
        Transaction transaction = waiting(10);
        take(transaction, 4);
        assertThat(state.place(transaction, true).session()).isNull();
        assertThat(state.nextExpiry()).hasValue(now + 6 * SECOND);
    }

    @Test
    void waitingForAPermitIsWaiting() {
        Transaction transaction = waiting(10);
        take(transaction, 4);
        state.park(transaction, new CompletableFuture<>());
        now += SECOND;
        assertThat(state.nextExpiry()).hasValue(now + 5 * SECOND);
        state.unpark(transaction);
        assertThat(state.place(transaction, true).session()).isNull();
        assertThat(state.nextExpiry()).hasValue(now + 5 * SECOND);
    }

    @Test
    void r5321_78_replayIsTakenUntilTheDrainEnds() {
        Transaction transaction = waiting(10);
        Place dead = take(transaction, 1);
        state.beginClosing();
        List<Place> opened = Objects.requireNonNull(state.replay(transaction));
        state.closed(dead, false);
        assertThat(state.isDeserted()).isFalse();
        state.opened(opened.get(0));
        assertThat(PoolParts.next(state, opened.get(0), true)).isSameAs(transaction);
        state.end();
        assertThat(state.replay(transaction)).isNull();
        state.closed(opened.get(0), false);
        assertThat(state.isDeserted()).isTrue();
    }

    /** R-9422-01: so that it is the first that a fresh session gets, which has room for it then. */
    @Test
    void whatItsSessionHadNoRoomForGoesToTheNextFreshOneFirst() {
        Transaction unfit = waiting(10);
        Place used = take(unfit, 4);
        Transaction replay = waiting(10);
        List<Place> opened = Objects.requireNonNull(state.replay(replay));
        assertThat(state.sendElsewhere(used, unfit)).isNotNull();
        assertThat(state.nextExpiry()).hasValue(now + 6 * SECOND);
        now++;
        Place fresh = opened.get(0);
        state.opened(fresh);
        assertThat(PoolParts.next(state, fresh, true)).isSameAs(unfit);
        assertThat(PoolParts.next(state, fresh, true)).isSameAs(replay);
        state.closed(used, false);
        state.end();
        assertThat(state.sendElsewhere(fresh, unfit)).isNull();
    }

    /** Its own session leaves, and so need no other that is used, though all places are taken. */
    @Test
    void oneSessionLeavesForATransactionThatNeedsAFreshOne() {
        Place used = busySession();
        List<Place> others = List.of(busySession(), busySession());
        Transaction unfit = waiting(10);
        now++;
        assertThat(state.sendElsewhere(used, unfit)).isEmpty();
        Transaction another = PoolParts.transaction();
        place(another);
        assertThat(PoolParts.next(state, used, true)).isNull();
        assertThat(PoolParts.next(state, others.get(0), true)).isSameAs(another);
        Place fresh = state.closed(used, false).toOpen().get(0);
        state.opened(fresh);
        assertThat(PoolParts.next(state, fresh, true)).isSameAs(unfit);
    }

    /** Nobody opens a connection for a message that is not wanted any more. */
    @Test
    void replayThatIsNotWantedIsNotTaken() {
        Transaction transaction = waiting(10);
        take(transaction, 1);
        CompletableFuture<TransactionOutcome> end = new CompletableFuture<>();
        Transaction again = PoolParts.transaction(end);
        end.cancel(false);
        assertThat(state.replay(again)).isNull();
        assertThat(state.stats().queued()).isZero();
    }
}
