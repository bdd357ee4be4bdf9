/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a run.
 *
 * @param messages those with an outcome, whatever it was
 * @param used what the process has used meanwhile
 * @param latencies in nanoseconds
 * @param failures messages by what went wrong
 */
record LoadReport(long messages, LoadMeter used, Histogram latencies, Map<String, Long> failures) {
    private double seconds() {
        return used.nanos() / 1e9;
    }

    private double rate() {
        return messages / seconds();
    }

    private double cpuSecondsPer1000() {
        return used.cpuNanos() / 1e6 / messages;
    }

    private double millis(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }

    Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("client", "pipepost");
        json.put("messages", messages);
        json.put("seconds", number(seconds()));
        json.put("rate", number(rate()));
        json.put("cpuSecondsPer1000", number(cpuSecondsPer1000()));
        json.put("allocatedBytesPerMessage", used.allocated() / messages);
        json.put("failures", failures);
        json.put("p50", number(millis(50)));
        json.put("p99", number(millis(99)));
        json.put("p999", number(millis(99.9)));
        return json;
    }

    private static BigDecimal number(double value) {
        return new BigDecimal(value).round(new MathContext(5)).stripTrailingZeros();
    }

    String toText() {
        String text = String.format(
                Locale.ROOT,
                """
                messages        %,d in %.2f s
                rate            %,.0f/s
                latency         p50 %s, p99 %s, p99.9 %s, longest %s
                CPU             %.4f s for 1,000 messages, %,.0f messages for each CPU second
                allocated       %,d octets for each message
                """,
                messages,
                seconds(),
                rate(),
                time(millis(50)),
                time(millis(99)),
                time(millis(99.9)),
                time(latencies.getMaxValue() / 1e6),
                cpuSecondsPer1000(),
                1000 / cpuSecondsPer1000(),
                used.allocated() / messages);
        return text + failuresText();
    }

    private static String time(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.3f ms" : "%,.1f ms", millis);
    }

    private String failuresText() {
        if (failures.isEmpty()) {
            return "failures        none";
        }
        StringBuilder text = new StringBuilder("failures       ");
        failures.forEach((kind, count) -> text.append(String.format(Locale.ROOT, " %s %,d", kind, count)));
        return text.toString();
    }
}
