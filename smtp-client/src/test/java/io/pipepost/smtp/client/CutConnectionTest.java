/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * S-44: the connection is cut behind every octet of a session, in either direction. What the client says of each message
 * is compared with the table of outcomes and with what the server holds.
 */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class CutConnectionTest {
    /** Cases in work at a time. */
    private static final int AT_ONCE = 48;

    private static final Set<Disposition> ACCEPTED = EnumSet.of(Disposition.ACCEPTED);
    private static final Set<Disposition> INDETERMINATE = EnumSet.of(Disposition.INDETERMINATE);
    private static final Set<Disposition> NOT_SENT = EnumSet.of(Disposition.NOT_SENT);

    /** The reset may be there before the content is written: the socket then refuses the end of the data. */
    private static final Set<Disposition> WRITTEN_OR_NOT = EnumSet.of(Disposition.INDETERMINATE, Disposition.NOT_SENT);

    private static final AtomicInteger NUMBERS = new AtomicInteger(100_000);

    /** How often the server took each message, by reverse-path. */
    private static final Map<String, Integer> STORED = new ConcurrentHashMap<>();

    private static EventLoopGroup clientLoops;
    private static EventLoopGroup proxyLoops;
    private static SmtpSink sink;

    /** How messages travel. */
    enum Flight {
        LOCK_STEP("DATA\r\n", "354 "),
        GROUP_WITH_DATA("DATA\r\n", "354 "),
        ONE_FLIGHT("MAIL ", "250 "),
        HELD_FLIGHT("MAIL ", "250 ");

        /** The command behind which, or with which, the content leaves. */
        private final String release;

        /** The reply that lets it. */
        private final String permission;

        Flight(String release, String permission) {
            this.release = release;
            this.permission = permission;
        }

        FlightOptions options() {
            return switch (this) {
                case LOCK_STEP -> FlightOptions.DEFAULT.withPipelining(false).withChunking(false);
                case GROUP_WITH_DATA -> FlightOptions.DEFAULT.withChunking(false);
                case ONE_FLIGHT -> FlightOptions.DEFAULT;
                case HELD_FLIGHT -> FlightOptions.DEFAULT.withHoldContentAfterIdle(Duration.ZERO);
            };
        }
    }

    @BeforeAll
    static void start() {
        clientLoops = new MultiThreadIoEventLoopGroup(
                2, new DefaultThreadFactory(EventLoopGuard.LOOP_PREFIX + "cut", true), NioIoHandler.newFactory());
        proxyLoops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("cutting-proxy", true), NioIoHandler.newFactory());
        sink = SmtpSink.builder()
                .onMessage(received -> STORED.merge(received.from(), 1, Integer::sum))
                .start();
    }

    @AfterAll
    static void stop() {
        sink.close();
        clientLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        proxyLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One session: what was cut, what became of each message, what the server holds. */
    private record Session(CuttingProxy.Cut cut, List<Mails.Outcome> outcomes, List<String> senders, int connections) {
        /** How often the server holds a message; to be asked when all sessions have ended. */
        int stored(int index) {
            return STORED.getOrDefault(senders.get(index), 0);
        }
    }

    /** The octets of an undisturbed session. */
    private record Whole(String toServer, String toClient) {
        int length(CuttingProxy.Direction direction) {
            return (direction == CuttingProxy.Direction.TO_SERVER ? toServer : toClient).length();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LOCK_STEP,false",
        "LOCK_STEP,true",
        "GROUP_WITH_DATA,false",
        "GROUP_WITH_DATA,true",
        "ONE_FLIGHT,false",
        "ONE_FLIGHT,true"
    })
    void oneMessageOnAFreshConnection(Flight flight, boolean reset) throws InterruptedException {
        Whole whole = whole(flight, 1);
        for (Session session : cutEverywhere(flight, 1, reset, whole)) {
            Mails.Outcome outcome = session.outcomes().get(0);
            assertThat(outcome.disposition())
                    .as("%s: %s", session.cut(), outcome)
                    .isIn(expected(flight, session.cut(), whole));
            assertLedger(session);
            assertThat(session.connections()).as("%s", session.cut()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LOCK_STEP,false",
        "GROUP_WITH_DATA,false",
        "GROUP_WITH_DATA,true",
        "ONE_FLIGHT,false",
        "HELD_FLIGHT,false",
        "HELD_FLIGHT,true"
    })
    void twoMessagesOnOneConnection(Flight flight, boolean reset) throws InterruptedException {
        Whole one = whole(flight, 1);
        Whole two = whole(flight, 2);
        for (Session session : cutEverywhere(flight, 2, reset, two)) {
            assertLedger(session);
            Mails.Outcome second = session.outcomes().get(1);
            if (flight == Flight.HELD_FLIGHT && isBehindFirst(session.cut(), one) && !isCutWithContent(session, two)) {
                assertThat(second.isAccepted())
                        .as("%s: %s", session.cut(), second)
                        .isTrue();
            }
            assertThat(session.connections()).as("%s", session.cut()).isLessThanOrEqualTo(2);
        }
    }

    /** Whether the first message was settled by its own reply (the whole session of one ends with QUIT instead). */
    private static boolean isBehindFirst(CuttingProxy.Cut cut, Whole one) {
        int quit = cut.direction() == CuttingProxy.Direction.TO_SERVER
                ? "QUIT\r\n".length()
                : one.toClient().length() - one.toClient().lastIndexOf("221 ");
        return cut.octets() >= one.length(cut.direction()) - quit
                && (cut.direction() == CuttingProxy.Direction.TO_CLIENT
                        || cut.octets() > one.length(cut.direction()) - quit);
    }

    /** Whether the second message's content may have left: behind the reply to its MAIL. */
    private static boolean isCutWithContent(Session session, Whole two) {
        if (session.cut().direction() == CuttingProxy.Direction.TO_SERVER) {
            return session.cut().octets() > two.toServer().lastIndexOf("BDAT ") - 1
                    || session.cut().octets() >= two.toServer().lastIndexOf("RCPT ");
        }
        return session.cut().octets() >= endOfSecondMail(two);
    }

    private static int endOfSecondMail(Whole two) {
        // Greeting, EHLO's last line, three replies of the first message: the second MAIL's is the next "250 ".
        int at = two.toClient().indexOf("250 ");
        for (int i = 0; i < 4; i++) {
            at = two.toClient().indexOf("250 ", at + 4);
        }
        return two.toClient().indexOf("\r\n", at) + 2;
    }

    /** The table of outcomes, for one message on a fresh connection. */
    private static Set<Disposition> expected(Flight flight, CuttingProxy.Cut cut, Whole whole) {
        int n = cut.octets();
        if (cut.direction() == CuttingProxy.Direction.TO_SERVER) {
            int end = whole.toServer().indexOf("QUIT\r\n");
            return n > end ? ACCEPTED : n > release(flight, whole) ? INDETERMINATE : NOT_SENT;
        }
        if (cut.reset() && n == permission(flight, whole)) {
            return WRITTEN_OR_NOT;
        }
        int end = whole.toClient().lastIndexOf("221 ");
        return n >= end ? ACCEPTED : n >= permission(flight, whole) ? INDETERMINATE : NOT_SENT;
    }

    /** As many octets must reach the server before content leaves the client, and then no more are needed. */
    private static int release(Flight flight, Whole whole) {
        int command = whole.toServer().indexOf(flight.release);
        return flight == Flight.ONE_FLIGHT ? command : command + flight.release.length();
    }

    /** As many octets must reach the client before content leaves it. */
    private static int permission(Flight flight, Whole whole) {
        return whole.toClient().indexOf("\r\n", whole.toClient().indexOf(flight.permission)) + 2;
    }

    /** No duplicate, nothing accepted that the server does not hold, nothing held that is said not to be. */
    private static void assertLedger(Session session) {
        for (int i = 0; i < session.outcomes().size(); i++) {
            Mails.Outcome outcome = session.outcomes().get(i);
            int stored = session.stored(i);
            switch (outcome.disposition()) {
                case ACCEPTED ->
                    assertThat(stored).as("%s: %s", session.cut(), outcome).isEqualTo(1);
                case INDETERMINATE ->
                    assertThat(stored).as("%s: %s", session.cut(), outcome).isBetween(0, 1);
                default ->
                    assertThat(stored).as("%s: %s", session.cut(), outcome).isZero();
            }
        }
    }

    private static Whole whole(Flight flight, int messages) throws InterruptedException {
        CuttingProxy.Cut none = new CuttingProxy.Cut(CuttingProxy.Direction.TO_SERVER, CuttingProxy.NEVER, false);
        CuttingProxy proxy = new CuttingProxy(proxyLoops, sink.port(), none);
        Session session = run(flight, messages, none, proxy).join();
        assertThat(session.outcomes()).allMatch(Mails.Outcome::isAccepted);
        return new Whole(
                proxy.transcript(CuttingProxy.Direction.TO_SERVER), proxy.transcript(CuttingProxy.Direction.TO_CLIENT));
    }

    private static List<Session> cutEverywhere(Flight flight, int messages, boolean reset, Whole whole)
            throws InterruptedException {
        List<CuttingProxy.Cut> cuts = new ArrayList<>();
        for (CuttingProxy.Direction direction : CuttingProxy.Direction.values()) {
            for (int n = 0; n <= whole.length(direction); n++) {
                cuts.add(new CuttingProxy.Cut(direction, n, reset));
            }
        }
        Semaphore room = new Semaphore(AT_ONCE);
        List<CompletableFuture<Session>> sessions = new ArrayList<>();
        for (CuttingProxy.Cut cut : cuts) {
            room.acquire();
            CompletableFuture<Session> session =
                    run(flight, messages, cut, new CuttingProxy(proxyLoops, sink.port(), cut));
            session.whenComplete((done, error) -> room.release());
            sessions.add(session);
        }
        return sessions.stream().map(CutConnectionTest::await).toList();
    }

    /** Not by orTimeout, whose timer would be cancelled, under a lock, by the event loop that completes the future. */
    private static Session await(CompletableFuture<Session> session) {
        try {
            return session.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<Session> run(
            Flight flight, int messages, CuttingProxy.Cut cut, CuttingProxy proxy) {
        SmtpClient client = Mails.client(proxy.port())
                .eventLoops(clientLoops)
                .flight(flight.options())
                .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                .build();
        List<CompletableFuture<SendResult>> futures = new ArrayList<>();
        List<String> senders = new ArrayList<>();
        CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);
        for (int i = 0; i < messages; i++) {
            Message message = Mails.message(NUMBERS.incrementAndGet());
            senders.add(message.envelope().from().toString().replaceAll("[<>]", ""));
            CompletableFuture<SendResult> future = new CompletableFuture<>();
            futures.add(future);
            settled = settled.thenCompose(before -> {
                client.send(message).whenComplete((result, error) -> {
                    if (error == null) {
                        future.complete(result);
                    } else {
                        future.completeExceptionally(error);
                    }
                });
                return future.handle((result, error) -> null);
            });
        }
        return settled.thenCompose(done -> client.closeAsync()).thenApply(closed -> {
            proxy.close();
            return new Session(cut, Mails.outcomes(futures), senders, proxy.connections());
        });
    }
}
