/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** What came of the messages of a run, and how long it took. Thread-safe. */
final class LoadRecord {
    private static final long LONGEST = TimeUnit.HOURS.toNanos(1);

    private final Recorder latencies = new Recorder(LONGEST, 3);
    private final LongAdder done = new LongAdder();
    private final Map<String, Long> failures = new TreeMap<>();
    private volatile boolean accepted;
    private @Nullable String first;
    private final Set<Disposition> found = EnumSet.noneOf(Disposition.class);

    /** Records an outcome of a message that was, or should have been, handed to the client at this time. */
    void add(long at, @Nullable SendResult result, @Nullable Throwable error) {
        latencies.recordValue(Math.min(LONGEST, Math.max(0, System.nanoTime() - at)));
        done.increment();
        if (result != null && result.allAccepted()) {
            accepted = true;
        } else {
            addFailure(result, error);
        }
    }

    private void addFailure(@Nullable SendResult result, @Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (result != null) {
            addFailure("partial", result.recipients());
        } else if (cause instanceof SmtpException known) {
            addFailure(kind(known.recipients().get(0)), known.recipients());
            keepFirst(OptionNames.in(known.failure().message()));
        } else {
            addFailure("error in the program: " + Text.printable(String.valueOf(cause)), List.of());
        }
    }

    private static String kind(RecipientResult result) {
        return String.valueOf(result.cause() == null ? result.disposition() : result.cause());
    }

    private synchronized void keepFirst(String sentence) {
        first = first == null ? sentence : first;
    }

    /** Why the first message failed that nobody was accepted of; null if there is none. */
    synchronized @Nullable String firstFailure() {
        return first;
    }

    private synchronized void addFailure(String kind, List<RecipientResult> recipients) {
        failures.merge(kind, 1L, Long::sum);
        recipients.forEach(recipient -> found.add(recipient.disposition()));
    }

    long done() {
        return done.sum();
    }

    /** Messages that not all recipients were accepted of, by what went wrong. */
    synchronized Map<String, Long> failures() {
        return new TreeMap<>(failures);
    }

    synchronized Set<Disposition> dispositions() {
        Set<Disposition> all = EnumSet.copyOf(found);
        if (accepted) {
            all.add(Disposition.ACCEPTED);
        }
        return all;
    }

    /** Latencies in nanoseconds. */
    Histogram latencies() {
        return latencies.getIntervalHistogram();
    }
}
