/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Messages kept and counted by all sessions of a sink, and those who wait for them. */
final class SinkStore {
    private final SinkCounters counters = new SinkCounters();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final List<Received> messages;

    SinkStore(List<Received> messages) {
        this.messages = messages;
    }

    SinkCounters counters() {
        return counters;
    }

    List<Received> messages() {
        synchronized (messages) {
            return List.copyOf(messages);
        }
    }

    void counted(long octets) {
        lock.lock();
        try {
            counters.message(octets);
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean await(long count, Duration timeout) throws InterruptedException {
        long nanos = timeout.toNanos();
        lock.lock();
        try {
            while (counters.messages() < count) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = grown.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
