/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** To which relay sessions are opened, and which of them get work, without any connection. */
class RoutesTest {
    private static final Failure REFUSED = Failure.of(FailureCause.CONNECT_FAILED, Phase.CONNECT, "refused");
    private static final Failure TOO_MANY =
            Failure.rejected(Phase.GREETING, "refused", Reply.of(421, "4.7.0 too many connections"));

    private static final Relay FIRST = Relay.of("first", 25).withPriority(10);
    private static final Relay SECOND = Relay.of("second", 25).withPriority(20);

    private static final long BACK_OFF = TimeUnit.SECONDS.toNanos(1);

    /** The clock begins anywhere, as System.nanoTime does. */
    private long now = Long.MAX_VALUE - BACK_OFF / 2;

    private PoolState pool(PoolOptions options, Relay... relays) {
        Routes routes = new Routes(Stream.of(relays)
                .map(relay -> new Route(relay, options.growth(), () -> now))
                .toList());
        return new PoolState(options, routes, route -> new PooledSession(null, route, null, options), () -> now);
    }

    private static PoolOptions max(int connections) {
        return PoolOptions.DEFAULT.withMaxConnections(connections);
    }

    private static Placement place(PoolState state) {
        return place(state, PoolParts.transaction());
    }

    private static Placement place(PoolState state, Transaction transaction) {
        return state.place(transaction, false);
    }

    /** Sessions opened for so many transactions. */
    private static List<Place> open(PoolState state, int transactions) {
        List<Place> opened = new ArrayList<>();
        for (int i = 0; i < transactions; i++) {
            opened.addAll(place(state).toOpen());
        }
        return opened;
    }

    private static List<String> hosts(List<Place> sessions) {
        return sessions.stream().map(session -> session.route().relay().host()).toList();
    }

    /** A session that is ready and has taken a transaction. */
    private static Place busy(PoolState state, Place session) {
        state.opened(session);
        assertThat(PoolParts.next(state, session, true)).isNotNull();
        return session;
    }

    // ---- order and weight

    @Test
    void preferredRelayIsFilledFirst() {
        PoolState state = pool(max(5), SECOND, FIRST.withMaxConnections(2));
        assertThat(hosts(open(state, 9))).containsExactly("first", "first", "second", "second", "second");
    }

    @Test
    void weightsShareConnections() {
        PoolState state =
                pool(max(8), Relay.of("one", 25), Relay.of("three", 25).withWeight(3));
        assertThat(hosts(open(state, 8))).filteredOn("three"::equals).hasSize(6);
    }

    @Test
    void idleSessionsOfThePreferredRelayGetWorkFirst() {
        PoolState state = pool(max(5), FIRST.withMaxConnections(1), SECOND);
        List<Place> sessions = open(state, 2);
        sessions.forEach(session -> busy(state, session));
        PoolParts.next(state, sessions.get(0), true);
        PoolParts.next(state, sessions.get(1), true);
        assertThat(place(state).session()).isSameAs(sessions.get(0));
        assertThat(place(state).session()).isSameAs(sessions.get(1));
    }

    @Test
    void workIsSharedByWeightAmongRelaysOfOnePriority() {
        PoolState state = pool(max(6), Relay.of("one", 25), Relay.of("two", 25).withWeight(2));
        List<Place> sessions = open(state, 6);
        sessions.forEach(session -> busy(state, session));
        sessions.forEach(
                session -> assertThat(PoolParts.next(state, session, true)).isNull());
        List<Place> used =
                Stream.generate(() -> place(state).session()).limit(3).toList();
        assertThat(hosts(used)).containsExactlyInAnyOrder("one", "two", "two");
    }

    // ---- health

    @Test
    void whatWaitsGoesElsewhereIfARelayFails() {
        PoolState state = pool(max(5), FIRST, SECOND);
        Transaction transaction = PoolParts.transaction();
        Place first = place(state, transaction).toOpen().get(0);
        Change change = state.openFailed(first, REFUSED);
        assertThat(change.news()).isEqualTo(RelayNews.News.DOWN);
        assertThat(change.hopeless()).isEmpty();
        assertThat(hosts(change.toOpen())).containsExactly("second");
        Place second = change.toOpen().get(0);
        state.opened(second);
        assertThat(PoolParts.next(state, second, true)).isSameAs(transaction);
    }

