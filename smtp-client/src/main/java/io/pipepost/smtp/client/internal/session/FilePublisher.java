/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

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

/** A file in blocks, each read on an executor when it is asked for. For one subscriber. */
final class FilePublisher implements Flow.Publisher<ByteBuffer> {
    private static final int BLOCK = 64 * 1024;

    private final Path file;
    private final Executor blocking;

    FilePublisher(Path file, Executor blocking) {
        this.file = file;
        this.blocking = blocking;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Reading(subscriber));
    }

    /** Reads while there is demand; one reader at a time, whoever raises the demand from zero. */
    private final class Reading implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final AtomicLong demand = new AtomicLong();

        /** Written by the subscriber, read by the reader. */
        private volatile boolean cancelled;

        /** Touched by the reader only; the demand counter orders one reader behind another. */
        private @Nullable FileChannel channel;

        private boolean ended;

        Reading(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (demand.getAndAdd(n) == 0) {
                try {
                    blocking.execute(this::read);
                } catch (RejectedExecutionException e) {
                    subscriber.onError(e);
                }
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            request(1);
        }

        private void read() {
            long served = 0;
            try {
                do {
                    if (cancelled || ended) {
                        close();
                    } else {
                        readBlock();
                    }
                    served = 1;
                } while (demand.addAndGet(-served) > 0);
            } catch (IOException e) {
                close();
                subscriber.onError(e);
            }
        }

        private void readBlock() throws IOException {
            FileChannel open = channel;
            if (open == null) {
                open = FileChannel.open(file, StandardOpenOption.READ);
                channel = open;
            }
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            if (open.read(block) < 0) {
                close();
                subscriber.onComplete();
            } else {
                subscriber.onNext(block.flip());
            }
        }

        private void close() {
            ended = true;
            FileChannel open = channel;
            if (open == null) {
                return;
            }
            channel = null;
            try {
                open.close();
            } catch (IOException ignored) {
                // The file was only read: nothing can be lost.
            }
        }
    }
}
