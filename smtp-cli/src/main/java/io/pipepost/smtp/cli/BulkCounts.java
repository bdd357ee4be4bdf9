/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What has become of the messages of a run. Thread-safe. */
final class BulkCounts {
    private final Map<String, Long> outcomes = new TreeMap<>();
    private final Map<LedgerIndex.State, Long> left = new EnumMap<>(LedgerIndex.State.class);
    private long done;
    private long broken;
    private boolean notSent;
    private boolean indeterminate;
    private boolean rejected;

    synchronized void result(LedgerResult result) {
        done++;
        outcomes.merge(result.outcome(), 1L, Long::sum);
        for (String disposition : result.dispositions().values()) {
            notSent |= disposition.equals("not-sent");
            indeterminate |= disposition.equals("indeterminate");
            rejected |= disposition.startsWith("rejected");
        }
    }

    /** Nothing of a message is to be sent. That somebody's is not known is then the only reason why it is open. */
    synchronized void left(LedgerIndex.State state) {
        left.merge(state, 1L, Long::sum);
        rejected |= state == LedgerIndex.State.REJECTED;
        indeterminate |= state == LedgerIndex.State.OPEN;
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
        if (indeterminate) {
            return ExitStatus.INDETERMINATE;
        }
        if (notSent) {
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
        long before = left.values().stream().mapToLong(Long::longValue).sum();
        line.append(String.format(Locale.ROOT, "; left as they were %,d, broken %,d; ", before, broken));
        return line.append(String.format(Locale.ROOT, "%.1f s, %,.0f/s", seconds, done / Math.max(seconds, 1e-3)))
                .toString();
    }
}