    @Test
    void allFailTogetherIfAllRelaysDo() {
        PoolState state = pool(max(5), FIRST, SECOND);
        Transaction transaction = PoolParts.transaction();
        Place first = place(state, transaction).toOpen().get(0);
        Place second = state.openFailed(first, REFUSED).toOpen().get(0);
        Change change = state.openFailed(second, REFUSED);
        assertThat(change.hopeless()).containsExactly(transaction);
        assertThat(change.toOpen()).isEmpty();
    }

    @Test
    void oneConnectionTriesARelayThatIsDown() {
        PoolState state = pool(max(8), FIRST);
        List<Place> burst = open(state, 4);
        assertThat(burst).hasSize(4);
        busy(state, burst.get(0));
        burst.subList(1, 4).forEach(session -> state.openFailed(session, REFUSED));
        burst.subList(1, 4).forEach(session -> state.closed(session, false));
        now += BACK_OFF;
        List<Place> trial = state.grow();
        assertThat(trial).hasSize(1);
        assertThat(open(state, 3)).isEmpty();
        Change change = state.opened(trial.get(0));
        assertThat(change.news()).isEqualTo(RelayNews.News.UP);
        assertThat(change.toOpen())
                .as("as many as wait, but for what the trial takes")
                .hasSize(5);
    }

    @Test
    void relayThatIsDownIsLeftAloneWhileOthersWork() {
        PoolState state = pool(max(8), FIRST, SECOND);
        Place first = open(state, 1).get(0);
        List<Place> instead = state.openFailed(first, REFUSED).toOpen();
        state.closed(first, false);
        busy(state, instead.get(0));
        assertThat(hosts(open(state, 3))).containsExactly("second", "second", "second");
    }

    /** A trial is nobody's session: what waits gets one of a relay that is healthy besides. */
    @Test
    void nobodyWaitsForATrial() {
        PoolState state = pool(max(8), FIRST, SECOND);
        Place first = open(state, 1).get(0);
        List<Place> instead = state.openFailed(first, REFUSED).toOpen();
        state.closed(first, false);
        busy(state, instead.get(0));
        now += BACK_OFF;
        List<Place> both = open(state, 1);
        assertThat(hosts(both)).containsExactly("first", "second");
        busy(state, both.get(1));
        assertThat(hosts(open(state, 1))).as("while the trial goes on").containsExactly("second");
    }

    @Test
    void sessionsOfALessPreferredRelayMakeWayWhenThePreferredOneRecovers() {
        PoolState state = pool(max(2), FIRST, SECOND);
        Place first = open(state, 1).get(0);
        List<Place> second = new ArrayList<>(state.openFailed(first, REFUSED).toOpen());
        state.closed(first, false);
        second.addAll(open(state, 1));
        assertThat(hosts(second)).containsExactly("second", "second");
        second.forEach(session -> busy(state, session));
        open(state, 5);
        assertThat(PoolParts.next(state, second.get(0), true))
                .as("the back-off is not over")
                .isNotNull();
        now += BACK_OFF;
        // All places are taken, and work waits: the one that asks first leaves, and no other until its place is filled.
        assertThat(PoolParts.next(state, second.get(0), true)).isNull();
        assertThat(second.get(0).isDismissed()).isTrue();
        assertThat(PoolParts.next(state, second.get(1), true)).isNotNull();
        Place trial = state.closed(second.get(0), false).toOpen().get(0);
        assertThat(trial.route().relay()).isSameAs(FIRST);
        assertThat(PoolParts.next(state, second.get(1), true)).isNotNull();
        state.opened(trial);
        assertThat(PoolParts.next(state, second.get(1), true))
                .as("one after the other")
                .isNull();
    }

    @Test
    void useOfALessPreferredSessionOpensAPreferredOneBesides() {
        PoolState state = pool(max(8), FIRST, SECOND);
        Place first = open(state, 1).get(0);
        Place second = state.openFailed(first, REFUSED).toOpen().get(0);
        state.closed(first, false);
        busy(state, second);
        assertThat(PoolParts.next(state, second, true)).isNull();
        now += BACK_OFF;
        Placement placement = place(state);
        assertThat(placement.session()).isSameAs(second);
        assertThat(hosts(placement.toOpen())).containsExactly("first");
        state.opened(placement.toOpen().get(0));
        assertThat(PoolParts.next(state, placement.toOpen().get(0), true)).isNull();
        assertThat(place(state).session()).isSameAs(placement.toOpen().get(0));
    }

    // ---- how many, and how fast

