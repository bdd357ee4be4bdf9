/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.Route;
import io.pipepost.smtp.client.internal.relay.Routes;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * The pool's decisions: whatever threads do at once must look as if one had done it after the other. Each operation is one
 * passage through the pool's lock; the events of one session come from one thread, as they do from its event loop.
 */
@Param(name = "transaction", gen = IntGen.class, conf = "0:3")
public class PoolStateSpec {
    private static final int TRANSACTIONS = 4;
    private static final Failure FAILURE = Failure.of(FailureCause.CONNECT_FAILED, Phase.CONNECT, "refused");
    private static final PoolOptions OPTIONS = PoolOptions.DEFAULT
            .withMaxConnections(2)
            .withQueue(1, PoolOptions.WhenFull.WAIT)
            .withGrowth(GrowthOptions.DEFAULT.withBackOff(Duration.ofDays(1), Duration.ofDays(1)));
    private static final PreparedContent CONTENT = new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
            .prepare(Content.of("x\r\n"))
            .join();

    private static final Relay RELAY = Relay.of("relay.test", 25);

    private final List<Transaction> transactions =
            IntStream.range(0, TRANSACTIONS).mapToObj(i -> transaction()).toList();

    private final Route route = new Route(RELAY, OPTIONS.growth(), this::tick);
    private final PoolState state = new PoolState(OPTIONS, new Routes(List.of(route)), this::newSession, this::tick);

    /** The clock is looked at under the pool's lock only, and shows in which order. */
    private long ticks;

    /** Written under the pool's lock, where sessions are made; read by whoever plays their event loops. */
    private volatile @Nullable Place first;

    private volatile @Nullable Place second;
    private int made;

    /** Each by the thread that plays the event loop. */
    private boolean firstReady;

    private boolean secondReady;

    static Transaction transaction() {
        return new Transaction(
                ReversePath.of("a@b.test"),
                List.of(ForwardPath.of("c@d.test")),
                RecipientPolicy.ANY,
                CONTENT,
                FlightOptions.DEFAULT,
                outcome -> {});
    }

    private long tick() {
        return ticks++;
    }

    private Place newSession(Route to) {
        Place session = new PooledSession(null, to, null, OPTIONS);
        made++;
        if (made == 1) {
            first = session;
        } else if (made == 2) {
            second = session;
        }
        return session;
    }

    // ---- callers

    @Operation
    public String submit(@Param(name = "transaction") int number) {
        return describe(state.place(transactions.get(number), false));
    }

    @Operation
    public String giveBack(@Param(name = "transaction") int number) {
        return describe(state.place(transactions.get(number), true));
    }

    @Operation
    public void withdraw(@Param(name = "transaction") int number) {
        state.withdraw(transactions.get(number));
    }

    @Operation
    public String stats() {
        return describe(state.stats());
    }

    @Operation
    public String grow() {
        return describe(state.grow());
    }

    @Operation
    public String warmUp() {
        List<Place> toOpen = state.warmUp();
        return toOpen == null ? "closing" : describe(toOpen);
    }

    @Operation
    public String close() {
        List<Place> unused = state.beginClosing();
        return (unused == null ? "closing before" : describe(unused)) + (state.isClosing() ? "" : ", but not closing");
    }

    @Operation
    public boolean isDeserted() {
        return state.isDeserted();
    }

    @Operation
    public String end() {
        return describe(state.end());
    }

    // ---- the first session

    @Operation(nonParallelGroup = "first")
    public String firstOpened() {
        if (first == null || firstReady) {
            return "no";
        }
        firstReady = true;
        return opened(first);
    }

    @Operation(nonParallelGroup = "first")
    public String firstAsks() {
        return firstReady ? ask(first) : "no";
    }

    @Operation(nonParallelGroup = "first")
    public String firstReplays(@Param(name = "transaction") int number) {
        return firstReady ? replay(number) : "no";
    }

    @Operation(nonParallelGroup = "first")
    public boolean firstIsClaimed() {
        return firstReady && state.claimIdle(Objects.requireNonNull(first), true);
    }

    @Operation(nonParallelGroup = "first")
    public String firstClosed() {
        return firstReady ? closed(first) : "no";
    }

    // ---- the second session

    @Operation(nonParallelGroup = "second")
    public String secondOpened() {
        if (second == null || secondReady) {
            return "no";
        }
        secondReady = true;
        return opened(second);
    }

    @Operation(nonParallelGroup = "second")
    public String secondAsks() {
        return secondReady ? ask(second) : "no";
    }

    @Operation(nonParallelGroup = "second")
    public String secondFails() {
        Place session = second;
        if (session == null || secondReady) {
            return "no";
        }
        secondReady = true;
        return describe(state.openFailed(session, FAILURE));
    }

    @Operation(nonParallelGroup = "second")
    public String secondClosed() {
        return secondReady ? closed(second) : "no";
    }

    // ---- what sessions do

    private String opened(@Nullable Place session) {
        return describe(state.opened(Objects.requireNonNull(session)));
    }

    private String closed(@Nullable Place session) {
        return describe(state.closed(Objects.requireNonNull(session), false));
    }

    private String ask(@Nullable Place session) {
        return describe(state.nextFor(Objects.requireNonNull(session), true, any -> true));
    }

    private String replay(int number) {
        List<Place> toOpen = state.replay(transactions.get(number));
        return toOpen == null ? "ended" : describe(toOpen);
    }

    private String describe(@Nullable Object what) {
        return Words.of(what, this);
    }

    /** What was decided, in words to compare; not looked into by Lincheck, which has enough to do. */
    static final class Words {
        private Words() {}

        static String of(@Nullable Object what, PoolStateSpec spec) {
            if (what instanceof Transaction transaction) {
                return "transaction " + spec.transactions.indexOf(transaction);
            } else if (what instanceof Place session) {
                return session == spec.first ? "first" : session == spec.second ? "second" : "later";
            } else if (what instanceof List<?> list) {
                StringBuilder all = new StringBuilder("[");
                list.forEach(each -> all.append(of(each, spec)).append(' '));
                return all.append(']').toString();
            } else if (what instanceof Placement placement) {
                return of(List.of(placement.toOpen(), placement.refused(), placement.room() == null), spec)
                        + of(placement.session(), spec);
            } else if (what instanceof Change change) {
                return of(List.of(change.news(), change.connections(), change.toOpen(), change.hopeless()), spec)
                        + of(change.toRetire(), spec);
            }
            return String.valueOf(what);
        }
    }
}
