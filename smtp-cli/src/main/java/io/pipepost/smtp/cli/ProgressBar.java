/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.PrintStream;
import java.util.Locale;

/** One line of a terminal that fills up; elsewhere nothing. */
final class ProgressBar {
    private static final int WIDTH = 40;

    private final PrintStream err;
    private final boolean shown;
    private final long total;
    private final long start = System.nanoTime();

    ProgressBar(Terminal terminal, long total) {
        this.err = terminal.err();
        this.shown = terminal.console() != null;
        this.total = total;
    }

    void show(long done) {
        if (!shown) {
            return;
        }
        int filled = (int) (WIDTH * done / total);
        double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
        err.printf(
                Locale.ROOT,
                "\r  [%s%s] %,d of %,d, %,.0f/s ",
                "#".repeat(filled),
                "-".repeat(WIDTH - filled),
                done,
                total,
                done / seconds);
        err.flush();
    }

    /** Leaves an empty line behind, for what comes next. */
    void clear() {
        if (shown) {
            err.print("\r" + " ".repeat(WIDTH + 40) + "\r");
            err.flush();
        }
    }
}
