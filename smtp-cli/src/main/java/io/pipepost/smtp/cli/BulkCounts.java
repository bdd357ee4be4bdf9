/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What has become of the messages of a run. Thread-safe. */
final class BulkCounts {
    private final Map<String, Long> outcomes = new TreeMap<>();
    private final Map<LedgerIndex.State, Long> left = new EnumMap<>(LedgerIndex.State.class);
    private long done;
    private long broken;
    private long notSent;
    private long indeterminate;
    private boolean rejected;

    synchronized void result(LedgerResult result) {
        done++;
        outcomes.merge(result.outcome(), 1L, Long::sum);
        Collection<String> dispositions = result.dispositions().values();
        notSent += dispositions.contains("not-sent") ? 1 : 0;
        indeterminate += dispositions.contains("indeterminate") ? 1 : 0;
        rejected |= dispositions.stream().anyMatch(disposition -> disposition.startsWith("rejected"));
    }

    /** Nothing of a message is to be sent. That somebody's is not known is then the only reason why it is open. */
    synchronized void left(LedgerIndex.State state) {
        left.merge(state, 1L, Long::sum);
        rejected |= state == LedgerIndex.State.REJECTED;
        indeterminate += state == LedgerIndex.State.OPEN ? 1 : 0;
    }

    synchronized void broken() {
        broken++;
    }

    synchronized long done() {
        return done;
    }

    synchronized long rejected() {
        return count("rejected") + count("partial");
    }

    private long count(String outcome) {
        return outcomes.getOrDefault(outcome, 0L);
    }

    /** The status of a run that was not interrupted. */
    synchronized int exitStatus() {
        if (indeterminate > 0) {
            return ExitStatus.INDETERMINATE;
        }
        if (notSent > 0) {
            return ExitStatus.NOT_SENT;
        }
        return rejected || broken > 0 ? ExitStatus.REJECTED : ExitStatus.ALL_ACCEPTED;
    }

    /** One line for people. */
    synchronized String summary(double seconds) {
        StringBuilder line = new StringBuilder();
        line.append(String.format(Locale.ROOT, "messages %,d", done));
        for (String outcome : new String[] {"accepted", "partial", "rejected", "not-sent", "indeterminate"}) {
            line.append(String.format(Locale.ROOT, ", %s %,d", outcome, count(outcome)));
        }
        line.append(String.format(Locale.ROOT, "; left as they were %,d", leftAs(LedgerIndex.State.values())));
        if (!left.isEmpty()) {
            line.append(String.format(
                    Locale.ROOT,
                    " (accepted %,d, rejected %,d, indeterminate %,d)",
                    leftAs(LedgerIndex.State.ACCEPTED),
                    leftAs(LedgerIndex.State.REJECTED),
                    leftAs(LedgerIndex.State.OPEN)));
        }
        line.append(String.format(Locale.ROOT, ", broken %,d; ", broken));
        return line.append(String.format(Locale.ROOT, "%.1f s, %,.0f/s", seconds, done / Math.max(seconds, 1e-3)))
                .toString();
    }

    private long leftAs(LedgerIndex.State... states) {
        return Stream.of(states)
                .mapToLong(state -> left.getOrDefault(state, 0L))
                .sum();
    }

    /** What is left to do, each kind in a line for people, whichever of them decides the status. */
    synchronized List<String> open() {
        List<String> lines = new ArrayList<>();
        if (notSent > 0) {
            lines.add(String.format(
                    Locale.ROOT, "not sent to everybody: messages %,d; run again with the same ledger", notSent));
        }
        if (indeterminate > 0) {
            lines.add(String.format(
                    Locale.ROOT,
                    "not known whether everybody got them: messages %,d; --resend-indeterminate sends them again, which may"
                            + " make duplicates",
                    indeterminate));
        }
        return lines;
    }
}
