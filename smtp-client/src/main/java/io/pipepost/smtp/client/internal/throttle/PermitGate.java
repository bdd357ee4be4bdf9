/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.throttle;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SendThrottle;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ForwardPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Asks for the permits of transactions that are about to enter a session. Thread-safe. */
public final class PermitGate {
    private final SendThrottle throttle;

    public PermitGate(SendThrottle throttle) {
        this.throttle = throttle;
    }

    /** Whether a transaction may enter a session without asking, or asking again. */
    public boolean isOpenFor(Transaction transaction) {
        return throttle == SendThrottle.NONE || transaction.waiting().isPermitted();
    }

    /** Asks; what the throttle throws is a failure like any other. */
    public CompletableFuture<Void> ask(Relay relay, List<ForwardPath> recipients) {
        Map<String, Integer> counts = recipients(recipients);
        return Border.THROTTLE.ask(() -> throttle.acquire(relay, counts), "a permit");
    }

    private static Map<String, Integer> recipients(List<ForwardPath> paths) {
        if (paths.size() == 1) {
            return Map.of(paths.get(0).domain(), 1);
        }
        Map<String, Integer> counts = new HashMap<>();
        paths.forEach(path -> counts.merge(path.domain(), 1, Integer::sum));
        return counts;
    }

    public static Failure refused(Throwable why) {
        return why instanceof Border.Fault fault
                ? fault.toFailure(FailureCause.OVERLOADED, Phase.QUEUE)
                : new Failure(
                        FailureCause.OVERLOADED,
                        Phase.QUEUE,
                        "The throttle gave no permit: " + Border.THROTTLE.textOf(why),
                        null,
                        why);
    }
}
