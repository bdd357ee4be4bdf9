/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Fails a test in which a client's event loop made a blocking call. Once installed, it stays for the whole JVM, but lets
 * everything pass between the classes that it is for: others may take a lock in a callback, as test kits do.
 */
final class EventLoopGuard implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    /** Threads of the client, and of event loops that tests hand to clients, begin with this. */
    static final String LOOP_PREFIX = "pipepost-";

    private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();

    private static volatile boolean watching;

    private static final class Installation {
        static {
            BlockHound.install(new ClientLoops());
        }

        static void ensure() {}
    }

    /** Beyond what Netty itself asks BlockHound to allow, only short locks that nobody holds while waiting. */
    private static final class ClientLoops implements BlockHoundIntegration {
        @Override
        public void applyTo(BlockHound.Builder builder) {
            builder
                    // Netty's allocator moves a thread to another magazine under contention.
                    .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate")
                    // A file is read on an executor, which may have to start a thread for it.
                    .allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "addWorker")
                    .nonBlockingThreadPredicate(netty -> EventLoopGuard::isClientLoop)
                    .blockingMethodCallback(method -> {
                        if (!watching) {
                            return;
                        }
                        BlockingOperationError error = new BlockingOperationError(method);
                        StringBuilder report =
                                new StringBuilder(Thread.currentThread().getName() + ": " + method);
                        for (StackTraceElement frame : error.getStackTrace()) {
                            report.append("\n\tat ").append(frame);
                        }
                        REPORTS.add(report.toString());
                        throw error;
                    });
        }

        /** Behind Netty's own, whose choice of threads this one replaces: the sink may block as it likes. */
        @Override
        public int compareTo(BlockHoundIntegration other) {
            return 1;
        }
    }

    private static boolean isClientLoop(Thread thread) {
        return thread.getName().startsWith(LOOP_PREFIX) && !thread.getName().startsWith(LOOP_PREFIX + "blocking");
    }

    /** Takes the reports so far. */
    static List<String> takeReports() {
        List<String> taken = new ArrayList<>();
        for (String report = REPORTS.poll(); report != null; report = REPORTS.poll()) {
            taken.add(report);
        }
        return taken;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Installation.ensure();
        REPORTS.clear();
        watching = true;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        watching = false;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        assertThat(takeReports()).as("blocking calls on event loops").isEmpty();
    }
}
