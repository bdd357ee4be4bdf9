/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.RecipientResult;
import java.util.EnumSet;
import java.util.Set;

/** Prints outcomes and keeps the exit status; outcomes come from one thread, the status is asked for behind them. */
final class OutcomePrinter {
    private final Terminal terminal;
    private final boolean json;
    private final Set<Disposition> found = EnumSet.noneOf(Disposition.class);

    OutcomePrinter(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    void print(SendOutcome outcome) {
        found.addAll(outcome.dispositions());
        if (json) {
            terminal.out().println(Json.write(outcome.toJson()));
        } else {
            printText(outcome);
        }
    }

    int exitStatus() {
        return ExitStatus.of(found);
    }

    /** A sentence about the whole message goes with the errors, what became of it with the results. */
    private void printText(SendOutcome outcome) {
        if (outcome.error() != null) {
            terminal.err().println("pipepost send: " + outcome.error());
        }
        terminal.out().println(summary(outcome));
        if (outcome.outcome().equals("accepted") || outcome.outcome().equals("not-sent")) {
            return;
        }
        for (RecipientResult result : outcome.recipients()) {
            terminal.out().println("  " + result);
        }
    }

    private static String summary(SendOutcome outcome) {
        long accepted = outcome.recipients().stream()
                .filter(RecipientResult::isAccepted)
                .count();
        String line = "message %s: %s, %d of %d recipients by %s, %d ms"
                .formatted(
                        outcome.id(),
                        outcome.outcome(),
                        accepted,
                        outcome.recipients().size(),
                        outcome.server(),
                        outcome.millis());
        if (outcome.tls() != null) {
            line += ", " + outcome.tls().protocol();
        }
        return outcome.error() == null ? line + ": " + outcome.reply() : line;
    }
}
