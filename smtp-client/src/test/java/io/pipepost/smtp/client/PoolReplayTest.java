/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to messages that meet a connection which is no longer what it was. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class PoolReplayTest {
    private static final PoolOptions ONE = PoolOptions.DEFAULT.withMaxConnections(1);

    /** How a server leaves. */
    enum Departure {
        FIN {
            @Override
            void leave(RawServer.Connection connection) {}
        },
        RST {
            @Override
            void leave(RawServer.Connection connection) throws IOException {
                connection.reset();
            }
        },
        CLOSING {
            @Override
            void leave(RawServer.Connection connection) throws IOException {
                connection.send("421 4.3.2 closing");
            }
        };

        abstract void leave(RawServer.Connection connection) throws IOException;
    }

    private static SmtpClient.Builder client(RawServer server) {
        return Mails.client(server.port()).pool(ONE).drainTimeout(Duration.ZERO);
    }

    private static long linesOf(RawServer server, String start) {
        return server.connections().stream()
                .flatMap(connection -> connection.lines().stream())
                .filter(line -> line.startsWith(start))
                .count();
    }

    // ---- R-5321-78

    @ParameterizedTest
    @EnumSource(Departure.class)
    void r5321_78_serverLeavesWhileIdle(Departure how) {
        CountDownLatch leave = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.takeMessage();
                    if (connection.number() == 1) {
                        awaitQuietly(leave);
                        how.leave(connection);
                    } else {
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            leave.countDown();
            Mails.await("evicted", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(linesOf(server, "DATA")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Departure.class)
    void r5321_78_serverLeavesAtMail(Departure how) {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.takeMessage();
                    if (connection.number() == 1) {
                        connection.readLine();
                        how.leave(connection);
                    } else {
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 2))).allMatch(Mails.Outcome::isAccepted);
            assertThat(server.connections()).hasSize(2);
            // The second DATA of the first connection stands unread behind MAIL, or was read as a line: no content.
            assertThat(linesOf(server, "Subject: 1")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Departure.class)
    void r5321_78_freshConnectionIsNotReplaced(Departure how) {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.readLine();
                    how.leave(connection);
                });
                SmtpClient client = client(server).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(1)));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause())
                    .isEqualTo(how == Departure.CLOSING ? FailureCause.SERVER_CLOSING : FailureCause.CONNECTION_LOST);
            assertThat(server.connections()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Departure.class)
    void r5321_78_replacedOnceOnly(Departure how) {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    if (connection.number() == 1) {
                        connection.takeMessage();
                    }
                    connection.readLine();
                    how.leave(connection);
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            assertThat(Mails.outcome(client.send(Mails.message(2))).disposition())
                    .isEqualTo(Disposition.NOT_SENT);
            assertThat(server.connections()).hasSize(2);
        }
    }

    @Test
    void r5321_78_notOnceContentWasHandedOver() {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING", "CHUNKING");
                    connection.readLines(3 + contentLines(1));
                    connection.send("250 ok", "250 ok", "250 ok");
                    connection.readLine();
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.Outcome second = Mails.outcome(client.send(Mails.message(2)));
            assertThat(second.disposition()).isEqualTo(Disposition.INDETERMINATE);
            assertThat(server.connections()).hasSize(1);
        }
    }

    private static int contentLines(int number) {
        return Mails.text(number).split("\r\n").length;
    }

    @Test
    void r2920_18_connectionThatWasIdleGetsNoContentBeforeTheReplyToMail() {
        CountDownLatch done = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING", "CHUNKING");
                    connection.readLines(3 + contentLines(1));
                    connection.send("250 ok", "250 ok", "250 ok");
                    if (connection.number() == 1) {
                        connection.readLines(2);
                        assertNothingMore(connection);
                        done.countDown();
                    } else {
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server)
                        .flight(FlightOptions.DEFAULT.withHoldContentAfterIdle(Duration.ZERO))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.await("idle", () -> client.stats().idle() == 1);
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(done.getCount()).isZero();
            assertThat(server.connections()).hasSize(2);
        }
    }

    private static void assertNothingMore(RawServer.Connection connection) throws IOException {
        connection.socket().setSoTimeout(100);
        try {
            throw new AssertionError("Content came: " + connection.readLine());
        } catch (java.net.SocketTimeoutException expected) {
            // Nothing came.
        }
    }

    /** A message that waits for a fresh connection gets one when the back-off ends, though other sessions are alive. */
    @Test
    void replayDoesNotWaitForEverDuringBackOff() {
        CountDownLatch bothBusy = new CountDownLatch(2);
        try (RawServer server = new RawServer(connection -> {
                    if (connection.number() == 3) {
                        connection.send("421 4.7.0 too many connections");
                        return;
                    }
                    connection.open("PIPELINING");
                    if (connection.number() < 3) {
                        connection.readLine();
                        bothBusy.countDown();
                        awaitQuietly(bothBusy);
                        connection.send("250 ok");
                        connection.readLine();
                        connection.send("250 ok");
                        connection.readLine();
                        connection.send("354 go");
                        connection.readContent();
                        connection.send("250 ok");
                        if (connection.number() == 1) {
                            connection.readLine();
                            return;
                        }
                    }
                    while (true) {
                        connection.takeMessage();
                    }
                });
                SmtpClient client = Mails.client(server.port())
                        .pool(PoolOptions.DEFAULT.withMaxConnections(3))
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 8))).allMatch(Mails.Outcome::isAccepted);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- how long a replay waits

    /** Takes a message, then dies at the next one's MAIL. */
    private static void takeOneAndDie(RawServer.Connection connection) throws IOException {
        connection.open("PIPELINING");
        connection.takeMessage();
        connection.readLine();
    }

    /** R-9422-01: the fresh connection has room for the first replay only, and the second has all of its time left. */
    @Test
    void r5321_78_replayThatFindsNoRoomWaitsForAnotherConnection() {
        CountDownLatch idle = new CountDownLatch(2);
        try (RawServer server = new RawServer(connection -> {
                    if (connection.number() <= 2) {
                        connection.open("PIPELINING");
                        connection.readLine();
                        idle.countDown();
                        awaitQuietly(idle);
                        connection.send("250 ok");
                        connection.readLine();
                        connection.send("250 ok");
                        connection.readLine();
                        connection.send("354 go");
                        connection.readContent();
                        connection.send("250 ok");
                        connection.readLine();
                    } else if (connection.number() == 3) {
                        connection.send("421 4.7.0 too many connections");
                    } else {
                        connection.open("LIMITS RCPTDOMAINMAX=1");
                        while (takeMessageOrQuit(connection)) {
                            // One domain after the other.
                        }
                    }
                });
                SmtpClient client = client(server)
                        .pool(PoolOptions.DEFAULT.withMaxConnections(2).withAcquireTimeout(Duration.ofSeconds(30)))
                        .build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 2))).allMatch(Mails.Outcome::isAccepted);
            Mails.await("idle", () -> client.stats().idle() == 2);
            List<CompletableFuture<SendResult>> both = List.of(
                    client.send(Message.of("a@a.test", List.of("b@one.test"), Content.of(Mails.text(3)))),
                    client.send(Message.of("a@a.test", List.of("b@two.test"), Content.of(Mails.text(4)))));
            assertThat(Mails.outcomes(both)).allMatch(Mails.Outcome::isAccepted);
        }
    }

    /** The next connection never greets. */
    @Test
    void r5321_78_replayWaitsNoLongerThanItMay() {
        try (RawServer server = new RawServer(connection -> {
                    if (connection.number() == 1) {
                        takeOneAndDie(connection);
                    } else {
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server)
                        .pool(ONE.withAcquireTimeout(Duration.ofSeconds(3)))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(2)), Duration.ofSeconds(10));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            assertThat(client.stats().queued()).isZero();
        }
    }

    @Test
    void r5321_78_replayOfOneOfManyIsAsPatientAsTheyAre() {
        CountDownLatch greet = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
                    if (connection.number() == 1) {
                        takeOneAndDie(connection);
                    } else {
                        awaitQuietly(greet);
                        connection.open("PIPELINING");
                        connection.takeMessage();
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server)
                        .pool(ONE.withAcquireTimeout(Duration.ofMillis(1)))
                        .build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.of(2)).subscribe(taker);
            Mails.await("replayed", () -> server.connections().size() == 2);
            assertThat(client.send(Mails.message(3)))
                    .as("one that is not patient is given up meanwhile")
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(ExecutionException.class);
            greet.countDown();
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes).allMatch(SendOutcome::allAccepted);
        }
    }

    @Test
    void r5321_78_replayKeepsItsDeadline() {
        try (RawServer server = new RawServer(connection -> {
                    if (connection.number() == 1) {
                        takeOneAndDie(connection);
                    } else {
                        connection.awaitEnd();
                    }
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.Outcome outcome =
                    Mails.outcome(client.send(Mails.message(2), SendOptions.within(Duration.ofSeconds(2))));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.TIMEOUT);
            assertThat(client.stats().queued()).as("forgotten at once").isZero();
        }
    }

    // ---- while the client closes

    @ParameterizedTest
    @EnumSource(Departure.class)
    void r5321_78_closingClientReplacesADeadConnectionToo(Departure how) {
        CountDownLatch closing = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
            connection.open("PIPELINING");
            connection.takeMessage();
            connection.readLine();
            if (connection.number() == 1) {
                awaitQuietly(closing);
                how.leave(connection);
            } else {
                connection.send("221 bye");
            }
        })) {
            SmtpClient client = Mails.client(server.port()).pool(ONE).build();
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            CompletableFuture<SendResult> second = client.send(Mails.message(2));
            CompletableFuture<Void> closed = client.closeAsync();
            closing.countDown();
            assertThat(Mails.outcome(second).isAccepted()).isTrue();
            assertThat(closed).succeedsWithin(Duration.ofSeconds(10));
            assertThat(server.connections().get(1).lines()).endsWith("QUIT");
        }
    }

    /** The drain ends while the fresh connection is being opened. */
    @Test
    void r5321_78_replayEndsWithTheDrain() {
        CountDownLatch closing = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
            if (connection.number() == 1) {
                connection.open("PIPELINING");
                connection.takeMessage();
                connection.readLine();
                awaitQuietly(closing);
            } else {
                connection.awaitEnd();
            }
        })) {
            SmtpClient client = Mails.client(server.port())
                    .pool(ONE)
                    .drainTimeout(Duration.ofSeconds(1))
                    .build();
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            CompletableFuture<SendResult> second = client.send(Mails.message(2));
            CompletableFuture<Void> closed = client.closeAsync();
            closing.countDown();
            Mails.Outcome outcome = Mails.outcome(second);
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
            assertThat(closed).succeedsWithin(Duration.ofSeconds(10));
        }
    }

    // ---- what is never sent again

    @Test
    void r5321_79_indeterminateIsNotSentAgain() {
        try (SmtpSink sink = SmtpSink.builder().dropAfter(Phase.END_OF_DATA).start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(FlightOptions.DEFAULT.withChunking(false))
                        .build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(1)));
            assertThat(outcome.disposition()).isEqualTo(Disposition.INDETERMINATE);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONNECTION_LOST);
            assertThat(sink.counters().commands(Verb.DATA)).isEqualTo(1);
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void r5321_76_unsolicitedReplyRetiresAnIdleConnection() {
        CountDownLatch speak = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.takeMessage();
                    if (connection.number() == 1) {
                        awaitQuietly(speak);
                        connection.send("250 ok");
                    }
                    connection.awaitEnd();
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            speak.countDown();
            Mails.await("retired", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(server.connections()).hasSize(2);
        }
    }

    // ---- R-5321-83

    @Test
    void r5321_83_wornOutConnectionIsReplacedAndTheCountRemembered() {
        AtomicInteger refusals = new AtomicInteger();
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    for (int i = 0; i < 3; i++) {
                        if (!takeMessageOrQuit(connection)) {
                            return;
                        }
                    }
                    if (connection.readLine().startsWith("MAIL")) {
                        refusals.incrementAndGet();
                        connection.send("452 4.5.3 too many messages");
                        // Not accepted, so RSET may come before QUIT.
                        while (!connection.readLine().equals("QUIT")) {
                            connection.send("250 ok");
                        }
                    }
                    connection.send("221 bye");
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 10))).allMatch(Mails.Outcome::isAccepted);
            assertThat(server.connections()).hasSize(4);
            assertThat(refusals).hasValue(1);
        }
    }

    private static boolean takeMessageOrQuit(RawServer.Connection connection) throws IOException {
        if (connection.readLine().equals("QUIT")) {
            connection.send("221 bye");
            return false;
        }
        connection.send("250 ok");
        connection.readLine();
        connection.send("250 ok");
        connection.readLine();
        connection.send("354 go");
        connection.readContent();
        connection.send("250 ok");
        return true;
    }

    @Test
    void r5321_83_onAFreshConnectionItIsTheMessagesOwn() {
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    connection.readLine();
                    connection.send("452 4.5.3 too many messages");
                    connection.awaitEnd();
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).disposition())
                    .isEqualTo(Disposition.REJECTED_TEMPORARY);
            assertThat(server.connections()).hasSize(1);
        }
    }

    @Test
    void r5321_83_serverThatClosesBehindItsLimitGetsAllMessages() {
        try (SmtpSink sink = SmtpSink.builder()
                        .messagesPerConnection(3)
                        .keepMessages()
                        .start();
                SmtpClient client = Mails.client(sink.port()).pool(ONE).build()) {
            assertThat(Mails.outcomes(Mails.sendAll(client, 20))).allMatch(Mails.Outcome::isAccepted);
            assertThat(sink.messages()).hasSize(20);
            assertThat(sink.counters().connections()).isEqualTo(7);
        }
    }

    // ---- RSET, R-5321-48, R-5321-73

    @Test
    void r5321_73_resetGoesOutWithTheNextFlight() {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250-mx.test
                        S: 250 PIPELINING
                        C: MAIL FROM:<a1@a.test>
                        C: RCPT TO:<b1@b.test>
                        C: DATA
                        S: 250 ok
                        S: 250 ok
                        S: 354 go
                        C: Subject: 1
                        C:
                        C: ..number 1
                        C: .
                        S: 554 no
                        C: RSET
                        C: MAIL FROM:<a2@a.test>
                        C: RCPT TO:<b2@b.test>
                        C: DATA
                        S: 250 ok
                        S: 250 ok
                        S: 250 ok
                        S: 354 go
                        C: Subject: 2
                        C:
                        C: ..number 2
                        C: .
                        S: 250 ok
                        DRAIN
                        """);
                SmtpClient client = Mails.client(server.port())
                        .pool(ONE)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            CompletableFuture<SendResult> first = client.send(Mails.message(1));
            CompletableFuture<SendResult> second = client.send(Mails.message(2));
            assertThat(Mails.outcome(first).disposition()).isEqualTo(Disposition.REJECTED_PERMANENT);
            assertThat(Mails.outcome(second).isAccepted()).isTrue();
        }
    }

    // ---- R-5321-57

    private static Message toMany(int recipients) {
        List<String> to = IntStream.range(0, recipients)
                .mapToObj(i -> "r" + i + "@b.test")
                .collect(Collectors.toList());
        return Message.of("a@a.test", to, Content.of(Mails.text(0)));
    }

    @Test
    void r5321_57_manyRecipientsAreSplit() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(toMany(250)));
            assertThat(outcome.dispositions()).hasSize(250).containsOnly(Disposition.ACCEPTED);
            assertThat(sink.messages())
                    .extracting(received -> received.recipients().size())
                    .containsExactly(100, 100, 50);
            assertThat(sink.messages().get(2).recipients()).startsWith("r200@b.test");
        }
    }

    @Test
    void r5321_57_splittingStopsWhenNobodyIsAccepted() {
        try (SmtpSink sink = SmtpSink.builder()
                        .reply(
                                Phase.RCPT,
                                argument -> !argument.matches("TO:<r\\d{1,2}@b.test>"),
                                io.pipepost.smtp.protocol.Reply.of(550, "5.1.1 no such user"))
                        .keepMessages()
                        .start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(toMany(250)));
            assertThat(outcome.dispositions().subList(0, 100)).containsOnly(Disposition.ACCEPTED);
            assertThat(outcome.dispositions().subList(100, 200)).containsOnly(Disposition.REJECTED_PERMANENT);
            assertThat(outcome.dispositions().subList(200, 250)).containsOnly(Disposition.NOT_SENT);
            assertThat(sink.counters().commands(Verb.RCPT)).isEqualTo(200);
            assertThat(sink.messages()).hasSize(1);
        }
    }
}
