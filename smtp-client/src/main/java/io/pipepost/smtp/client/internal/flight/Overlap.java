/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether, and how far, one session writes transactions behind one another: what its options and its server's extensions
 * allow, what {@link TrainDepth} knows of the server, and the probe that finds out (R-2920-19).
 */
@EventLoopConfined
final class Overlap {
    /** R-2920-19: how long what stands behind an answered end of data may stay unanswered. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int SLOWEST_TIMES = 4;

    private final SessionConfig config;
    private final SmtpObserver observer;
    private final LongSupplier clock;

    private boolean possible;
    private boolean probing;
    private long slowestReply;

    Overlap(SessionConfig config, SmtpObserver observer, LongSupplier clock) {
        this.config = config;
        this.observer = observer;
        this.clock = clock;
    }

    /** The session is ready; where it is not possible, nothing is probed and the depth stays one. */
    void onReady(boolean offered) {
        possible = offered && config.flight().transactionsInFlight() > 1;
        config.known().depth().refresh(clock.getAsLong());
    }

    boolean isPossible() {
        return possible;
    }

    /** Transactions that may be in flight now. */
    int depth() {
        return possible
                ? Math.min(config.known().depth().current(), config.flight().transactionsInFlight())
                : 1;
    }

    /** A transaction behind another was answered as it should be. */
    void onMatch() {
        config.known().depth().grow();
    }

    // ---- the probe

    boolean wantsProbe() {
        return possible && !probing && config.known().depth().isUnknown();
    }

    boolean isProbing() {
        return probing;
    }

    void onProbeSent() {
        probing = true;
    }

    void onProbeWithdrawn() {
        probing = false;
    }

    void onProbeAnswered(Reply reply) {
        probing = false;
        if (reply.isPositive() && config.known().depth().probed(clock.getAsLong())) {
            observer.overlapLearnt(config.host(), config.port(), true, reply);
        }
    }

    /** The server does not process what stands behind an end of data, or does not answer it. */
    void onDenied(@Nullable Reply reply) {
        if (config.known().depth().refuse(clock.getAsLong())) {
            observer.overlapLearnt(config.host(), config.port(), false, reply);
        }
    }

    // ---- its clock

    /** A reply has come that was awaited for so many nanoseconds. */
    void onAnswered(long waited) {
        if (possible) {
            slowestReply = Math.max(slowestReply, waited);
        }
    }

    /** How long the first reply behind an answered end of data may take. */
    Duration patience() {
        Duration slow = Duration.ofNanos(SLOWEST_TIMES * slowestReply);
        return slow.compareTo(PATIENCE) > 0 ? slow : PATIENCE;
    }
}
