/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.mail.Content;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event loops of the caller's that throw an Error when they are asked for a timer: nobody waits for ever. */
class TimersThrowTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()) {
        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... args) {
            return new SingleThreadIoEventLoop(this, executor, handlers) {
                @Override
                public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
                    throw new OutOfMemoryError("boom");
                }
            };
        }
    };

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    @Test
    void preparing(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("mail"), "Subject: x\r\n\r\nx\r\n");
        Executor drops = task -> {};
        Preparations preparations = new Preparations(
                new ContentPreparation(ContentOptions.DEFAULT, drops), loops, PoolOptions.DEFAULT, LONG);
        assertThat(preparations.prepare(Content.ofFile(file), false))
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("take no timers");
        assertThat(preparations.close(LONG)).succeedsWithin(SOON);
    }

    @Test
    void signing() {
        Signing signing = new Signing(
                (content, blocking) -> new CompletableFuture<>(), Runnable::run, loops, PoolOptions.DEFAULT, LONG);
        assertThat(signing.sign(Content.of("Subject: x\r\n\r\nx\r\n"), false).signed())
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("take no timers");
        assertThat(signing.close(LONG)).succeedsWithin(SOON);
    }

    @Test
    void closing() {
        List<String> ended = new ArrayList<>();
        Anteroom<String> anteroom = new Anteroom<>(loops, PoolOptions.DEFAULT, 1, ended::add);
        assertThat(anteroom.enter("work")).isTrue();
        CompletableFuture<Duration> closed = anteroom.close(LONG);
        assertThat(ended).containsExactly("work");
        anteroom.leave("work");
        assertThat(closed).succeedsWithin(SOON);
    }
}
