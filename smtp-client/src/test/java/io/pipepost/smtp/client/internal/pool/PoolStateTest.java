/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.session.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who gets which work, without any connection. */
class PoolStateTest {
    private static final PoolOptions OPTIONS = PoolOptions.DEFAULT.withMaxConnections(3);

    private static final Failure FAILURE = Failure.of(FailureCause.CONNECT_FAILED, Phase.CONNECT, "refused");

    private final Route route =
            new Route(new Target(Relay.of("relay.test", 25), null), OPTIONS.growth(), System::nanoTime);
    private final PoolState state = new PoolState(
            OPTIONS, new Routes(List.of(route)), route -> new PooledSession(null, route, OPTIONS), System::nanoTime);

    private PoolState.Placement place(Transaction transaction) {
        return state.place(transaction, false);
    }

    /** A session that was opened for a transaction, and has taken it. */
    private PooledSession busySession() {
        Transaction transaction = PoolParts.transaction();
        List<PooledSession> opened = place(transaction).toOpen();
        assertThat(opened).hasSize(1);
        state.opened(opened.get(0));
        assertThat(PoolParts.next(state, opened.get(0), true, true)).isSameAs(transaction);
        return opened.get(0);
    }

    @Test
    void idleSessionUsedLastComesFirst() {
        PooledSession first = busySession();
        PooledSession second = busySession();
        assertThat(PoolParts.next(state, second, false, true)).isNull();
        assertThat(PoolParts.next(state, first, false, true)).isNull();
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 2, 0, 0));
        assertThat(place(PoolParts.transaction()).session()).isSameAs(first);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(second);
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 0, 2, 0));
    }

    @Test
    void idleComesBeforeRoom() {
        PooledSession idle = busySession();
        PooledSession withRoom = busySession();
        assertThat(PoolParts.next(state, idle, false, true)).isNull();
        assertThat(PoolParts.next(state, withRoom, false, false)).isNull();
        assertThat(state.stats()).isEqualTo(new PoolStats(0, 1, 1, 0));
        assertThat(place(PoolParts.transaction()).session()).isSameAs(idle);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(withRoom);
    }

    @Test
    void roomUsedLastComesFirst() {
        PooledSession first = busySession();
        PooledSession second = busySession();
        assertThat(PoolParts.next(state, first, false, false)).isNull();
        assertThat(PoolParts.next(state, second, false, false)).isNull();
        assertThat(PoolParts.next(state, first, false, false)).isNull();
        assertThat(place(PoolParts.transaction()).session()).isSameAs(first);
        assertThat(place(PoolParts.transaction()).session()).isSameAs(second);
    }

    @Test
    void connectionIsOpenedOnlyWhenAllWindowsAreFull() {
        PooledSession session = busySession();
        assertThat(PoolParts.next(state, session, false, false)).isNull();
        PoolState.Placement fits = place(PoolParts.transaction());
        assertThat(fits.session()).isSameAs(session);
        assertThat(fits.toOpen()).isEmpty();
        PoolState.Placement waits = place(PoolParts.transaction());
        assertThat(waits.session()).isNull();
        assertThat(waits.toOpen()).hasSize(1);
    }

    @Test
    void sessionWithRoomTakesFromTheQueueInOrder() {
        PooledSession session = busySession();
        Transaction first = PoolParts.transaction();
        Transaction second = PoolParts.transaction();
        place(first);
        place(second);
        assertThat(PoolParts.next(state, session, false, false)).isSameAs(first);
        assertThat(PoolParts.next(state, session, false, false)).isSameAs(second);
        assertThat(PoolParts.next(state, session, false, false)).isNull();
    }

    @Test
    void whatIsGivenBackComesFirst() {
        PooledSession session = busySession();
        Transaction later = PoolParts.transaction();
        place(later);
        Transaction back = PoolParts.transaction();
        assertThat(state.place(back, true).session()).isNull();
        assertThat(PoolParts.next(state, session, false, true)).isSameAs(back);
        assertThat(PoolParts.next(state, session, false, true)).isSameAs(later);
    }

    @Test
    void sessionThatBecomesIdleCountsAsSuch() {
        PooledSession session = busySession();
        assertThat(PoolParts.next(state, session, false, false)).isNull();
        assertThat(state.claimIdle(session, false))
                .as("not while it carries something")
                .isFalse();
        assertThat(PoolParts.next(state, session, false, true)).isNull();
        assertThat(state.stats().idle()).isEqualTo(1);
        assertThat(state.claimIdle(session, false)).isTrue();
        assertThat(state.stats().idle()).isZero();
        assertThat(place(PoolParts.transaction()).session()).isNull();
    }

    @Test
    void forgottenSessionGetsNothing() {
        PooledSession session = busySession();
        assertThat(PoolParts.next(state, session, false, false)).isNull();
        state.forget(session);
        assertThat(place(PoolParts.transaction()).session()).isNull();
    }

    @Test
    void closedSessionGetsNothing() {
        PooledSession session = busySession();
        assertThat(PoolParts.next(state, session, false, false)).isNull();
        assertThat(state.closed(session, false).toOpen()).isEmpty();
        PoolState.Placement placement = place(PoolParts.transaction());
        assertThat(placement.session()).isNull();
        assertThat(placement.toOpen()).hasSize(1);
    }

    @Test
    void replacedSessionsGetNothing() {
        PooledSession idle = busySession();
        PooledSession withRoom = busySession();
        assertThat(PoolParts.next(state, idle, false, true)).isNull();
        assertThat(PoolParts.next(state, withRoom, false, false)).isNull();
        assertThat(state.replace((relay, connector) -> connector)).containsExactlyInAnyOrder(idle, withRoom);
        assertThat(idle.isOutdated()).isTrue();
        PoolState.Placement placement = place(PoolParts.transaction());
        assertThat(placement.session()).isNull();
        assertThat(placement.toOpen()).hasSize(1);
        assertThat(placement.toOpen().get(0).isOutdated()).isFalse();
    }

    /** A connection that fails with credentials that have been replaced since says nothing about the new ones. */
    @Test
    void failureOfAReplacedSessionIsNobodysFailure() {
        PooledSession old = place(PoolParts.transaction()).toOpen().get(0);
        state.replace((relay, connector) -> connector);
        PoolState.Change change = state.openFailed(old, FAILURE);
        assertThat(change.hopeless()).isEmpty();
        assertThat(change.news()).isEqualTo(Roster.News.NONE);
        assertThat(change.toOpen()).hasSize(1);
    }

    @Test
    void manySessionsComeAndGoInAnyOrder() {
        FreeSessions free = new FreeSessions();
        List<PooledSession> sessions = IntStream.range(0, 5)
                .mapToObj(i -> new PooledSession(null, route, OPTIONS))
                .toList();
        sessions.forEach(session -> free.add(session, true));
        free.remove(sessions.get(2));
        free.remove(sessions.get(1));
        free.remove(sessions.get(1));
        assertThat(free.idle()).isEqualTo(3);
        assertThat(free.take()).isSameAs(sessions.get(4));
        free.remove(sessions.get(0));
        assertThat(free.take()).isSameAs(sessions.get(3));
        assertThat(free.take()).isNull();
        assertThat(free.idle()).isZero();
    }
}
