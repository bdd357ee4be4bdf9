/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content in blocks, for subscribers that ask in every way they may, and in some that they may not. */
class BlockPublisherTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final byte[] OCTETS = "0123456789abcde\n".repeat(10_000).getBytes();

    @TempDir
    Path directory;

    /** Counts octets, and does as it is told when a block comes. */
    private static final class Taker implements Flow.Subscriber<ByteBuffer> {
        private final List<String> end = new ArrayList<>();
        private final Runnable onBlock;
        private int octets;
        private Flow.@Nullable Subscription subscription;

        Taker(Runnable onBlock) {
            this.onBlock = onBlock;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
        }

        @Override
        public void onNext(ByteBuffer block) {
            octets += block.remaining();
            onBlock.run();
        }

        @Override
        public void onError(Throwable cause) {
            end.add(cause.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            end.add("complete");
        }
    }

    private static Taker subscribe(Content content, Executor blocking) {
        Taker taker = new Taker(() -> {});
        content.open(blocking).subscribe(taker);
        return taker;
    }

    private List<Content> bothKinds() throws IOException {
        return List.of(Content.of(OCTETS), Content.ofFile(Files.write(directory.resolve("content"), OCTETS)));
    }

    @Test
    void unboundedDemandEndsWithTheContent() throws IOException {
        for (Content content : bothKinds()) {
            Taker taker = subscribe(content, Runnable::run);
            assertThat(CompletableFuture.runAsync(() -> taker.subscription.request(Long.MAX_VALUE)))
                    .succeedsWithin(SOON);
            assertThat(taker.octets).isEqualTo(OCTETS.length);
            assertThat(taker.end).containsExactly("complete");
        }
    }

    /** Two readers of one file would have each other's octets. */
    @Test
    void executorThatRunsTasksTwiceReadsOnce() throws IOException {
        Executor twice = task -> {
            task.run();
            task.run();
        };
        Content file = Content.ofFile(Files.write(directory.resolve("twice"), OCTETS));
        Taker taker = subscribe(file, twice);
        Flow.Subscription subscription = Objects.requireNonNull(taker.subscription);
        subscription.request(1);
        assertThat(taker.octets).isEqualTo(64 * 1024);
        subscription.request(Long.MAX_VALUE);
        assertThat(taker.octets).isEqualTo(OCTETS.length);
        assertThat(taker.end).containsExactly("complete");
    }

    @Test
    void demandsAddUpToNoMoreThanUnbounded() throws IOException {
        for (Content content : bothKinds()) {
            List<Runnable> tasks = new ArrayList<>();
            Taker taker = subscribe(content, tasks::add);
            assertThat(CompletableFuture.runAsync(() -> {
                        taker.subscription.request(Long.MAX_VALUE);
                        taker.subscription.request(Long.MAX_VALUE);
                        tasks.forEach(Runnable::run);
                    }))
                    .succeedsWithin(SOON);
            assertThat(taker.end).containsExactly("complete");
        }
    }

    @Test
    void nothingComesBehindTheEnd() throws IOException {
        for (Content content : bothKinds()) {
            Taker taker = subscribe(content, Runnable::run);
            for (int i = 0; i < 100; i++) {
                taker.subscription.request(1);
            }
            taker.subscription.cancel();
            assertThat(taker.octets).isEqualTo(OCTETS.length);
            assertThat(taker.end).containsExactly("complete");
        }
    }

    /** Rule 3.9 of Reactive Streams. */
    @Test
    void demandThatIsNoneIsAnError() throws IOException {
        for (Content content : bothKinds()) {
            for (long demand : new long[] {0, -1, Long.MIN_VALUE}) {
                Taker taker = subscribe(content, Runnable::run);
                taker.subscription.request(1);
                int before = taker.octets;
                taker.subscription.request(demand);
                taker.subscription.request(1);
                assertThat(taker.octets).isEqualTo(before);
                assertThat(taker.end).containsExactly("IllegalArgumentException");
            }
        }
    }

    @Test
    void cancellingInBetweenEndsQuietly() throws IOException {
        for (Content content : bothKinds()) {
            List<Taker> self = new ArrayList<>();
            Taker taker = new Taker(() -> self.get(0).subscription.cancel());
            self.add(taker);
            content.open(Runnable::run).subscribe(taker);
            taker.subscription.request(Long.MAX_VALUE);
            assertThat(taker.octets).isBetween(1, OCTETS.length - 1);
            assertThat(taker.end).isEmpty();
        }
    }

    /** An executor that has been shut down cannot close the file. */
    @Test
    void fileIsClosedThoughTheExecutorIsGone() throws IOException {
        Path file = Files.write(directory.resolve("open"), OCTETS);
        for (boolean cancels : new boolean[] {true, false}) {
            List<Integer> calls = new ArrayList<>();
            Taker taker = subscribe(Content.ofFile(file), task -> {
                calls.add(1);
                if (calls.size() > 1) {
                    throw new RejectedExecutionException("shut down");
                }
                task.run();
            });
            taker.subscription.request(1);
            assertThat(isOpen(file)).isTrue();
            if (cancels) {
                taker.subscription.cancel();
            } else {
                taker.subscription.request(1);
            }
            assertThat(isOpen(file)).isFalse();
            assertThat(taker.end).hasSize(cancels ? 0 : 1);
        }
    }

    /** As far as this machine tells. */
    private static boolean isOpen(Path file) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(descriptor -> file.equals(target(descriptor)));
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            // Closed in the meantime.
            return link;
        }
    }
}
