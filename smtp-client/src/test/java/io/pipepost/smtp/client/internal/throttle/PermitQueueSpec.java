/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/** Permits, on a clock that is moved on by hand: whoever asks gets one in the end, and none comes early. */
@Param(name = "count", gen = IntGen.class, conf = "1:2")
public class PermitQueueSpec {
    private static final int BURST = 2;
    private static final int ENOUGH = 100;

    private final AtomicLong seconds = new AtomicLong();
    private final AtomicLong granted = new AtomicLong();
    private final Queue<Runnable> alarms = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Void>> permits = new ConcurrentLinkedQueue<>();

    private final PermitQueue queue = new PermitQueue(1, BURST, new PermitQueue.Timer() {
        @Override
        public long nanoTime() {
            return TimeUnit.SECONDS.toNanos(seconds.get());
        }

        @Override
        public void after(long nanos, Runnable action) {
            alarms.add(action);
        }
    });

    @Operation
    public void acquire(@Param(name = "count") int count) {
        CompletableFuture<Void> permit = queue.acquire(count);
        permits.add(permit);
        permit.thenRun(() -> granted.addAndGet(count));
    }

    @Operation
    public void cancel() {
        CompletableFuture<Void> permit = permits.poll();
        if (permit != null) {
            permit.cancel(false);
        }
    }

    /** An alarm may be late, but it is never early. */
    @Operation
    public void secondPasses() {
        seconds.incrementAndGet();
        Runnable alarm = alarms.poll();
        if (alarm != null) {
            alarm.run();
        }
    }

    @Validate
    public void everybodyIsServed() {
        if (granted.get() > BURST + seconds.get()) {
            throw new IllegalStateException(granted + " permits after " + seconds + " seconds");
        }
        for (int i = 0; i < ENOUGH; i++) {
            secondPasses();
        }
        if (permits.stream().anyMatch(permit -> !permit.isDone())) {
            throw new IllegalStateException("Somebody waits for ever");
        }
        if (!queue.isIdle()) {
            throw new IllegalStateException("Not idle when everybody has gone");
        }
    }
}
