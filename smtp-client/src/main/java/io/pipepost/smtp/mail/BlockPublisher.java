/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Content in blocks, each read on an executor when it is asked for. */
final class BlockPublisher implements Flow.Publisher<ByteBuffer> {
    private static final int BLOCK = 64 * 1024;

    private final Source source;
    private final Executor executor;

    private BlockPublisher(Source source, Executor executor) {
        this.source = source;
        this.executor = executor;
    }

    /** Where blocks come from; opened for each subscriber. */
    @FunctionalInterface
    private interface Source {
        Blocks open() throws IOException;
    }

    /** One reading. */
    @FunctionalInterface
    private interface Blocks {
        /** The next block; null at the end. */
        @Nullable
        ByteBuffer next() throws IOException;

        default void close() throws IOException {}
    }

    static BlockPublisher ofFile(Path file, Executor blocking) {
        return new BlockPublisher(
                () -> {
                    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                    return new Blocks() {
                        @Override
                        public @Nullable ByteBuffer next() throws IOException {
                            ByteBuffer block = ByteBuffer.allocate(BLOCK);
                            return channel.read(block) < 0 ? null : block.flip();
                        }

                        @Override
                        public void close() throws IOException {
                            channel.close();
                        }
                    };
                },
                blocking);
    }

    static BlockPublisher ofBytes(ByteBuffer octets) {
        return new BlockPublisher(
                () -> {
                    ByteBuffer rest = octets.duplicate();
                    return () -> nextOf(rest);
                },
                Runnable::run);
    }

    private static @Nullable ByteBuffer nextOf(ByteBuffer rest) {
        if (!rest.hasRemaining()) {
            return null;
        }
        ByteBuffer block = rest.slice(rest.position(), Math.min(BLOCK, rest.remaining()));
        rest.position(rest.position() + block.remaining());
        return block;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Reading(subscriber));
    }

    /** Reads while there is demand; one reader at a time, whoever raises the demand from zero. */
    private final class Reading implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final AtomicLong demand = new AtomicLong();

        // Written by the subscriber, read by the reader.
        private volatile boolean cancelled;
        private volatile boolean misused;

        /** Touched by the reader only; the demand counter orders one reader behind another. */
        private @Nullable Blocks blocks;

        /** From then on the demand is never zero again, so that no other reader begins. */
        private boolean ended;

        Reading(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            misused |= n <= 0;
            signal(Math.max(1, n));
        }

        @Override
        public void cancel() {
            cancelled = true;
            signal(1);
        }

        private void signal(long n) {
            if (demand.getAndAccumulate(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b) == 0) {
                try {
                    executor.execute(this::read);
                } catch (RejectedExecutionException e) {
                    fail(e);
                }
            }
        }

        private void read() {
            try {
                do {
                    advance();
                } while (!ended && demand.decrementAndGet() > 0);
            } catch (IOException e) {
                fail(e);
            }
        }

        private void advance() throws IOException {
            if (cancelled) {
                close();
            } else if (misused) {
                fail(new IllegalArgumentException("A demand must be positive (rule 3.9 of Reactive Streams)"));
            } else {
                readBlock();
            }
        }

        private void fail(Exception cause) {
            close();
            if (!cancelled) {
                subscriber.onError(cause);
            }
        }

        private void readBlock() throws IOException {
            Blocks open = blocks;
            if (open == null) {
                open = source.open();
                blocks = open;
            }
            ByteBuffer block = open.next();
            if (block == null) {
                close();
                subscriber.onComplete();
            } else {
                subscriber.onNext(block);
            }
        }

        private void close() {
            ended = true;
            Blocks open = blocks;
            if (open == null) {
                return;
            }
            blocks = null;
            try {
                open.close();
            } catch (IOException ignored) {
                // It was only read: nothing can be lost.
            }
        }
    }
}
