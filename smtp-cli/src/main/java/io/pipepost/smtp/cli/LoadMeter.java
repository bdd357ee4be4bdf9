/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has used up to a moment, everything in it included.
 *
 * @param nanos the moment
 * @param cpuNanos of all threads, compilers and garbage collectors included
 * @param allocated octets, by threads that are alive
 */
record LoadMeter(long nanos, long cpuNanos, long allocated) {
    static LoadMeter read() {
        long cpu =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long allocated = 0;
        for (long octets : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(0, octets);
        }
        return new LoadMeter(System.nanoTime(), cpu, allocated);
    }

    LoadMeter since(LoadMeter earlier) {
        return new LoadMeter(nanos - earlier.nanos, cpuNanos - earlier.cpuNanos, allocated - earlier.allocated);
    }
}