    @Test
    void refusalLowersTheCapToWhatIsOpen() {
        PoolState state = pool(max(8), FIRST);
        List<Place> sessions = open(state, 8);
        sessions.subList(0, 4).forEach(session -> busy(state, session));
        for (Place surplus : sessions.subList(4, 8)) {
            Change change = state.openFailed(surplus, TOO_MANY);
            assertThat(change.news()).isEqualTo(RelayNews.News.LIMITED);
            assertThat(change.hopeless()).isEmpty();
            assertThat(state.closed(surplus, false).toOpen()).isEmpty();
        }
        assertThat(open(state, 10)).isEmpty();
        assertThat(state.closed(sessions.get(0), false).toOpen())
                .as("what the relay takes is replaced")
                .hasSize(1);
    }

    @Test
    void refusalOfTheOnlyConnectionIsAFailure() {
        PoolState state = pool(max(8), FIRST);
        Place only = open(state, 1).get(0);
        Change change = state.openFailed(only, TOO_MANY);
        assertThat(change.news()).isEqualTo(RelayNews.News.DOWN);
        assertThat(change.hopeless()).hasSize(1);
    }

    @Test
    void fewAreOpenedAtATime() {
        PoolState state = pool(max(8).withGrowth(GrowthOptions.DEFAULT.withOpening(2, 100)), FIRST);
        List<Place> sessions = open(state, 8);
        assertThat(sessions).hasSize(2);
        assertThat(state.withholds()).isTrue();
        Change change = state.opened(sessions.get(0));
        assertThat(change.toOpen()).hasSize(1);
    }

    @Test
    void fewAreOpenedInASecond() {
        PoolState state = pool(max(8).withGrowth(GrowthOptions.DEFAULT.withOpening(100, 2)), FIRST);
        assertThat(open(state, 8)).hasSize(2);
        assertThat(state.withholds()).isTrue();
        assertThat(state.nanosUntilGrowth()).isBetween(1L, 500_000_000L);
    }

    @Test
    void preferredRelayThatIsOpenedSlowlyIsWaitedFor() {
        PoolState state = pool(max(8).withGrowth(GrowthOptions.DEFAULT.withOpening(1, 100)), FIRST, SECOND);
        assertThat(hosts(open(state, 5))).containsExactly("first");
    }

    @Test
    void minimumIsKept() {
        PoolState state = pool(max(8).withGrowth(GrowthOptions.DEFAULT.withMinConnections(3)), FIRST);
        List<Place> sessions = open(state, 1);
        assertThat(sessions).hasSize(3);
        sessions.forEach(state::opened);
        assertThat(state.isWarm()).isTrue();
        PoolParts.next(state, sessions.get(0), true);
        PoolParts.next(state, sessions.get(0), true);
        assertThat(state.claimIdle(sessions.get(0), false)).isFalse();
        assertThat(state.claimIdle(sessions.get(0), true)).as("too old").isTrue();
        assertThat(state.closed(sessions.get(0), false).toOpen()).hasSize(1);
    }

    @Test
    void r5321_83_messagesPerConnectionAreForgotten() {
        Route route = new Route(FIRST, GrowthOptions.DEFAULT, () -> now);
        route.learnMessagesPerConnection(5);
        route.learnMessagesPerConnection(7);
        assertThat(route.messagesPerConnection()).isEqualTo(5);
        now += TimeUnit.HOURS.toNanos(1);
        assertThat(route.messagesPerConnection()).isEqualTo(Integer.MAX_VALUE);
        route.learnMessagesPerConnection(7);
        assertThat(route.messagesPerConnection()).isEqualTo(7);
    }

    // ---- replays

    @Test
    void r5321_78_idleSessionMakesRoomForAReplay() {
        PoolState state = pool(max(1), FIRST);
        Place dead = busy(state, open(state, 1).get(0));
        Transaction replay = PoolParts.transaction();
        assertThat(state.replay(replay)).isEmpty();
        Place again = state.closed(dead, false).toOpen().get(0);
        state.opened(again);
        assertThat(PoolParts.next(state, again, true)).isSameAs(replay);
        Transaction another = PoolParts.transaction();
        now++;
        assertThat(state.replay(another)).isEmpty();
        assertThat(PoolParts.next(state, again, true)).as("not fresh").isNull();
        assertThat(again.isDismissed()).isTrue();
        assertThat(state.closed(again, false).toOpen()).hasSize(1);
    }
}
