/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A hundred threads, ten thousand messages, eight connections. */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class ManyThreadsTest {
    private static final int THREADS = 100;
    private static final int EACH = 100;
    private static final int MESSAGES = THREADS * EACH;

    private static final PoolOptions POOL = PoolOptions.DEFAULT.withMaxMessagesPerConnection(MESSAGES);

    @TempDir
    Path directory;

    @Test
    void sendsEachMessageOnceInPlainText() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            try (SmtpClient client = Mails.client(sink.port()).pool(POOL).build()) {
                sendEverything(client, sink);
            }
        }
    }

    @Test
    void sendsEachMessageOnceOverStartTlsWithAuth() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                .startTls()
                .credentials("user", "secret")
                .requireAuth()
                .keepMessages()
                .start()) {
            Path ca = directory.resolve("ca.pem");
            Files.writeString(ca, sink.certificates().authorityPem());
            try (SmtpClient client = SmtpClient.builder("localhost", sink.port())
                    .security(Security.of(TlsMode.STARTTLS).trust(ca))
                    .credentials(Credentials.password("user", "secret"))
                    .pool(POOL)
                    .build()) {
                sendEverything(client, sink);
            }
            assertThat(sink.messages()).allMatch(Received::tls).allMatch(received -> "user".equals(received.user()));
        }
    }

    /** Without this the two tests above would prove nothing about blocking. */
    @Test
    void noticesBlockingCallsOnEventLoops() {
        // A callback added to a complete future would run here: the message leaves when its callback is in place.
        CompletableFuture<Void> permit = new CompletableFuture<>();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .throttle((relay, recipients) -> permit)
                        .build()) {
            CompletableFuture<Throwable> blocked =
                    client.send(Mails.message(1)).thenAccept(result -> block()).handle((done, error) -> error);
            permit.complete(null);
            assertThat(blocked.join()).hasRootCauseInstanceOf(reactor.blockhound.BlockingOperationError.class);
            assertThat(EventLoopGuard.takeReports()).singleElement().asString().contains("Thread.sleep");
        }
    }

    private static void block() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sendEverything(SmtpClient client, SmtpSink sink) throws InterruptedException {
        AtomicIntegerArray completions = new AtomicIntegerArray(MESSAGES);
        AtomicInteger accepted = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(MESSAGES);
        CountDownLatch start = new CountDownLatch(1);
        for (int t = 0; t < THREADS; t++) {
            int first = t * EACH;
            new Thread(() -> {
                        awaitQuietly(start);
                        for (int i = first; i < first + EACH; i++) {
                            int number = i;
                            client.send(Mails.message(number)).whenComplete((result, error) -> {
                                completions.incrementAndGet(number);
                                accepted.addAndGet(isAccepted(result) ? 1 : 0);
                                left.countDown();
                            });
                        }
                    })
                    .start();
        }
        start.countDown();
        assertThat(left.await(60, TimeUnit.SECONDS))
                .as(client.stats().toString())
                .isTrue();
        assertThat(accepted).hasValue(MESSAGES);
        for (int i = 0; i < MESSAGES; i++) {
            assertThat(completions.get(i)).isEqualTo(1);
        }
        assertThat(sink.counters().maxOpenConnections()).isEqualTo(8);
        assertThat(sink.counters().connections()).isEqualTo(8);
        assertEachOnce(sink.messages());
    }

    private static boolean isAccepted(SendResult result) {
        return result != null && result.allAccepted();
    }

    private static void assertEachOnce(List<Received> messages) {
        BitSet seen = new BitSet(MESSAGES);
        for (Received received : messages) {
            int number = Integer.parseInt(
                    received.from().substring(1, received.from().indexOf('@')));
            assertThat(seen.get(number)).as("message %s twice", number).isFalse();
            seen.set(number);
            assertThat(received.recipients()).containsExactly(Mails.to(number));
            assertThat(received.text()).isEqualTo(Mails.text(number));
        }
        assertThat(seen.cardinality()).isEqualTo(MESSAGES);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
