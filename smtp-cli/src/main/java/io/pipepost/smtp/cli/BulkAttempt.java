/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message that is to be sent, to all of its recipients or those that an earlier run has left.
 *
 * @param id its id
 * @param message what is to be sent now
 * @param earlier what the ledger says of it, or null
 */
record BulkAttempt(String id, Message message, @Nullable LedgerResult earlier) {
    /** Octets that it keeps in memory. */
    int weight() {
        return message.content() instanceof Content.Bytes bytes ? bytes.octets().remaining() : 0;
    }
}
