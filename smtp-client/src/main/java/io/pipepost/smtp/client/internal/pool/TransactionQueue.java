/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.transaction.Submission;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.Waiting;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that wait for a session, the oldest first, and callers that wait for room among them. Not thread-safe:
 * the pool's lock guards it.
 */
final class TransactionQueue {
    private final Deque<Transaction> waiting = new ArrayDeque<>();

    /** Those that wait as long as it takes, and are bounded elsewhere. They share the sessions fairly with the others. */
    private final Deque<Transaction> patient = new ArrayDeque<>();

    private final Deque<CountDownLatch> callers = new ArrayDeque<>();

    /** Those that only a fresh connection can take, the next to be taken first. */
    private final Deque<Replay> replays = new ArrayDeque<>();

    private record Replay(Transaction transaction, long since) {}

    private boolean patientNext;

    int size() {
        return waiting.size() + patient.size();
    }

    /** How many wait that were to find room here. */
    int admitted() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty() && patient.isEmpty() && replays.isEmpty();
    }

    void add(Transaction transaction) {
        line(transaction).add(transaction);
    }

    void addFirst(Transaction transaction) {
        line(transaction).addFirst(transaction);
    }

    private Deque<Transaction> line(Submission transaction) {
        return transaction.waiting().isPatient() ? patient : waiting;
    }

    /** Takes the oldest that is still wanted, if it fits; null if there is none, or it does not. */
    @Nullable
    Transaction poll(Predicate<Transaction> fits) {
        while (true) {
            Transaction oldest = patientIsNext() ? patient.peek() : waiting.peek();
            boolean wanted = oldest != null && !oldest.isCancelled();
            if (oldest == null || (wanted && !fits.test(oldest))) {
                return null;
            }
            removeNext();
            if (wanted) {
                return oldest;
            }
        }
    }

    private boolean patientIsNext() {
        return !patient.isEmpty() && (patientNext || waiting.isEmpty());
    }

    private void removeNext() {
        boolean isPatient = patientIsNext();
        patientNext = !isPatient;
        if (isPatient) {
            patient.remove();
        } else {
            waiting.remove();
            callNext();
        }
    }

    /** R-5321-78: only a session that is ready since {@code now} or later has not the same illness. */
    void addReplay(Transaction transaction, long now) {
        replays.add(new Replay(transaction, now));
    }

    /** The same, in front of those that wait. */
    void addFirstReplay(Transaction transaction, long now) {
        replays.addFirst(new Replay(transaction, now));
    }

    int replays() {
        return replays.size();
    }

    Transaction removeReplay() {
        return replays.remove().transaction();
    }

    /** Whether there is a replay, and a session that is ready since then is young enough for it. */
    boolean mayReplay(long readySince) {
        Replay oldest = replays.peek();
        return oldest != null && readySince - oldest.since() >= 0;
    }

    /** Takes the oldest replay that is still wanted, if the session is young enough and it fits; else null. */
    @Nullable
    Transaction pollReplay(long readySince, Predicate<Transaction> fits) {
        Replay oldest = replays.peek();
        while (oldest != null && oldest.transaction().isCancelled()) {
            replays.remove();
            oldest = replays.peek();
        }
        if (oldest == null || !mayReplay(readySince) || !fits.test(oldest.transaction())) {
            return null;
        }
        replays.remove();
        return oldest.transaction();
    }

    /** Takes out one that is not wanted any more. */
    boolean remove(Submission transaction) {
        if (line(transaction).remove(transaction)) {
            callNext();
            return true;
        }
        return replays.removeIf(each -> each.transaction() == transaction);
    }

    /** Takes all, into {@code out}. */
    void drainTo(List<Transaction> out) {
        replays.forEach(each -> out.add(each.transaction()));
        replays.clear();
        out.addAll(waiting);
        waiting.clear();
        out.addAll(patient);
        patient.clear();
        callAll();
    }

    /** When the first must be given up. Replays have waited before, each for a time of its own. */
    OptionalLong nextExpiry() {
        return Stream.concat(Stream.ofNullable(waiting.peek()), replays.stream().map(Replay::transaction))
                .map(Transaction::waiting)
                .filter(each -> !each.isPatient())
                .mapToLong(Waiting::endsAt)
                .reduce((a, b) -> a - b <= 0 ? a : b);
    }

    /** Takes those that have waited too long. */
    void takeExpired(long now, List<Transaction> out) {
        Transaction oldest = waiting.peek();
        while (oldest != null && oldest.waiting().isOver(now)) {
            out.add(waiting.remove());
            callNext();
            oldest = waiting.peek();
        }
        replays.removeIf(each -> each.transaction().waiting().isOver(now) && out.add(each.transaction()));
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
        // Whoever was called is not looked for: that would take as long as there are others.
        if (!noticed && !callers.remove(caller)) {
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
