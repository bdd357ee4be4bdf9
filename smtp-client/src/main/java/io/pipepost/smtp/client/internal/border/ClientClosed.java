/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;

/** What work fails of that a client, which is closed, does not do any more. */
public final class ClientClosed {
    private static final String MESSAGE = "The client is closed";

    private ClientClosed() {}

    /**
     * The failure.
     *
     * @param phase how far the work had come
     * @return a failure
     */
    public static Failure at(Phase phase) {
        return Failure.of(FailureCause.CLIENT_CLOSED, phase, MESSAGE);
    }

    /**
     * The same of work that was under way.
     *
     * @param phase how far the work had come
     * @param progress the same for people
     * @return a failure
     */
    public static Failure at(Phase phase, String progress) {
        return Failure.of(FailureCause.CLIENT_CLOSED, phase, MESSAGE + ": " + progress);
    }

    /**
     * The failure of work that only timers could have ended, which event loops that shut down do not take.
     *
     * @param phase how far the work had come
     * @return a failure
     */
    public static Failure withoutTimers(Phase phase) {
        return Failure.of(FailureCause.CLIENT_CLOSED, phase, "The client's event loops take no timers any more");
    }
}
