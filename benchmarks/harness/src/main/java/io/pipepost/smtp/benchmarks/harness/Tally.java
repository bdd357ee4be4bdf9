/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What became of the messages of one run. Thread-safe. */
public final class Tally {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();
    private volatile boolean open = true;

    /** Counts nothing yet and is open. */
    public Tally() {}

    /**
     * Whether more messages are wanted; false for good from the first failure on, as a number with failures in it means
     * nothing.
     *
     * @return false if the client has to come to an end
     */
    public boolean isOpen() {
        return open;
    }

    /** Asks the client to come to an end. */
    public void close() {
        open = false;
    }

    /**
     * Counts messages that a server has accepted.
     *
     * @param messages how many
     */
    public void accepted(long messages) {
        accepted.add(messages);
    }

    /**
     * Counts a message that was not accepted.
     *
     * @param why what is known
     */
    public void failed(Throwable why) {
        failed.increment();
        firstFailure.compareAndSet(null, why);
        open = false;
    }

    /**
     * The messages accepted so far.
     *
     * @return their number
     */
    public long accepted() {
        return accepted.sum();
    }

    /**
     * The messages not accepted.
     *
     * @return their number
     */
    public long failed() {
        return failed.sum();
    }

    /**
     * The first failure.
     *
     * @return null if there is none
     */
    public @Nullable Throwable firstFailure() {
        return firstFailure.get();
    }
}
