/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.throttle.LocalThrottles;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Limits how fast mail is sent: a permit is taken for each mail transaction just before it enters a session. One that
 * waits for its permit counts as queued and keeps its acquire timeout; sessions meanwhile take others.
 *
 * <p>Implementations may keep their count anywhere, for example for many clients together. What to do when they cannot
 * reach it is theirs to decide: a stage that completes lets the message go, one that fails makes it
 * {@link io.pipepost.smtp.mail.Disposition#NOT_SENT} with cause
 * {@link io.pipepost.smtp.mail.FailureCause#OVERLOADED}.
 */
@FunctionalInterface
public interface SendThrottle {
    /** No limit. */
    SendThrottle NONE = (relay, recipients) -> CompletableFuture.completedFuture(null);

    /**
     * Asks for a permit for one mail transaction. A transaction that is sent again since it met a dead connection, or that
     * goes to another relay than it got its permit for, is not asked for again.
     *
     * <p>Called on event loops and by threads that send, several at a time: must be thread-safe and must not block.
     *
     * @param relay the relay of the session that is to carry it
     * @param recipients the number of recipients in each domain that the transaction is going to name, domains in lower
     *     case; an empty one for postmaster without a domain
     * @return completes with the permit, anywhere; is cancelled by way of {@link CompletionStage#toCompletableFuture} once
     *     nobody waits for it any more
     */
    CompletionStage<Void> acquire(Relay relay, Map<String, Integer> recipients);

    /**
     * Limits mail transactions for each relay, in this process, in the order in which they ask.
     *
     * @param transactions per second, more than 0
     * @param burst transactions that may go at once after a pause, at least 1
     * @return a new throttle, without a thread of its own
     */
    static SendThrottle perRelay(double transactions, int burst) {
        return LocalThrottles.perRelay(transactions, burst);
    }

    /**
     * Limits recipients in each domain, in this process, in the order in which they ask. Relays share the limit.
     *
     * @param recipients per second, more than 0
     * @param burst recipients that may go at once after a pause, at least 1; a transaction with more waits for a full
     *     burst, and those behind it for the rest
     * @return a new throttle, without a thread of its own
     */
    static SendThrottle perDomain(double recipients, int burst) {
        return LocalThrottles.perDomain(recipients, burst);
    }

    /**
     * Both limits: a transaction needs a permit of each, and asks for both at once. If one fails, at once or later, the
     * transaction does, and the other is cancelled if it has not been granted; one that has is used up.
     *
     * @param other another throttle
     * @return the two together
     */
    default SendThrottle and(SendThrottle other) {
        return (relay, recipients) ->
                LocalThrottles.both(acquire(relay, recipients), () -> other.acquire(relay, recipients));
    }
}
