/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.session.Transaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that wait for a session, the oldest first, and callers that wait for room among them. Not thread-safe:
 * the pool's lock guards it.
 */
final class TransactionQueue {
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<CountDownLatch> callers = new ArrayDeque<>();

    /** Those that met a dead connection, and may only go to a fresh one (R-5321-78). */
    private final Deque<Transaction> replays = new ArrayDeque<>();

    private record Waiting(Transaction transaction, long expiresAt) {}

    int size() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty() && replays.isEmpty();
    }

    /** Adds a transaction that may wait until {@code expiresAt} by {@link System#nanoTime}. */
    void add(Transaction transaction, long expiresAt) {
        waiting.add(new Waiting(transaction, expiresAt));
    }

    void addFirst(Transaction transaction, long expiresAt) {
        waiting.addFirst(new Waiting(transaction, expiresAt));
    }

    /** Takes the oldest that is still wanted; null if there is none. */
    @Nullable
    Transaction poll() {
        while (true) {
            Waiting oldest = waiting.poll();
            if (oldest == null) {
                return null;
            }
            callNext();
            if (!oldest.transaction().isCancelled()) {
                return oldest.transaction();
            }
        }
    }

    void addReplay(Transaction transaction) {
        replays.add(transaction);
    }

    int replays() {
        return replays.size();
    }

    Transaction removeReplay() {
        return replays.remove();
    }

    /** Takes the oldest replay that is still wanted; null if there is none. */
    @Nullable
    Transaction pollReplay() {
        Transaction next = replays.poll();
        while (next != null && next.isCancelled()) {
            next = replays.poll();
        }
        return next;
    }

    /** Takes all, into {@code out}. */
    void drainTo(List<Transaction> out) {
        out.addAll(replays);
        replays.clear();
        waiting.forEach(each -> out.add(each.transaction()));
        waiting.clear();
        callAll();
    }

    /** When the oldest must be given up. */
    OptionalLong nextExpiry() {
        Waiting oldest = waiting.peek();
        return oldest == null ? OptionalLong.empty() : OptionalLong.of(oldest.expiresAt());
    }

    /** Takes those that have waited too long. */
    List<Transaction> takeExpired(long now) {
        List<Transaction> expired = new ArrayList<>();
        Waiting oldest = waiting.peek();
        while (oldest != null && oldest.expiresAt() - now <= 0) {
            expired.add(waiting.remove().transaction());
            callNext();
            oldest = waiting.peek();
        }
        return expired;
    }

    // ---- callers that wait for room

    /** A latch that opens when it is worth trying again. */
    CountDownLatch newCaller() {
        CountDownLatch caller = new CountDownLatch(1);
        callers.add(caller);
        return caller;
    }

    /** A caller goes; if it was called without having noticed, the next one is called in its place. */
    void leave(CountDownLatch caller, boolean noticed) {
        boolean called = !callers.remove(caller);
        if (called && !noticed) {
            callNext();
        }
    }

    void callNext() {
        CountDownLatch caller = callers.poll();
        if (caller != null) {
            caller.countDown();
        }
    }

    void callAll() {
        callers.forEach(CountDownLatch::countDown);
        callers.clear();
    }
}
