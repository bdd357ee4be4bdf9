/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Disposition;
import java.util.Set;

/** What the program's process ends with. */
final class ExitStatus {
    static final int ALL_ACCEPTED = 0;
    static final int REJECTED = 1;
    static final int NOT_SENT = 2;
    static final int INDETERMINATE = 3;
    /** A signal has ended {@code bulk} early, and its ledger is complete. */
    static final int INTERRUPTED = 4;

    static final int USAGE = 64;
    /** Input that cannot be read; as in sysexits.h, as those below. */
    static final int DATA = 65;
    /** An error in the program itself. */
    static final int SOFTWARE = 70;
    /** A file cannot be read or written. */
    static final int IO = 74;
    /** Something else is in the way for now. */
    static final int TRY_LATER = 75;

    private ExitStatus() {}

    /**
     * The status for a run.
     *
     * @param found the dispositions of all recipients of all messages
     */
    static int of(Set<Disposition> found) {
        if (found.contains(Disposition.INDETERMINATE)) {
            return INDETERMINATE;
        }
        if (found.equals(Set.of(Disposition.ACCEPTED))) {
            return ALL_ACCEPTED;
        }
        boolean resendingIsSafe = found.stream().allMatch(disposition -> disposition == Disposition.NOT_SENT);
        return resendingIsSafe ? NOT_SENT : REJECTED;
    }
}
