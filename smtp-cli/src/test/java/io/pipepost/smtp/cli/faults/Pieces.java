/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/** Publishes octets in pieces of one size, on an executor, and then completes or fails. */
final class Pieces implements Flow.Publisher<ByteBuffer> {
    private final byte[] octets;
    private final int size;
    private final boolean fails;
    private final Executor executor;

    Pieces(byte[] octets, int size, boolean fails, Executor executor) {
        this.octets = octets;
        this.size = size;
        this.fails = fails;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Giving(subscriber));
    }

    private final class Giving implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private volatile boolean ended;

        /** Used by one thread at a time, the one that raised the demand from zero. */
        private int given;

        Giving(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (demand.getAndAdd(n) == 0) {
                executor.execute(this::give);
            }
        }

        @Override
        public void cancel() {
            ended = true;
        }

        private void give() {
            do {
                if (!ended) {
                    next();
                }
            } while (demand.decrementAndGet() > 0);
        }

        private void next() {
            int length = Math.min(size, octets.length - given);
            if (length > 0) {
                subscriber.onNext(ByteBuffer.wrap(octets, given, length).slice().asReadOnlyBuffer());
                given += length;
            } else {
                ended = true;
                end();
            }
        }

        private void end() {
            if (fails) {
                subscriber.onError(new IOException("The source of this letter fails"));
            } else {
                subscriber.onComplete();
            }
        }
    }
}
