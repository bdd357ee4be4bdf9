/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What Pipepost is to reach, and what it has reached. */
final class Targets {
    private static final String MAIN = "1k-10";
    private static final double NOISE = 0.95;
    private static final Map<String, String> NAMES = Map.of(
            "nio", "NioSmtpClient",
            "nio-data", "NioSmtpClient (DATA)",
            "smtp-source", "smtp-source",
            "vertx", "Vert.x",
            "angus", "Angus",
            "simple", "Simple Java Mail");

    private final Results results;
    private final List<Target> targets = new ArrayList<>();

    /** A ratio or an amount, and its bound. */
    record Target(String shape, String what, double measured, boolean atMost, double bound) {
        boolean isMeasured() {
            return Double.isFinite(measured);
        }

        boolean isMet() {
            return atMost ? measured <= bound : measured >= bound;
        }

        /** By how much the bound is kept (positive) or missed, as a share of the bound. */
        double margin() {
            return (atMost ? bound - measured : measured - bound) / bound;
        }
    }

    private Targets(Results results) {
        this.results = results;
    }

    static List<Target> of(Results results) {
        Targets targets = new Targets(results);
        targets.dataGroup();
        targets.flight();
        targets.train();
        targets.latency();
        targets.tls();
        targets.large();
        targets.recipients();
        targets.memory();
        targets.scaling();
        return targets.targets;
    }

    private void dataGroup() {
        String shape = "1 KiB, one group (DATA)";
        cpuAgainstFloor(shape, MAIN, "pipepost-data", "floor-data", 1.25);
        ahead(shape, MAIN, "pipepost-data", "nio-data", "smtp-source", "vertx", "angus", "simple");
    }

    private void flight() {
        String shape = "1 KiB, one flight (BDAT)";
        cpuAgainstFloor(shape, MAIN, "pipepost-flight", "floor-flight", 1.4);
        against(shape, MAIN, "pipepost-flight", "nio", 1.4);
        against(shape, MAIN, "pipepost-flight", "smtp-source", 4);
        against(shape, MAIN, "pipepost-flight", "vertx", 11);
        against(shape, MAIN, "pipepost-flight", "angus", 15);
        atMost(
                shape,
                "bytes allocated per message",
                results.sample(MAIN, "pipepost-flight").median("allocatedBytesPerMessage"),
                1_024);
    }

    private void train() {
        String shape = "1 KiB, trains of 16";
        cpuAgainstFloor(shape, MAIN, "pipepost-train-16", "floor-train-16", 3);
        against(shape, MAIN, "pipepost-train-16", "nio", 5);
        against(shape, MAIN, "pipepost-train-16", "smtp-source", 15);
        against(shape, MAIN, "pipepost-train-16", "vertx", 40);
    }

    private void latency() {
        String scenario = "latency-20";
        double ideal = 10 / 0.020;
        double flight = results.sample(scenario, "pipepost-flight").rate();
        atLeast("20 ms, one flight", "rate, as a share of connections / latency", flight / ideal, 0.98);
        String train = "pipepost-train-16";
        atLeast("20 ms, trains of 16", "rate against the floor's", rates(scenario, train, "floor-train-16"), 0.95);
        atLeast("20 ms, trains of 16", "rate against NioSmtpClient's", rates(scenario, train, "nio"), 15);
    }

    private void tls() {
        String shape = "TLS, 10 KiB, trains of 16";
        cpuAgainstFloor(shape, "tls-10k", "pipepost-train-16", "floor-train-16", 1.3);
        cpuAgainstFloor(
                shape + ", BoringSSL", "tls-10k", "pipepost-train-16-boringssl", "floor-train-16-boringssl", 1.3);
        against(shape, "tls-10k", "pipepost-train-16", "nio", 2);
        against(shape, "tls-10k", "pipepost-train-16", "vertx", 90);
    }

    private void large() {
        String shape = "1 MiB";
        cpuAgainstFloor(shape, "1m-10", "pipepost-flight", "floor-flight", 1.15);
        ahead(shape, "1m-10", "pipepost-flight", "nio", "smtp-source", "vertx", "angus");
    }

    private void recipients() {
        String shape = "100 recipients";
        cpuAgainstFloor(shape, "100-recipients", "pipepost-flight", "floor-flight", 1.4);
        against(shape, "100-recipients", "pipepost-flight", "nio", 3);
        against(shape, "100-recipients", "pipepost-flight", "vertx", 7);
    }

    private void memory() {
        memory("plain", "idle", "");
        memory("TLS, JDK", "idle-tls", "");
        memory("TLS, BoringSSL", "idle-tls", "-boringssl");
    }

    private void memory(String shape, String scenario, String suffix) {
        String figure = "kibPerConnection";
        double own = results.sample(scenario, "pipepost-flight" + suffix).median(figure);
        double floor = results.sample(scenario, "floor-flight" + suffix).median(figure);
        atMost("idle, " + shape, "resident memory against the floor's", own / floor, 1.5);
    }

    private void scaling() {
        double few = results.sample(MAIN, "pipepost-flight").rate();
        double many = results.sample("1k-1000", "pipepost-flight").rate();
        atLeast("10 to 1,000 connections", "rate with 1,000 against that with 10 (noise: 5 %)", many / few, NOISE);
        double empty = waiting(Scenarios.WAITING.get(0));
        double full = waiting(Scenarios.WAITING.get(Scenarios.WAITING.size() - 1));
        atLeast("1,000,000 waiting", "messages per CPU second against 10 waiting (noise: 5 %)", full / empty, NOISE);
    }

    private double waiting(int messages) {
        return results.sample("queue", "pipepost-flight-waiting-" + messages).perCpuSecond();
    }

    private void cpuAgainstFloor(String shape, String scenario, String own, String floor, double bound) {
        double ratio = ratio(scenario, floor, own, Sample::perCpuSecond);
        atMost(shape, "CPU per message against the floor's", ratio, bound);
    }

    private void against(String shape, String scenario, String own, String peer, double bound) {
        double ratio = ratio(scenario, own, peer, Sample::perCpuSecond);
        atLeast(shape, "messages per CPU second against " + NAMES.get(peer), ratio, bound);
    }

    private void ahead(String shape, String scenario, String own, String... peers) {
        for (String peer : peers) {
            against(shape, scenario, own, peer, 1);
        }
    }

    private double rates(String scenario, String own, String other) {
        return ratio(scenario, own, other, Sample::rate);
    }

    private double ratio(String scenario, String above, String below, ToDoubleFunction<Sample> figure) {
        return figure.applyAsDouble(results.sample(scenario, above))
                / figure.applyAsDouble(results.sample(scenario, below));
    }

    private void atMost(String shape, String what, double measured, double bound) {
        targets.add(new Target(shape, what, measured, true, bound));
    }

    private void atLeast(String shape, String what, double measured, double bound) {
        targets.add(new Target(shape, what, measured, false, bound));
    }
}
