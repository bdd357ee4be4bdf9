/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Keeps a number of sends going: whatever completes is followed by the next, on the thread that completed it. */
public final class ClosedLoop {
    private final Tally tally;
    private final CountDownLatch ended;

    private ClosedLoop(Tally tally, int parallelism) {
        this.tally = tally;
        this.ended = new CountDownLatch(parallelism);
    }

    /**
     * Sends until the tally is closed, and waits for all outcomes.
     *
     * @param tally counts
     * @param sends one for each send that is under way at a time; a future that completes normally is a message accepted
     * @throws InterruptedException if the thread is interrupted
     */
    public static void run(Tally tally, Collection<? extends Supplier<? extends CompletableFuture<?>>> sends)
            throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(tally, sends.size());
        for (Supplier<? extends CompletableFuture<?>> send : sends) {
            loop.new Worker(send).next();
        }
        loop.ended.await();
    }

    private final class Worker implements BiConsumer<Object, Throwable> {
        private final Supplier<? extends CompletableFuture<?>> send;

        Worker(Supplier<? extends CompletableFuture<?>> send) {
            this.send = send;
        }

        void next() {
            if (tally.isOpen()) {
                send.get().whenComplete(this);
            } else {
                ended.countDown();
            }
        }

        @Override
        @SuppressWarnings("NullAway") // a future that completed normally has no error
        public void accept(Object result, Throwable error) {
            if (error == null) {
                tally.accepted(1);
            } else {
                tally.failed(error);
            }
            next();
        }
    }
}
