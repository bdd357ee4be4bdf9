/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messages that are given up while a session carries them: undone if that is still possible, and the truth told if not. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class CancelUnderWayTest {
    private static final Duration SOON = Duration.ofMillis(300);

    /** Where the server stops, and goes on when told. */
    private final CountDownLatch reached = new CountDownLatch(1);

    private final CountDownLatch go = new CountDownLatch(1);
    private final CompletableFuture<String> next = new CompletableFuture<>();

    private void stop() throws IOException {
        reached.countDown();
        try {
            if (!go.await(10, TimeUnit.SECONDS)) {
                throw new IOException("Nobody says go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Reads the line behind, or learns of the end. */
    private void readNext(RawServer.Connection connection) throws IOException {
        try {
            next.complete(connection.readLine());
        } catch (IOException e) {
            next.complete("closed");
            throw e;
        }
    }

    private static SmtpClient client(RawServer server) {
        return Mails.client(server.port())
                .pool(PoolOptions.DEFAULT.withMaxConnections(1))
                .drainTimeout(Duration.ofSeconds(1))
                .build();
    }

    private void awaitReached() throws InterruptedException {
        assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private static void assertGivenUp(CompletableFuture<SendResult> future, Disposition told, FailureCause cause) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(told);
        assertThat(outcome.recipients().get(0).cause()).isEqualTo(cause);
    }

    /** Cancelled too late for this attempt, but never processed: a replay would be dropped, since nobody wants it. */
    @Test
    void r5321_80_tooLateAndThen421() throws Exception {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING", "CHUNKING");
                    connection.readLines(6);
                    connection.send("250 ok", "250 ok", "250 ok");
                    connection.readLines(6);
                    stop();
                    connection.send("421 leaving");
                    connection.awaitEnd();
                });
                SmtpClient client = client(server)) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            CompletableFuture<SendResult> sent = client.send(Mails.message(2));
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            go.countDown();
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.SERVER_CLOSING);
        }
    }

    @Test
    void r2920_15_envelopeInLockStepIsUndoneWithRset() throws Exception {
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    connection.readLine();
                    stop();
                    connection.send("250 sender ok");
                    readNext(connection);
                    connection.send("250 reset");
                    connection.takeMessage();
                    connection.awaitEnd();
                });
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1));
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.CANCELLED);
            go.countDown();
            CompletableFuture<SendResult> following = client.send(Mails.message(2));
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("RSET");
            assertThat(Mails.outcome(following).isAccepted()).isTrue();
            assertThat(server.connections()).hasSize(1);
        }
    }

    @Test
    void r2920_15_dataThatIsRefusedLeavesTheConnection() throws Exception {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.readLines(3);
                    stop();
                    connection.send("250 ok", "250 ok", "503 no");
                    readNext(connection);
                    connection.send("250 reset");
                    connection.awaitEnd();
                });
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1));
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.CANCELLED);
            go.countDown();
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("RSET");
        }
    }

    @Test
    void r2920_07_dataThatIsTakenUpEndsTheConnection() throws Exception {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.readLines(3);
                    stop();
                    connection.send("250 ok", "250 ok", "354 go");
                    readNext(connection);
                });
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1));
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.CANCELLED);
            go.countDown();
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
        }
    }

    /** One piece, and then nothing for ever. */
    private static Message endless() {
        Content content = Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private boolean given;

            @Override
            public void request(long n) {
                if (!given) {
                    given = true;
                    subscriber.onNext(ByteBuffer.wrap("Subject: endless\r\n\r\nfirst\r\n".getBytes(UTF_8)));
                }
            }

            @Override
            public void cancel() {
                given = true;
            }
        }));
        return Message.of("a@a.test", List.of("b@b.test"), content);
    }

    private RawServer contentServer() {
        return new RawServer(connection -> {
            connection.open("PIPELINING");
            connection.readLines(3);
            connection.send("250 ok", "250 ok", "354 go");
            while (!connection.readLine().equals("first")) {
                // The header.
            }
            reached.countDown();
            readNext(connection);
        });
    }

    @Test
    void cancelledInTheContentEndsTheConnection() throws Exception {
        try (RawServer server = contentServer();
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(endless());
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.CANCELLED);
        }
    }

    @Test
    void lateInTheContentEndsTheConnection() throws Exception {
        try (RawServer server = contentServer();
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(endless(), SendOptions.within(SOON));
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.TIMEOUT);
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
        }
    }

    private RawServer endOfDataServer() {
        return new RawServer(connection -> {
            connection.open("PIPELINING");
            connection.readLines(3);
            connection.send("250 ok", "250 ok", "354 go");
            connection.readContent();
            stop();
            connection.send("250 taken");
            connection.awaitEnd();
        });
    }

    @Test
    void tooLateBehindTheEndOfTheData() throws Exception {
        try (RawServer server = endOfDataServer();
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1));
            awaitReached();
            assertThat(sent.cancel(true)).isFalse();
            go.countDown();
            assertThat(Mails.outcome(sent).isAccepted()).isTrue();
            assertThat(sent).isNotCancelled();
        }
    }

    @Test
    void lateBehindTheEndOfTheDataIsIndeterminateAtOnce() throws Exception {
        try (RawServer server = endOfDataServer();
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1), SendOptions.within(SOON));
            awaitReached();
            assertGivenUp(sent, Disposition.INDETERMINATE, FailureCause.TIMEOUT);
            assertThat(go.getCount()).as("the server has not answered").isEqualTo(1);
            go.countDown();
        }
    }

    @Test
    void lateInTheEnvelopeIsNotSent() throws Exception {
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING");
                    connection.readLines(3);
                    stop();
                    connection.send("250 ok", "250 ok", "354 go");
                    readNext(connection);
                });
                SmtpClient client = client(server)) {
            CompletableFuture<SendResult> sent = client.send(Mails.message(1), SendOptions.within(SOON));
            assertGivenUp(sent, Disposition.NOT_SENT, FailureCause.TIMEOUT);
            go.countDown();
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
        }
    }
}
