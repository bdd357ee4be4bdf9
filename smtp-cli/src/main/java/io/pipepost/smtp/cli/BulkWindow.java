/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.concurrent.Semaphore;

/** Bounds the messages under way, and the octets that they keep in memory. */
final class BulkWindow {
    /** Kibibytes of content in memory; one message may be larger than that, and is then alone. */
    private static final int MEMORY = 16 * 1024;

    private final int size;
    private final Semaphore messages;
    private final Semaphore memory = new Semaphore(MEMORY);

    BulkWindow(int size) {
        this.size = size;
        this.messages = new Semaphore(size);
    }

    boolean tryAcquire(BulkAttempt attempt) {
        if (!messages.tryAcquire()) {
            return false;
        }
        if (memory.tryAcquire(kibibytes(attempt))) {
            return true;
        }
        messages.release();
        return false;
    }

    void acquire(BulkAttempt attempt) throws InterruptedException {
        messages.acquire();
        memory.acquire(kibibytes(attempt));
    }

    void release(BulkAttempt attempt) {
        memory.release(kibibytes(attempt));
        messages.release();
    }

    void awaitEmpty() throws InterruptedException {
        messages.acquire(size);
    }

    int used() {
        return size - messages.availablePermits();
    }

    private static int kibibytes(BulkAttempt attempt) {
        return Math.min(MEMORY, 1 + attempt.weight() / 1024);
    }
}
