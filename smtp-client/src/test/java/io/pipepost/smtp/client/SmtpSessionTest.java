/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of the caller's own. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class SmtpSessionTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private static SmtpSession open(SmtpClient client) throws Exception {
        return client.connect().get(10, TimeUnit.SECONDS);
    }

    private static int code(CompletableFuture<Reply> reply) throws Exception {
        return reply.get(10, TimeUnit.SECONDS).code();
    }

    private static SmtpException failure(CompletableFuture<?> future) {
        try {
            future.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return (SmtpException) e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("Expected a failure");
    }

    @Test
    void questionsAndMessagesGoOutInTheirOrder() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250-mx.test
                        S: 250 PIPELINING
                        C: NOOP
                        S: 250 still here
                        C: VRFY bob
                        S: 252 cannot say
                        C: EXPN staff
                        S: 550 no such list
                        C: HELP
                        S: 214-ask
                        S: 214 somebody
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
                        S: 250 queued
                        C: NOOP
                        S: 250 ok
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port()).build()) {
            SmtpSession session = open(client);
            assertThat(session.info().extensions().has(Extension.PIPELINING)).isTrue();
            CompletableFuture<Reply> noop = session.noop();
            CompletableFuture<Reply> verify = session.verify("bob");
            CompletableFuture<Reply> expand = session.expand("staff");
            CompletableFuture<Reply> help = session.help();
            CompletableFuture<SendResult> sent = session.send(Mails.message(1));
            CompletableFuture<Reply> last = session.noop();
            CompletableFuture<Void> quit = session.quit();
            assertThat(code(noop)).isEqualTo(250);
            assertThat(code(verify)).isEqualTo(252);
            assertThat(code(expand)).isEqualTo(550);
            assertThat(help.get(10, TimeUnit.SECONDS).lines()).containsExactly("ask", "somebody");
            assertThat(Mails.outcome(sent).isAccepted()).isTrue();
            assertThat(code(last)).isEqualTo(250);
            assertThat(quit).succeedsWithin(SOON);
        }
    }

    @Test
    void whatIsAskedBehindQuitFails() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250 mx.test
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port()).build()) {
            SmtpSession session = open(client);
            CompletableFuture<Void> quit = session.quit();
            CompletableFuture<SendResult> sent = session.send(Mails.message(1));
            CompletableFuture<Reply> noop = session.noop();
            assertThat(quit).succeedsWithin(SOON);
            assertThat(session.quit()).succeedsWithin(SOON);
            assertThat(Mails.outcome(sent).disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(Mails.outcome(sent).failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
            assertThat(failure(noop).failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
        }
    }

    @Test
    void lostSessionFailsAllThatWaits() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250 mx.test
                        C: MAIL FROM:<a1@a.test>
                        CLOSE
                        """);
                SmtpClient client = Mails.client(server.port()).build()) {
            SmtpSession session = open(client);
            CompletableFuture<SendResult> first = session.send(Mails.message(1));
            CompletableFuture<SendResult> second = session.send(Mails.message(2));
            CompletableFuture<Reply> noop = session.noop();
            for (CompletableFuture<SendResult> sent : java.util.List.of(first, second)) {
                assertThat(Mails.outcome(sent).disposition()).isEqualTo(Disposition.NOT_SENT);
                assertThat(Mails.outcome(sent).failure().cause()).isEqualTo(FailureCause.CONNECTION_LOST);
            }
            assertThat(failure(noop)).isInstanceOf(SmtpException.Connection.class);
            assertThat(failure(session.verify("late"))).isInstanceOf(SmtpException.Connection.class);
            assertThat(session.quit()).succeedsWithin(SOON);
        }
    }

    /** R-5321-39. */
    @Test
    void r5321_39_refusedNoopEndsTheSession() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250 mx.test
                        C: NOOP
                        S: 502 no
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port()).build()) {
            SmtpSession session = open(client);
            assertThat(code(session.noop())).isEqualTo(502);
            assertThat(Mails.outcome(session.send(Mails.message(1))).disposition())
                    .isEqualTo(Disposition.NOT_SENT);
            assertThat(session.quit()).succeedsWithin(SOON);
        }
    }

    @Test
    void refusedConnectionIsToldToTheCaller() {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 554 no service here
                        C: QUIT
                        S: 221 bye
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port()).build()) {
            SmtpException refused = failure(client.connect());
            assertThat(refused).isInstanceOf(SmtpException.Rejected.class);
            assertThat(refused.reply().code()).isEqualTo(554);
        }
    }

    /** Also when there is no time to wait for the reply. */
    @ParameterizedTest
    @ValueSource(ints = {0, 30_000})
    void r5321_40_closingTheClientSaysQuit(int drainMillis) throws Exception {
        try (RawServer server = new RawServer(connection -> {
            connection.open();
            connection.readLine();
            connection.send("221 bye");
            connection.awaitEnd();
        })) {
            SmtpClient client = Mails.client(server.port())
                    .drainTimeout(Duration.ofMillis(drainMillis))
                    .build();
            SmtpSession session = open(client);
            client.close();
            assertThat(session.quit()).isDone();
            RawServer.Connection connection = server.connections().get(0);
            Mails.await("QUIT", () -> connection.lines().contains("QUIT"));
            assertThat(connection.lines()).containsExactly("EHLO client.test", "QUIT");
        }
    }

    @Test
    void r5321_40_closingTheClientAsSoonAsTheSessionIsThere() {
        try (RawServer server = new RawServer(connection -> {
            connection.open();
            connection.readLine();
            connection.send("221 bye");
        })) {
            SmtpClient client =
                    Mails.client(server.port()).drainTimeout(Duration.ZERO).build();
            CompletableFuture<Void> closed = client.connect().thenCompose(session -> client.closeAsync());
            assertThat(closed).succeedsWithin(SOON);
            Mails.await("QUIT", () -> server.connections().get(0).lines().contains("QUIT"));
        }
    }

    @Test
    void r5321_40_closingTheClientFinishesWhatWasSent() throws Exception {
        CountDownLatch mail = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        try (RawServer server = new RawServer(connection -> {
            connection.open();
            connection.readLine();
            mail.countDown();
            awaitQuietly(closing);
            connection.send("250 ok");
            connection.readLine();
            connection.send("250 ok");
            connection.readLine();
            connection.send("354 go");
            connection.readContent();
            connection.send("250 ok");
            connection.readLine();
            connection.send("221 bye");
            connection.awaitEnd();
        })) {
            SmtpClient client = Mails.client(server.port()).build();
            SmtpSession session = open(client);
            CompletableFuture<SendResult> sent = session.send(Mails.message(1));
            awaitQuietly(mail);
            CompletableFuture<Void> closed = client.closeAsync();
            assertThat(Mails.outcome(session.send(Mails.message(2))).failure().cause())
                    .isEqualTo(FailureCause.CLIENT_CLOSED);
            closing.countDown();
            assertThat(Mails.outcome(sent).isAccepted()).isTrue();
            assertThat(closed).succeedsWithin(SOON);
            assertThat(server.connections().get(0).lines()).endsWith("QUIT");
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void closingTheClientEndsSessionsOnItsOwnLoops() throws Exception {
        try (RawServer server = new RawServer(connection -> {
            connection.open();
            connection.awaitEnd();
        })) {
            SmtpClient client = Mails.client(server.port())
                    .drainTimeout(Duration.ofMillis(200))
                    .build();
            SmtpSession session = open(client);
            CompletableFuture<Reply> unanswered = session.noop();
            client.close();
            assertThat(failure(unanswered)).isNotNull();
            assertThat(failure(session.noop())).isNotNull();
            assertThat(session.quit()).succeedsWithin(SOON);
        }
    }

    /** A server that says nothing: no more waits for it than in the pool's queue. */
    @Test
    void noMoreWaitThanTheQueueHolds() throws Exception {
        PoolOptions pool = PoolOptions.DEFAULT.withQueue(3, PoolOptions.WhenFull.WAIT);
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250 mx.test
                        C: MAIL FROM:<a0@a.test>
                        EOF
                        """);
                SmtpClient client = Mails.client(server.port())
                        .pool(pool)
                        .drainTimeout(Duration.ZERO)
                        .build()) {
            SmtpSession session = open(client);
            List<CompletableFuture<SendResult>> sent = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                sent.add(session.send(Mails.message(i)));
            }
            List<CompletableFuture<SendResult>> taken =
                    sent.stream().filter(future -> !future.isDone()).toList();
            assertThat(taken).hasSizeBetween(4, 5).contains(sent.get(0));
            SmtpException full = failure(sent.get(9_999));
            assertThat(full.failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            assertThat(full.recipients())
                    .singleElement()
                    .satisfies(each -> assertThat(each.disposition()).isEqualTo(Disposition.NOT_SENT));
            assertThat(full).hasMessageContaining("3 messages and questions wait (PoolOptions.withQueue)");
            List<CompletableFuture<Reply>> asked = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asked.add(session.noop());
            }
            assertThat(failure(asked.get(99)).failure().cause()).isEqualTo(FailureCause.OVERLOADED);
            assertThat(taken.get(taken.size() - 1).cancel(false)).isTrue();
            CompletableFuture<SendResult> instead = session.send(Mails.message(1));
            assertThat(instead).isNotDone();
        }
    }

    /** A place is free again before anybody hears that the message is settled. */
    @Test
    void whoHearsOfOneMessageMaySendTheNext() throws Exception {
        PoolOptions pool = PoolOptions.DEFAULT.withQueue(0, PoolOptions.WhenFull.REJECT);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).pool(pool).build()) {
            SmtpSession session = open(client);
            CompletableFuture<SendResult> chain = session.send(Mails.message(0));
            for (int i = 1; i < 50; i++) {
                int number = i;
                chain = chain.thenCompose(done -> session.send(Mails.message(number)));
            }
            assertThat(chain).succeedsWithin(SOON);
            for (int i = 0; i < 50; i++) {
                assertThat(code(session.noop())).isEqualTo(250);
            }
        }
    }
}
