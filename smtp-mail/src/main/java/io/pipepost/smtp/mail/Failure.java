/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.protocol.Printable;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Why something ended without success.
 *
 * @param cause the kind of failure; {@link FailureCause#REJECTED} if the server's reply alone decided
 * @param phase the step in which it happened
 * @param message one sentence that says what was found and, where it helps, what was expected; never holds a secret. What
 *     servers and others say in it is escaped, as {@link Printable} does it, and the whole is cut at 1,024 characters
 * @param reply the reply that came with it, if any
 * @param origin the exception behind it, if any
 */
public record Failure(
        FailureCause cause,
        Phase phase,
        String message,
        @Nullable Reply reply,
        @Nullable Throwable origin) {
    private static final int MESSAGE_LIMIT = 2 * Printable.LIMIT;

    /** S-49: makes the message harmless, whatever it was put together from. */
    public Failure {
        message = Printable.of(message, MESSAGE_LIMIT);
    }

    /**
     * A failure without reply and exception.
     *
     * @param cause the kind of failure
     * @param phase the step in which it happened
     * @param message one sentence
     * @return the failure
     */
    public static Failure of(FailureCause cause, Phase phase, String message) {
        return new Failure(cause, phase, message, null, null);
    }

    /**
     * A failure with the reply that brought it.
     *
     * @param cause the kind of failure
     * @param phase the step in which it happened
     * @param message what was being attempted; the reply is appended
     * @param reply the reply
     * @return the failure
     */
    public static Failure of(FailureCause cause, Phase phase, String message, Reply reply) {
        return new Failure(cause, phase, message + ": " + reply, reply, null);
    }

    /**
     * A failure that the server's reply alone decides.
     *
     * @param phase the step in which it happened
     * @param message what was being attempted; the reply is appended
     * @param reply the reply that said no
     * @return the failure, with {@link FailureCause#REJECTED}
     */
    public static Failure rejected(Phase phase, String message, Reply reply) {
        return of(FailureCause.REJECTED, phase, message, reply);
    }

    /**
     * Tells whether the same attempt may succeed later: by the reply's class if there is a negative one, else by the
     * cause.
     *
     * @return true if trying again unchanged makes sense
     */
    public boolean isTransient() {
        if (reply != null && reply.isNegative()) {
            return reply.isTransientNegative();
        }
        return cause.isTransient();
    }

    /**
     * All parts on one line, safe for logs and terminals.
     *
     * @return the parts with their names
     */
    @Override
    public String toString() {
        return "Failure[cause=%s, phase=%s, message=%s, reply=%s, origin=%s]"
                .formatted(cause, phase, message, reply, Printable.of(String.valueOf(origin)));
    }
}
