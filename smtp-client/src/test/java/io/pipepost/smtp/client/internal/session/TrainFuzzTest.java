/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Trains against servers of all manners: what is reported is what the server has in its ledger (S-44). A failure names its
 * seed; {@code -Dpipepost.fuzz.seed=n} plays that one alone.
 */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class TrainFuzzTest {
    private static final long FIRST = 0x5EED;

    /** Runs in which leaks are looked for. */
    private static final int TRACKED = 30;

    private static final int RUNS = Integer.getInteger("pipepost.fuzz.runs", 3_000);

    @Test
    void everyReportIsTrue() {
        Long seed = Long.getLong("pipepost.fuzz.seed");
        if (seed != null) {
            run(seed).play();
            return;
        }
        play(FIRST, TRACKED);
        // Tracking every buffer takes fifty times as long as all the rest.
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            play(FIRST + TRACKED, RUNS);
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    private static Run run(long seed) {
        return new Run(new Random(seed * 0x9E3779B97F4A7C15L));
    }

    private static void play(long first, int runs) {
        for (long seed = first; seed < first + runs; seed++) {
            try {
                run(seed).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Messages that are sent over as many connections as it takes. */
    static final class Run {
        private static final Failure REASON = Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted");
        private static final int MOST_STEPS = 20_000;

        private final Random random;
        private final FlightOptions flight;
        private final TrainDepth depth;
        private final HostRecord known;
        private final Deque<Transaction> queue = new ArrayDeque<>();
        private final Deque<Transaction> replays = new ArrayDeque<>();
        private final List<Sent> all = new ArrayList<>();
        private final Map<String, Integer> delivered = new HashMap<>();
        private int told;

        Run(Random lots) {
            random = lots;
            flight = FlightOptions.DEFAULT
                    .withTransactionsInFlight(1 + random.nextInt(8))
                    .withMaxFlightOctets(random.nextBoolean() ? 50_000 : 1 << 20)
                    .withChunkOctets(64 * 1024)
                    .withOctetsInFlight(random.nextInt(4) == 0 ? 60 : 4 << 20);
            depth = new TrainDepth(flight.transactionsInFlight());
            known = HostRecord.trusting(depth);
            if (random.nextBoolean()) {
                depth.probed(0);
                for (int i = random.nextInt(8); i > 0; i--) {
                    depth.grow();
                }
            }
            for (int i = 3 + random.nextInt(12); i > 0; i--) {
                all.add(new Sent(i));
            }
        }

        void play() {
            for (int i = 0; told < all.size(); i++) {
                assertThat(i).as("connections").isLessThan(200);
                new Connection().play();
            }
            all.forEach(Sent::check);
            delivered.keySet().forEach(this::checkAddressed);
        }

        private void checkAddressed(String delivery) {
            String message = delivery.substring(delivery.indexOf("Subject: m") + 10);
            assertThat(delivery).startsWith("<s" + message + "@").contains("> <r" + message + ".");
        }

        /** One message. */
        private final class Sent implements Transaction.Listener {
            private final int id;
            private final Transaction transaction;
            private @Nullable TransactionOutcome outcome;

            Sent(int number) {
                id = number;
                List<ForwardPath> recipients = new ArrayList<>();
                for (int i = random.nextInt(8) == 0 ? 300 : 1 + random.nextInt(3); i > 0; i--) {
                    recipients.add(ForwardPath.of("r" + id + "." + i + "@d.test"));
                }
                String body = "x\r\n".repeat(random.nextInt(12) == 0 ? 40_000 : random.nextInt(10));
                transaction = new Transaction(
                        ReversePath.of("s" + id + "@b.test"),
                        recipients,
                        random.nextInt(6) == 0 ? RecipientPolicy.ALL : RecipientPolicy.ANY,
                        new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                                .prepare(content("Subject: m" + id + "\r\n\r\n", body))
                                .join(),
                        flight,
                        this);
                queue.add(transaction);
            }

            private Content content(String header, String body) {
                return switch (random.nextInt(12)) {
                    case 0 -> Content.ofPublisher(() -> Sources.pieces(header, body));
                    case 1 -> Content.ofPublisher(() -> Sources.failing(new IOException("gone"), header, body));
                    default -> Content.of(header + body);
                };
            }

            @Override
            public void onSettled(TransactionOutcome end) {
                assertThat(outcome).as("message " + id + " told before").isNull();
                outcome = end;
                told++;
            }

            /** A refused MAIL is everybody's refusal to whoever waits no longer, so a lax server would not be understood. */
            void stop(boolean lax) {
                if (lax || random.nextBoolean()) {
                    transaction.cancel(REASON);
                } else {
                    transaction.expire(REASON);
                }
            }

            private int deliveries(ForwardPath recipient) {
                return delivered.getOrDefault("<s" + id + "@b.test> > <" + recipient + ">: Subject: m" + id, 0);
            }

            void checkNotDelivered() {
                transaction
                        .request()
                        .recipients()
                        .forEach(each -> assertThat(deliveries(each))
                                .as("deliveries to " + each + " before it is sent again")
                                .isZero());
            }

            void check() {
                TransactionOutcome end = outcome;
                assertThat(end).as("message " + id + " was told").isNotNull();
                assertThat(end.recipients()).hasSameSizeAs(transaction.request().recipients());
                end.recipients().forEach(this::check);
            }

            private void check(RecipientResult result) {
                int most = result.isAccepted() || result.disposition() == Disposition.INDETERMINATE ? 1 : 0;
                int least = result.isAccepted() ? 1 : 0;
                assertThat(deliveries(result.recipient()))
                        .as("deliveries of " + result)
                        .isBetween(least, most);
            }
        }

        /** One connection, and the server at its other end. */
        private final class Connection implements SessionListener {
            private final Wire wire = new Wire();
            private final RandomServer server = new RandomServer(wire, random, delivered, depth.isUnknown());
            private final Session session;
            private final Deque<Transaction> old = new ArrayDeque<>(replays);
            private boolean closed;

            Connection() {
                replays.clear();
                SessionConfig config = new SessionConfig(
                        "mx.test",
                        25,
                        EhloName.of("client.test"),
                        Security.of(TlsMode.NONE),
                        null,
                        null,
                        Timeouts.DEFAULT,
                        flight,
                        known,
                        ContentWriter.PIECE,
                        ContentOptions.DEFAULT,
                        Set.of(),
                        ReplyDecoder.Limits.DEFAULT,
                        SmtpObserver.NONE);
                session = new Session(wire, config, new NoTls(), this);
                wire.pipeline()
                        .addLast(new ReplyDecoder(ReplyDecoder.Limits.DEFAULT))
                        .addLast(new CommandEncoder())
                        .addLast(session.handler());
            }

            void play() {
                session.open();
                for (int i = 0; !closed; i++) {
                    assertThat(i).as("steps").isLessThan(MOST_STEPS);
                    step();
                    Transaction next = next();
                    assertThat(next != null && session.inFlight() == 0 && session.fits(next))
                            .as("work and room, and nobody asks")
                            .isFalse();
                }
                old.forEach(replays::addFirst);
                wire.checkException();
            }

            private void step() {
                boolean worked = random.nextBoolean() && server.listen();
                if (server.hasReplies() && !server.isGone() && random.nextInt(3) > 0) {
                    server.speak();
                    worked = true;
                }
                if (random.nextInt(40) == 0) {
                    all.get(random.nextInt(all.size())).stop(server.lax);
                    wire.runPendingTasks();
                }
                if (random.nextInt(10) == 0) {
                    pass(20);
                }
                if (!worked && !server.isGone() && !server.listen() && !server.hasReplies()) {
                    rest();
                }
            }

            /** Neither side has anything to do: the session is idle, or hears nothing until it gives up. */
            private void rest() {
                if (session.inFlight() == 0 && session.isUsable() && next() == null) {
                    session.retire();
                    assertThat(told).isBetween(all.size() - replays.size(), all.size());
                } else {
                    pass(random.nextInt(4) == 0 ? TimeUnit.MINUTES.toMillis(10) : 3_000);
                }
            }

            private void pass(long millis) {
                wire.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
                wire.runScheduledPendingTasks();
            }

            private @Nullable Transaction next() {
                old.removeIf(Transaction::isCancelled);
                queue.removeIf(Transaction::isCancelled);
                return old.isEmpty() ? queue.peek() : old.peek();
            }

            @Override
            public boolean isPooled() {
                return true;
            }

            @Override
            public void onReady(Session ready) {}

            @Override
            public void onOpenFailed(Failure failure) {}

            @Override
            public @Nullable Transaction onRoom(Session free) {
                Transaction next = next();
                if (next == null || !free.fits(next)) {
                    return null;
                }
                return old.isEmpty() ? queue.remove() : old.remove();
            }

            @Override
            public boolean onReplay(Transaction transaction, Failure failure, int before) {
                assertThat(closed).isFalse();
                String name = transaction.request().recipients().get(0).toString();
                int id = Integer.parseInt(name.substring(1, name.indexOf('.')));
                all.stream().filter(each -> each.id == id).forEach(Sent::checkNotDelivered);
                replays.add(transaction);
                return true;
            }

            @Override
            public void onClosed(@Nullable Failure failure) {
                assertThat(closed).as("closed before").isFalse();
                closed = true;
            }
        }
    }
}
