/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** Decides what {@link SmtpSink} replies. Called on an event loop, by several at once: must not block, be thread-safe. */
@FunctionalInterface
public interface SinkRule {
    /**
     * Chooses the reply to a command.
     *
     * @param phase where the session stands
     * @param argument the command's argument as it came, such as {@code TO:<a@b.test>}; at END_OF_DATA the reverse-path
     *     without angle brackets; empty at GREETING
     * @return a negative reply (4yz, 5yz) to refuse the command, another one to replace the text of the sink's own reply
     *     if that is not negative, or null to let the sink decide; behind 421 the sink closes the connection
     */
    @Nullable
    Reply reply(Phase phase, String argument);
}
