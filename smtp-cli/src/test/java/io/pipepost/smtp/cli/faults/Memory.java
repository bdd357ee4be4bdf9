/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Samples of a process's memory over time; heap behind a collection of garbage. */
final class Memory {
    private static final double MIB = 1 << 20;
    private static final Path STATUS = Path.of("/proc/self/status");

    private final long start = System.nanoTime();
    private final List<Sample> samples = new ArrayList<>();

    private record Sample(double seconds, double heap, double direct, double rss) {
        @Override
        public String toString() {
            return String.format("%.0f s: heap %.1f, direct %.1f, RSS %.0f", seconds, heap, direct, rss);
        }
    }

    synchronized void sample() {
        System.gc();
        double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB;
        double direct = PlatformDependent.usedDirectMemory() / MIB;
        samples.add(new Sample((System.nanoTime() - start) / 1e9, heap, direct, residentKib() / 1024.0));
    }

    /** 0 where the system does not tell. */
    private static long residentKib() {
        try {
            return Files.isReadable(STATUS)
                    ? Files.readAllLines(STATUS).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                            .sum()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By how many MiB the heap grew since the first third, which is for warming up: a line fitted through its samples. */
    synchronized double heapGrowth() {
        return growth(Sample::heap);
    }

    /** The same for what the process has in memory. */
    synchronized double residentGrowth() {
        return growth(Sample::rss);
    }

    private double growth(ToDoubleFunction<Sample> value) {
        List<Sample> late = samples.subList(samples.size() / 3, samples.size());
        if (late.size() < 2) {
            return 0;
        }
        double meanTime = late.stream().mapToDouble(Sample::seconds).average().orElse(0);
        double meanValue = late.stream().mapToDouble(value).average().orElse(0);
        double covariance = 0;
        double variance = 0;
        for (Sample sample : late) {
            double time = sample.seconds() - meanTime;
            covariance += time * (value.applyAsDouble(sample) - meanValue);
            variance += time * time;
        }
        double span = late.get(late.size() - 1).seconds() - late.get(0).seconds();
        return covariance / variance * span;
    }

    @Override
    public synchronized String toString() {
        return samples.stream().map(Sample::toString).collect(Collectors.joining("\n", "MiB after\n", ""))
                + String.format(
                        "%ngrowth since the first third: heap %.1f MiB, RSS %.1f MiB", heapGrowth(), residentGrowth());
    }
}
