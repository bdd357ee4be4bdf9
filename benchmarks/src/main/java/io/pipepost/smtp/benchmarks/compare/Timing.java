/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

/**
 * How long and how often.
 *
 * @param rounds windows for each client
 * @param warmup milliseconds before the first window
 * @param leadIn milliseconds before each window, so that none measures how a load begins
 * @param measure milliseconds of a window
 */
record Timing(int rounds, int warmup, int leadIn, int measure) {
    private static final int LEAD_IN = 500;

    /** So long it takes to fill a queue with a million messages, and no longer to empty it. */
    private static final int FILLING = 8_000;

    private static final int SHORT_WARMUP = 4_000;
    private static final int IDLE = 12_000;

    static Timing of(int rounds, double warmupSeconds, double measureSeconds) {
        return new Timing(rounds, (int) (warmupSeconds * 1_000), LEAD_IN, (int) (measureSeconds * 1_000));
    }

    Timing of(Scenario.Kind kind) {
        return switch (kind) {
            case LOAD -> this;
            case QUEUED -> new Timing(rounds, warmup, FILLING, measure);
            case LIMITED -> new Timing(rounds, Math.min(warmup, SHORT_WARMUP), leadIn, measure);
            case IDLE -> new Timing(1, 0, 0, IDLE);
        };
    }

    /** Roughly, in seconds, the start of the process included. */
    double seconds(Scenario scenario) {
        Timing timing = of(scenario.kind());
        double each = 1_500 + timing.warmup + timing.rounds * (double) (timing.leadIn + timing.measure);
        return scenario.contenders().size() * each / 1e3;
    }
}
