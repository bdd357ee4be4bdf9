/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A few messages, the connections that carry them, and the server at their other end, of which only the first connection
 * is disturbed. Played to its end, where {@link WorldOracle} says what may be reported of each recipient.
 */
final class World {
    private static final int MOST_LINKS = 8;

    private final WorldWay way;
    private final WorldSecurity tls;
    private final WorldFault fault;
    private final HostRecord known;
    private final Map<String, Integer> delivered = new HashMap<>();
    private final List<WorldLink> links = new ArrayList<>();
    private final List<Sent> all = new ArrayList<>();
    private final Deque<Transaction> queue = new ArrayDeque<>();
    private final Deque<Transaction> replays = new ArrayDeque<>();

    /** Those that are sent when the connection has been idle. */
    private final Deque<Transaction> later = new ArrayDeque<>();

    World(WorldWay way, WorldSecurity tls, WorldFault fault) {
        this.way = way;
        this.tls = tls;
        this.fault = fault;
        TrainDepth depth = new TrainDepth(way.flight().transactionsInFlight());
        if (way.depth() > 0) {
            depth.probed(0);
        }
        for (int i = 2; i < way.depth(); i++) {
            depth.grow();
        }
        known = HostRecord.trusting(depth);
        for (int number = 1; number <= way.messages().size(); number++) {
            Sent sent = new Sent(number);
            all.add(sent);
            (way.pauses() && number > 1 ? later : queue).add(sent.transaction());
        }
    }

    /** One message. */
    final class Sent implements Transaction.Listener {
        private final int number;
        private final Mail mail;
        private @Nullable WorldLink link;
        private @Nullable TransactionOutcome outcome;

        private Sent(int number) {
            this.number = number;
            this.mail = way.mail(number);
        }

        private Transaction transaction() {
            return new Transaction(
                    ReversePath.of(mail.from()),
                    mail.recipients().stream().map(ForwardPath::of).toList(),
                    mail.policy(),
                    new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                            .prepare(mail.content())
                            .join(),
                    way.flight(),
                    this);
        }

        int number() {
            return number;
        }

        Mail mail() {
            return mail;
        }

        /** The last connection that got it; null if none did. */
        @Nullable
        WorldLink link() {
            return link;
        }

        @Override
        public void onSettled(TransactionOutcome end) {
            require(outcome == null, "Message " + number + " is told twice");
            require(end.recipients().size() == mail.recipients().size(), "Message " + number + " lacks recipients");
            boolean accepted = end.recipients().stream().anyMatch(RecipientResult::isAccepted);
            require((end.failure() == null) == accepted, "Message " + number + " fails without a failure");
            outcome = end;
        }

        private void check() {
            TransactionOutcome end = outcome;
            if (end == null) {
                throw new AssertionError("Message " + number + " is not told");
            }
            for (RecipientResult result : end.recipients()) {
                new WorldOracle(World.this, this, result).check();
            }
        }
    }

    WorldWay way() {
        return way;
    }

    WorldSecurity tls() {
        return tls;
    }

    HostRecord known() {
        return known;
    }

    Map<String, Integer> delivered() {
        return delivered;
    }

    List<WorldLink> links() {
        return links;
    }

    void require(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }

    @Override
    public String toString() {
        return "World[" + way + ", " + tls + ", " + fault + "]";
    }

    // ---- playing

    /** Plays to the end; returns the first connection. */
    WorldLink play() {
        try {
            open(fault);
            while (all.stream().anyMatch(sent -> sent.outcome == null)) {
                require(links.size() < MOST_LINKS, "Messages remain, however many connections there are");
                open(WorldFault.NONE);
            }
            all.forEach(Sent::check);
            return links.get(0);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(this + ": " + e.getMessage() + "\n" + results(), e);
        }
    }

    private void open(WorldFault what) {
        WorldLink link = new WorldLink(this, links.size(), what);
        links.add(link);
        link.play();
    }

    private List<RecipientResult> results() {
        List<RecipientResult> results = new ArrayList<>();
        for (Sent sent : all) {
            TransactionOutcome end = sent.outcome;
            results.addAll(end == null ? List.of() : end.recipients());
        }
        return results;
    }

    boolean hasLater() {
        return !later.isEmpty();
    }

    void startLater(Session session) {
        session.start(begin(later.remove(), links.get(links.size() - 1)));
    }

    private Transaction begin(Transaction transaction, WorldLink link) {
        all.get(numberOf(transaction.request().recipients().get(0).toString()) - 1).link = link;
        return transaction;
    }

    /** Of s7@b.test, ok7.1@d.test. */
    static int numberOf(String address) {
        String digits = address.substring(address.indexOf('<') + 1).replaceFirst("^[a-z]+", "");
        return Integer.parseInt(digits.split("[.@]")[0]);
    }

    /** What a pool does for a session. */
    SessionListener listener(WorldLink link) {
        return new SessionListener() {
            @Override
            public boolean isPooled() {
                return true;
            }

            @Override
            public void onReady(Session session) {}

            @Override
            public void onOpenFailed(Failure failure) {
                List.of(queue, replays, later).forEach(waiting -> {
                    waiting.forEach(each -> each.giveUp(failure));
                    waiting.clear();
                });
            }

            @Override
            public @Nullable Transaction onRoom(Session session) {
                Deque<Transaction> next = replays.isEmpty() ? queue : replays;
                return next.isEmpty() || !session.fits(next.element()) ? null : begin(next.remove(), link);
            }

            @Override
            public boolean onReplay(Transaction transaction, Failure failure, int before) {
                replays.add(transaction);
                return true;
            }

            @Override
            public void onClosed(@Nullable Failure failure) {
                link.onClosed(failure);
            }
        };
    }
}
