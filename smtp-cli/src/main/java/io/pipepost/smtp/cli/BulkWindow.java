/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Bounds the messages under way, and the octets that they keep in memory. */
final class BulkWindow {
    /** Kibibytes of content in memory; one message may be larger than that, and is then alone. */
    private static final int MEMORY = 16 * 1024;

    private final Semaphore messages;
    private final Semaphore memory = new Semaphore(MEMORY);

    BulkWindow(int size) {
        this.messages = new Semaphore(size);
    }

    /** Waits so long for each of the two. */
    boolean tryAcquire(BulkAttempt attempt, long millis) throws InterruptedException {
        if (!messages.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            return false;
        }
        if (memory.tryAcquire(kibibytes(attempt), millis, TimeUnit.MILLISECONDS)) {
            return true;
        }
        messages.release();
        return false;
    }

    void release(BulkAttempt attempt) {
        memory.release(kibibytes(attempt));
        messages.release();
    }

    private static int kibibytes(BulkAttempt attempt) {
        return Math.min(MEMORY, 1 + attempt.weight() / 1024);
    }
}
