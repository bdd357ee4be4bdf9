/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is thrown may itself be code that throws: loggers ask it for its message, futures for its text. */
class UnspeakableTest {
    private static final String NAME = Unspeakable.class.getName();

    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.pipepost.smtp.client.border");

    private final AtomicBoolean bad = new AtomicBoolean(true);

    /** Else no logger would ask anything. */
    @BeforeEach
    void log() {
        LOGGER.setLevel(Level.WARN);
    }

    @AfterEach
    void logAsBefore() {
        LOGGER.setLevel(null);
    }

    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("The message of what was thrown");
        }

        @Override
        public String toString() {
            throw new AssertionError("The text of what was thrown");
        }
    }

    /** A failing message, or one that is accepted; then another. */
    private void sendTwice(Consumer<SmtpClient.Builder> foreign, boolean accepted) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start()) {
            SmtpClient.Builder builder = Mails.client(sink.port());
            foreign.accept(builder);
            SmtpClient client = builder.build();
            try {
                if (accepted) {
                    assertThat(await(client.send(Mails.message(1))).allAccepted())
                            .isTrue();
                } else {
                    assertThat(failure(client.send(Mails.message(1)))).hasMessageContaining(NAME);
                }
                bad.set(false);
                assertThat(await(client.send(Mails.message(2))).allAccepted()).isTrue();
                await(client.closeAsync());
                assertThat(client.stats()).isEqualTo(new PoolStats(0, 0, 0, 0));
            } finally {
                client.closeAsync(); // And not close(), which would wait for what never ends if this fails.
            }
        }
    }

    private void throwOnce() {
        if (bad.get()) {
            throw new Unspeakable();
        }
    }

    @Test
    void observer() throws Exception {
        SmtpObserver observer = new SmtpObserver() {
            @Override
            public void connected(long session, String host, int port) {
                throwOnce();
            }
        };
        sendTwice(builder -> builder.observer(observer), true);
    }

    @Test
    void callbackExecutor() throws Exception {
        Consumer<SmtpClient.Builder> foreign = builder -> builder.callbackExecutor(task -> {
            throwOnce();
            task.run();
        });
        sendTwice(foreign, true);
    }

    @Test
    void throttleThatFails() throws Exception {
        Consumer<SmtpClient.Builder> foreign = builder -> builder.throttle((relay, recipients) -> bad.get()
                ? CompletableFuture.failedFuture(new Unspeakable())
                : CompletableFuture.completedFuture(null));
        sendTwice(foreign, false);
    }

    @Test
    void signerThatFails() throws Exception {
        Consumer<SmtpClient.Builder> foreign = builder -> builder.signer((content, blocking) -> bad.get()
                ? CompletableFuture.failedFuture(new Unspeakable())
                : CompletableFuture.completedFuture(content));
        sendTwice(foreign, false);
    }

    @Test
    void stageThatFailsTellsItsDependents() {
        CompletableFuture<String> answer =
                Border.SIGNER.ask(() -> CompletableFuture.failedFuture(new Unspeakable()), "content");
        assertThat(answer.thenApply(content -> content))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining(NAME);
    }
}
