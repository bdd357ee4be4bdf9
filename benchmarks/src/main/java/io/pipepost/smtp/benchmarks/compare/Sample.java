/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.util.List;

/** The rounds of one client in one scenario. */
record Sample(List<JsonLine> rounds) {
    String client() {
        return rounds.get(0).text("client");
    }

    String title() {
        return rounds.get(0).text("title");
    }

    /** Empty if all went well. */
    String failure() {
        return rounds.stream()
                .filter(line -> line.number("failures") > 0)
                .map(line -> line.text("failure"))
                .findFirst()
                .orElse("");
    }

    private double[] sorted(String figure) {
        return rounds.stream()
                .mapToDouble(line -> line.number(figure))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }

    /** NaN if there is no such figure. */
    double median(String figure) {
        double[] values = sorted(figure);
        int middle = values.length / 2;
        if (values.length == 0) {
            return Double.NaN;
        }
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /** Half of the distance between the lowest and the highest, as a share of the median. */
    double spread(String figure) {
        double[] values = sorted(figure);
        return values.length < 2 ? 0 : (values[values.length - 1] - values[0]) / 2 / median(figure);
    }

    String range(String figure) {
        double[] values = sorted(figure);
        return values.length < 2 ? "" : Format.number(values[0]) + " – " + Format.number(values[values.length - 1]);
    }

    double rate() {
        return median("rate");
    }

    double perCpuSecond() {
        return median("messagesPerCpuSecond");
    }

    /** The share of its core that the client was at work. */
    double utilisation() {
        return median("cpuSeconds") / median("seconds");
    }

    /** The share of its core that the sink was at work; its time before and after the window is in it. */
    double serverUtilisation() {
        return median("serverCpuSeconds") / median("serverCounted") * rate();
    }
}
