/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** How far a run is: a bar on a terminal, a plain line every few seconds elsewhere. On standard error; thread-safe. */
final class Progress {
    private static final int WIDTH = 20;
    private static final long BAR_MILLIS = 200;
    private static final long LINE_MILLIS = 5_000;

    private final PrintStream err;
    private final boolean bar;
    private final DoubleSupplier fraction;
    private final Supplier<String> text;
    private final ScheduledExecutorService timer;
    private final long start = System.nanoTime();
    private final double startFraction;
    private int shown;

    /**
     * Starts to show progress.
     *
     * @param fraction how much is done, from 0 to 1; not a number if nobody knows
     * @param text what is done, for people
     * @param elsewhere whether there are lines where no terminal is
     */
    Progress(Terminal terminal, DoubleSupplier fraction, Supplier<String> text, boolean elsewhere) {
        this.err = terminal.err();
        this.bar = terminal.console() != null;
        this.fraction = fraction;
        this.text = text;
        this.startFraction = fraction.getAsDouble();
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "pipepost-progress");
            thread.setDaemon(true);
            return thread;
        });
        if (bar || elsewhere) {
            long period = bar ? BAR_MILLIS : LINE_MILLIS;
            timer.scheduleAtFixedRate(this::show, period, period, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void show() {
        if (bar) {
            String line = "  " + bar() + " " + line();
            err.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
            err.flush();
            shown = line.length();
        } else {
            err.println(line());
        }
    }

    private String bar() {
        int filled = (int) Math.max(0, WIDTH * fraction.getAsDouble());
        return "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "]";
    }

    private String line() {
        double done = fraction.getAsDouble();
        return Double.isNaN(done)
                ? text.get()
                : String.format(Locale.ROOT, "%.0f %%, %s%s", 100 * done, text.get(), left());
    }

    /** As long as it has taken for each part so far; nothing before there is much to go by. */
    private String left() {
        double now = fraction.getAsDouble();
        double seconds = seconds();
        if (seconds < 1 || now <= startFraction) {
            return "";
        }
        return ", " + clock(Math.round(seconds * (1 - now) / (now - startFraction))) + " left";
    }

    private static String clock(long seconds) {
        Duration time = Duration.ofSeconds(seconds);
        return time.toHours() > 0
                ? "%d:%02d:%02d".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
    }

    /** Seconds since the start. */
    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Prints a line of its own. */
    synchronized void say(String line) {
        clear();
        err.println(line);
    }

    private void clear() {
        if (shown > 0) {
            err.print("\r" + " ".repeat(shown) + "\r");
            err.flush();
            shown = 0;
        }
    }

    void close() {
        timer.shutdownNow();
        synchronized (this) {
            clear();
        }
    }
}
