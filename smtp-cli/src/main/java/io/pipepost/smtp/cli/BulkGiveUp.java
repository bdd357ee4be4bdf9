/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.RecipientResult;
import java.util.EnumSet;
import java.util.Set;

/** Counts messages in a row that could not be sent for a reason that meets the next one as well. Not thread-safe. */
final class BulkGiveUp {
    private static final Set<FailureCause> OF_THE_MESSAGE = EnumSet.of(
            FailureCause.INVALID_ARGUMENT,
            FailureCause.EXTENSION_MISSING,
            FailureCause.MESSAGE_TOO_LARGE,
            FailureCause.CONTENT_FAILED);

    private final int limit;
    private int inARow;

    /**
     * A counter.
     *
     * @param limit how many are enough; 0 for no limit
     */
    BulkGiveUp(int limit) {
        this.limit = limit;
    }

    /** Counts an outcome; returns whether it is time to give up. */
    boolean count(SendOutcome outcome) {
        boolean server = outcome.recipients().stream().anyMatch(BulkGiveUp::heardOfServer);
        boolean message = outcome.recipients().stream().anyMatch(BulkGiveUp::isOfTheMessage);
        if (server) {
            inARow = 0;
        } else if (!message) {
            inARow++;
        }
        return limit > 0 && inARow >= limit;
    }

    private static boolean heardOfServer(RecipientResult result) {
        return result.disposition() != Disposition.NOT_SENT;
    }

    private static boolean isOfTheMessage(RecipientResult result) {
        return result.cause() != null && OF_THE_MESSAGE.contains(result.cause());
    }
}
