/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.transaction.Transaction;
import java.util.List;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** The pool's queue without the pool's lock, in which Lincheck must find what is wrong. */
@Param(name = "transaction", gen = IntGen.class, conf = "0:3")
public class UnguardedQueueSpec {
    private final TransactionQueue queue = new TransactionQueue();
    private static final List<Transaction> TRANSACTIONS =
            IntStream.range(0, 4).mapToObj(i -> PoolStateSpec.transaction()).toList();

    @Operation
    public void add(@Param(name = "transaction") int number) {
        queue.add(TRANSACTIONS.get(number));
    }

    @Operation
    public int poll() {
        return TRANSACTIONS.indexOf(queue.poll(any -> true));
    }
}
