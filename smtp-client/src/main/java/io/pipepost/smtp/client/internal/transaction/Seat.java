/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Extensions;
import org.jspecify.annotations.Nullable;

/** Where a mail transaction sits: all that it may ask, and have done, of the connection that carries it. */
public interface Seat {
    // ---- what it asks

    Extensions extensions();

    /** How content is written here. */
    ContentWriters writers();

    /** Facts about the session. */
    @Nullable
    SessionInfo info();

    /** Whether the next final reply is this one's. */
    boolean isOldest(Transaction transaction);

    /** R-2920-04: whether the final reply to it is believed only once those behind it are answered. */
    boolean holdsVerdict(Transaction transaction);

    // ---- what it has done

    /** Does something on the event loop. May be called by any thread. */
    void execute(Runnable action);

    /** Puts an exchange into the order; content that a 354 waits for goes in front. */
    void enqueue(Exchange exchange);

    /** Takes back what of the transaction has not been written; returns how many exchanges. */
    int withdraw(Transaction transaction);

    /** Something was put into the order, or its source has made progress: what can go on goes on. */
    void goOn();

    /** All replies to its envelope are in. */
    void groupAnswered();

    /** Its connection ends at once for its sake; it hears of that first. */
    void breakOff(Transaction transaction, Failure reason);

    /** Its connection ends once those in front of it are answered, as it cannot be undone otherwise. */
    void dropAfterOlder(Transaction transaction);

    /** It has ended in good order; not clean if the server must forget it before the next one (R-5321-48). */
    void ended(Transaction transaction, boolean clean);

    /** Hands on a transaction like one that met a dead, or unwilling, connection; false if nobody takes it. */
    boolean replay(Transaction next, Failure reason, int before);
}
