/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Content in blocks, each read on an executor when it is asked for. */
public final class BlockPublisher implements Flow.Publisher<ByteBuffer> {
    private static final int BLOCK = 64 * 1024;

    private final Source source;
    private final Executor executor;

    BlockPublisher(Source source, Executor executor) {
        this.source = source;
        this.executor = executor;
    }

    /** Where blocks come from; opened for each subscriber. */
    @FunctionalInterface
    interface Source {
        Blocks open() throws IOException;
    }

    /** One reading. */
    @FunctionalInterface
    interface Blocks {
        /** The next block; null at the end. */
        @Nullable
        ByteBuffer next() throws IOException;

        default void close() throws IOException {}
    }

    static Blocks blocksOf(FileOctets file) {
        return new Blocks() {
            @Override
            public @Nullable ByteBuffer next() throws IOException {
                ByteBuffer block = ByteBuffer.allocate(BLOCK);
                return file.read(block) ? block.flip() : null;
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    /**
     * Content in memory.
     *
     * @param octets the content; its position is never moved
     * @return the same in blocks
     */
    public static BlockPublisher ofBytes(ByteBuffer octets) {
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

    /** What an executor runs twice, perhaps at the same time, is done once. */
    private static final class Turn extends AtomicBoolean implements Runnable {
        private static final long serialVersionUID = 1L;

        private final transient Reading reading;

        Turn(Reading reading) {
            this.reading = reading;
        }

        @Override
        public void run() {
            if (compareAndSet(false, true)) {
                reading.read();
            }
        }
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
                    executor.execute(new Turn(this));
                } catch (Throwable e) {
                    fail(new IOException("The executor for blocking work does not read the content: " + e, e));
                }
            }
        }

        void read() {
            try {
                do {
                    advance();
                } while (!ended && demand.decrementAndGet() > 0);
            } catch (Throwable e) {
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

        private void fail(Throwable cause) {
            boolean late = ended;
            close();
            if (!late && !cancelled) {
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
