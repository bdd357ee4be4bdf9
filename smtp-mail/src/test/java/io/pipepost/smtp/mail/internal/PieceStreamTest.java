/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.OctetTaker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pieces one behind the other, whatever their sources do. */
@Timeout(30)
class PieceStreamTest {
    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Piece source(long octets, Flow.Publisher<ByteBuffer> publisher) {
        return new Piece.Source("part", blocking -> publisher, octets, () -> Encoder.IDENTITY);
    }

    private static CompletableFuture<byte[]> read(Piece... pieces) {
        return OctetTaker.start(new PieceStream(List.of(pieces), Runnable::run));
    }

    private static Throwable failure(Piece... pieces) {
        try {
            return new AssertionError(
                    "read " + read(pieces).orTimeout(10, TimeUnit.SECONDS).join().length);
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    /** Publishes what it has as it is asked for, and ends in its own way. */
    private static final class Script implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
        private final List<ByteBuffer> buffers;
        private final @Nullable Throwable error;
        private final AtomicInteger requested = new AtomicInteger();
        private int next;
        private boolean cancelled;
        private Flow.@Nullable Subscriber<? super ByteBuffer> to;

        Script(@Nullable Throwable error, String... buffers) {
            this.buffers = new ArrayList<>();
            this.error = error;
            for (String buffer : buffers) {
                this.buffers.add(ByteBuffer.wrap(bytes(buffer)));
            }
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            to = subscriber;
            subscriber.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            assertThat(n).isEqualTo(1);
            requested.incrementAndGet();
            Flow.Subscriber<? super ByteBuffer> subscriber = to;
            if (subscriber == null || cancelled) {
                return;
            }
            if (next < buffers.size()) {
                subscriber.onNext(buffers.get(next++));
            } else if (error == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(error);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private static Piece pieceOf(Path file) {
        return new Piece.Source(file.toString(), Content.ofFile(file)::open, -1, () -> Encoder.IDENTITY);
    }

    @Test
    void readsPiecesInOrder() throws Exception {
        Path file = Files.write(directory.resolve("f"), bytes("from a file;"));
        byte[] all = read(
                        Piece.of(bytes("first;")),
                        Piece.of(new byte[0]),
                        pieceOf(file),
                        source(-1, new Script(null, "one,", "", "two;")),
                        Piece.of(bytes("encoded;"), () -> Encoder.IDENTITY),
                        Piece.of(bytes("last")))
                .join();
        assertThat(new String(all, StandardCharsets.UTF_8)).isEqualTo("first;from a file;one,two;encoded;last");
        assertThat(read().join()).isEmpty();
    }

    @Test
    void canBeReadAgain() {
        PieceStream stream = new PieceStream(
                List.of(Piece.of(bytes("a")), Piece.of(bytes("b"), () -> Encoder.IDENTITY)), Runnable::run);
        assertThat(OctetTaker.start(stream).join()).isEqualTo(bytes("ab"));
        assertThat(OctetTaker.start(stream).join()).isEqualTo(bytes("ab"));
    }

    @Test
    void largePiecesComeInBlocks() {
        List<Integer> sizes = new ArrayList<>();
        PieceStream stream = new PieceStream(
                List.of(Piece.of(new byte[1 << 20]), source(1 << 20, new Script(null, "x".repeat(1 << 20)))),
                Runnable::run);
        stream.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer item) {
                sizes.add(item.remaining());
            }

            @Override
            public void onError(Throwable throwable) {
                throw new AssertionError(throwable);
            }

            @Override
            public void onComplete() {}
        });
        assertThat(sizes).allMatch(size -> size <= 2 * PieceStream.BLOCK);
        assertThat(sizes.stream().mapToInt(size -> size).sum()).isEqualTo(2 << 20);
    }

    /** S-34: nothing is pulled ahead of what is asked for. */
    @Test
    void s34_asksForOneBufferAtATime() {
        Script script = new Script(null, "a", "b", "c");
        Script later = new Script(null, "d");
        OctetTaker taker = new OctetTaker();
        new PieceStream(List.of(source(-1, script), source(-1, later)), Runnable::run).subscribe(taker);
        assertThat(script.requested).hasValue(0);
        taker.request(1);
        assertThat(script.requested).hasValue(1);
        taker.request(2);
        assertThat(script.requested).hasValue(3);
        assertThat(later.to).isNull();
        taker.request(1);
        assertThat(script.requested).hasValue(4);
        assertThat(later.requested).hasValue(1);
    }

    /** S-45: what has another size than it said is never taken for the whole. */
    @Test
    void s45_anotherSizeIsAFailure() {
        assertThat(failure(source(3, new Script(null, "ab"))))
                .isInstanceOf(IOException.class)
                .hasMessage("part has less than the 3 octets that were expected");
        assertThat(failure(source(3, new Script(null, "ab", "cd"))))
                .hasMessage("part has more than the 3 octets that were expected");
        assertThat(read(source(3, new Script(null, "ab", "c"))).join()).isEqualTo(bytes("abc"));
        assertThat(read(source(0, new Script(null))).join()).isEmpty();
    }

    /** One for one, so that who asks decides how long it goes on with a source that gives nothing. */
    @Test
    void emptyBuffersArePassedOn() {
        AtomicInteger asked = new AtomicInteger();
        Flow.Publisher<ByteBuffer> endless = subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                asked.incrementAndGet();
                subscriber.onNext(ByteBuffer.allocate(0));
            }

            @Override
            public void cancel() {}
        });
        OctetTaker taker = new OctetTaker();
        new PieceStream(List.of(source(-1, endless)), Runnable::run).subscribe(taker);
        for (int i = 1; i < 5; i++) {
            assertThat(CompletableFuture.runAsync(() -> taker.request(1))).succeedsWithin(Duration.ofSeconds(10));
            assertThat(asked).hasValue(i);
        }
    }

    /** Whatever a source throws, the reading ends with it and holds nobody up. */
    @Test
    void sourcesThatThrow() {
        Error thrown = new NoClassDefFoundError("source");
        Flow.Publisher<ByteBuffer> atSubscribe = subscriber -> {
            throw thrown;
        };
        Flow.Publisher<ByteBuffer> atRequest = subscriber -> subscriber.onSubscribe(new Throwing(thrown));
        Flow.Publisher<ByteBuffer> withNull = subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            @SuppressWarnings("NullAway")
            public void request(long n) {
                subscriber.onNext(null);
            }

            @Override
            public void cancel() {
                throw thrown;
            }
        });
        assertThat(failure(source(-1, atSubscribe))).isSameAs(thrown);
        assertThat(failure(source(-1, atRequest))).isSameAs(thrown);
        assertThat(failure(source(-1, withNull)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("part: null was published");
        assertThat(failure(new Piece.Source(
                        "part",
                        blocking -> {
                            throw thrown;
                        },
                        -1,
                        () -> Encoder.IDENTITY)))
                .isSameAs(thrown);
    }

    private record Throwing(Error thrown) implements Flow.Subscription {
        @Override
        public void request(long n) {
            throw thrown;
        }

        @Override
        public void cancel() {
            throw thrown;
        }
    }

    @Test
    void whatAFailingSourceSaysIsPassedOn() {
        IOException broken = new IOException("broken");
        assertThat(failure(Piece.of(bytes("a")), source(-1, new Script(broken, "b"))))
                .isSameAs(broken);
        assertThat(failure(pieceOf(directory.resolve("missing"))))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("missing: no such file")
                .hasCauseInstanceOf(NoSuchFileException.class);
        IllegalStateException thrown = new IllegalStateException("no publisher");
        assertThat(failure(new Piece.Source(
                        "part",
                        blocking -> {
                            throw thrown;
                        },
                        -1,
                        () -> Encoder.IDENTITY)))
                .isSameAs(thrown);
    }

    @Test
    void aSourceThatDoesNotWaitToBeAskedIsRefused() {
        Flow.Publisher<ByteBuffer> pushing = subscriber -> {
            subscriber.onSubscribe(new Script(null));
            subscriber.onNext(ByteBuffer.wrap(bytes("a")));
        };
        assertThat(failure(source(-1, pushing))).hasMessageContaining("more was published than was requested");
    }

    @Test
    void cancellingStopsTheSource() {
        Script script = new Script(null, "a", "b");
        AtomicInteger after = new AtomicInteger();
        Flow.Subscription[] own = new Flow.Subscription[1];
        new PieceStream(List.of(source(-1, script)), Runnable::run).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                own[0] = subscription;
                subscription.request(5);
            }

            @Override
            public void onNext(ByteBuffer item) {
                after.incrementAndGet();
                own[0].cancel();
            }

            @Override
            public void onError(Throwable throwable) {
                after.addAndGet(100);
            }

            @Override
            public void onComplete() {
                after.addAndGet(100);
            }
        });
        assertThat(after).hasValue(1);
        assertThat(script.cancelled).isTrue();
    }

    /** Signals from other threads at any time. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void sourcesOnOtherThreadsAreReadWhole(long seed) throws Exception {
        Random random = new Random(seed);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 100; round++) {
                int parts = 1 + random.nextInt(4);
                int buffers = random.nextInt(30);
                List<Piece> pieces = IntStream.range(0, parts)
                        .mapToObj(part -> (Piece) new Piece.Source(
                                "part" + part, blocking -> publish(executor, buffers), -1, () -> Encoder.IDENTITY))
                        .toList();
                byte[] read =
                        OctetTaker.start(new PieceStream(pieces, executor)).get(10, TimeUnit.SECONDS);
                String expected =
                        IntStream.range(0, buffers).mapToObj(i -> i + ",").reduce("", String::concat);
                assertThat(new String(read, StandardCharsets.UTF_8))
                        .as("seed %s, round %s", seed, round)
                        .isEqualTo(expected.repeat(parts));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static Flow.Publisher<ByteBuffer> publish(ExecutorService executor, int buffers) {
        return subscriber -> {
            SubmissionPublisher<ByteBuffer> publisher = new SubmissionPublisher<>(executor, 64);
            publisher.subscribe(subscriber);
            IntStream.range(0, buffers).forEach(i -> publisher.submit(ByteBuffer.wrap(bytes(i + ","))));
            publisher.close();
        };
    }
}
