/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.client.internal.border.EscapedException;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What is told of a connection that has ended, or has to. */
final class Endings {
    private Endings() {}

    /** Something took too long; the step is {@link Exchange#step}, which may say more than the phase. */
    static Failure timeout(Phase phase, String step, Duration limit, String what) {
        return Failure.of(FailureCause.TIMEOUT, phase, what + " within " + Words.of(limit) + " " + step);
    }

    /** The connection is gone; the cause is null if the server has ended it in good order. */
    static Failure lost(Phase phase, String step, @Nullable Throwable cause) {
        Throwable origin = cause == null ? null : EscapedException.of(cause);
        return new Failure(FailureCause.CONNECTION_LOST, phase, how(step, cause), null, origin);
    }

    /** Whether it is the connection, or TLS on it, that has failed; decoders of Netty's say so in their cause. */
    static boolean isOfConnection(Throwable thrown) {
        return thrown instanceof IOException || thrown.getCause() instanceof IOException;
    }

    private static String how(String step, @Nullable Throwable cause) {
        if (cause == null) {
            return "Connection lost " + step + ": ended by the server";
        }
        return isOfConnection(cause)
                ? "Connection lost " + step + ": " + Words.lost(cause)
                : "Connection given up " + step + ", not by the server: " + Words.of(cause);
    }
}
