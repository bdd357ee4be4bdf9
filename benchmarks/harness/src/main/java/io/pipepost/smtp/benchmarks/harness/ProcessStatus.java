/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process has used up.
 *
 * @param nanos when this was read, by {@link System#nanoTime()}
 * @param cpuNanos CPU time of all its threads, compiler and garbage collector included, in user and kernel mode
 * @param allocatedBytes what its living Java threads have allocated on the heap
 */
public record ProcessStatus(long nanos, long cpuNanos, long allocatedBytes) {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * Reads the counters.
     *
     * @return their values now
     */
    public static ProcessStatus now() {
        return new ProcessStatus(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated());
    }

    private static long allocated() {
        long sum = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    /**
     * Resident memory.
     *
     * @return KiB now
     */
    public static long residentKiB() {
        return statusKiB("VmRSS:");
    }

    /**
     * The most that was resident.
     *
     * @return KiB since the start
     */
    public static long peakResidentKiB() {
        return statusKiB("VmHWM:");
    }

    private static long statusKiB(String name) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("No " + name + " in /proc/self/status");
    }
}
