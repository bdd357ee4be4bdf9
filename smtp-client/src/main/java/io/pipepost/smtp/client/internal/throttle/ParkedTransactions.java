/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import io.pipepost.smtp.client.internal.transaction.Submission;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.Waiting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Transactions that wait for a permit, the first to ask first. Guarded by the pool's lock. */
public final class ParkedTransactions {
    private final Map<Transaction, CompletableFuture<Void>> waiting = new LinkedHashMap<>();
    private List<CompletableFuture<Void>> unwanted = new ArrayList<>();

    public int size() {
        return waiting.size();
    }

    public void park(Transaction transaction, CompletableFuture<Void> permit) {
        waiting.put(transaction, permit);
    }

    /** Takes one that has got its answer; false if it was given up before. */
    public boolean unpark(Transaction transaction) {
        return waiting.remove(transaction) != null;
    }

    /** Takes one out that is not wanted any more; false if it does not wait here. */
    public boolean withdraw(Submission transaction) {
        CompletableFuture<Void> permit = waiting.remove(transaction);
        if (permit != null) {
            unwanted.add(permit);
        }
        return permit != null;
    }

    /** When the first must be given up. Looks at all, since patient ones are among them; called once in a timeout. */
    public OptionalLong nextExpiry() {
        return waiting.keySet().stream()
                .map(Transaction::waiting)
                .filter(each -> !each.isPatient())
                .mapToLong(Waiting::endsAt)
                .reduce((a, b) -> a - b <= 0 ? a : b);
    }

    /** Takes those that have waited too long. */
    public void takeExpired(long now, List<Transaction> out) {
        waiting.entrySet().removeIf(each -> {
            Transaction transaction = each.getKey();
            boolean expired = transaction.waiting().isOver(now);
            if (expired) {
                unwanted.add(each.getValue());
                out.add(transaction);
            }
            return expired;
        });
    }

    public void drainTo(List<Transaction> out) {
        out.addAll(waiting.keySet());
        unwanted.addAll(waiting.values());
        waiting.clear();
    }

    /** Takes the permits that nobody waits for any more. */
    public List<CompletableFuture<Void>> takeUnwanted() {
        List<CompletableFuture<Void>> taken = unwanted;
        unwanted = new ArrayList<>();
        return taken;
    }
}
