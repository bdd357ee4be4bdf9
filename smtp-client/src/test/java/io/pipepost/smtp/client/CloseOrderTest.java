/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is over by the time a client says that it is closed. */
class CloseOrderTest {

    /** On event loops that go on: the client's own would be waited for. */
    @Test
    void isClosedOnceMessagesAreSettledAndPlacesFree() throws Exception {
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        CompletableFuture<Void> open = new CompletableFuture<>();
        try (SmtpSink sink = SmtpSink.builder()
                .threads(1)
                .onMessage(received -> {
                    arrived.complete(null);
                    open.join();
                })
                .start()) {
            try {
                SmtpClient client = Sessions.inClear(sink.port())
                        .drainTimeout(Duration.ZERO)
                        .build();
                CompletableFuture<SendResult> sent = client.send(Mails.message(1));
                arrived.get(10, TimeUnit.SECONDS);
                CompletableFuture<Boolean> settled = new CompletableFuture<>();
                CompletableFuture<PoolStats> left = client.closeAsync().thenApply(done -> {
                    settled.complete(sent.isDone());
                    return client.stats();
                });
                assertThat(left.get(10, TimeUnit.SECONDS)).isEqualTo(new PoolStats(0, 0, 0, 0));
                assertThat(settled).isCompletedWithValue(true);
            } finally {
                open.complete(null);
            }
        }
    }
}
