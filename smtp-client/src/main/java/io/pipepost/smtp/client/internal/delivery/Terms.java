/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.border.Words;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What deliveries of one client share.
 *
 * @param signing signs content; null if nobody does
 * @param preparations look through content
 * @param flight how much is sent before a reply is read
 * @param maxRecipients recipients in one transaction
 * @param callbacks completes futures; null for the thread on which the end is known
 * @param timers where deadlines are watched
 * @param deadline how long a delivery may take; null for as long as it takes
 */
public record Terms(
        @Nullable Signing signing,
        Preparations preparations,
        FlightOptions flight,
        int maxRecipients,
        @Nullable Executor callbacks,
        EventLoopGroup timers,
        @Nullable Duration deadline) {

    /**
     * The same terms, with another deadline.
     *
     * @param other how long a delivery may take
     * @return a changed copy
     */
    public Terms withDeadline(Duration other) {
        return new Terms(signing, preparations, flight, maxRecipients, callbacks, timers, checked(other));
    }

    /**
     * Checks a deadline.
     *
     * @param deadline a caller's
     * @return the same
     */
    public static Duration checked(Duration deadline) {
        if (deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException("A deadline is more than zero, found " + Words.of(deadline));
        }
        return deadline;
    }
}
