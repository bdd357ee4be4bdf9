/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the input and asks the plan, on a thread of its own: a file that does not answer must not keep the program from
 * coming to its end. The thread is never interrupted, which would close the files it uses, the ledger among them.
 */
final class BulkReader {
    /** What was found and nobody has taken yet; messages among it are bounded by the window as well. */
    private static final int AHEAD = 1_024;

    private static final long LOOK_MILLIS = 50;

    private final BulkInput input;
    private final BulkPlan plan;
    private final BulkWindow window;
    private final BlockingQueue<BulkFinding> found = new LinkedBlockingQueue<>(AHEAD);
    private volatile boolean stopped;

    BulkReader(BulkInput input, BulkPlan plan, BulkWindow window) {
        this.input = input;
        this.plan = plan;
        this.window = window;
    }

    void start() {
        Thread thread = new Thread(this::run, "pipepost-input");
        thread.setDaemon(true);
        thread.start();
    }

    /** The next finding; null if there is none for now. */
    @Nullable
    BulkFinding poll(long millis) throws InterruptedException {
        return found.poll(millis, TimeUnit.MILLISECONDS);
    }

    /** Whatever the thread is at: nothing that it finds from here on counts. */
    void stop() {
        stopped = true;
    }

    private void run() {
        Throwable failure = null;
        try {
            boolean more = true;
            while (more && !stopped) {
                more = readNext();
            }
        } catch (IOException | RuntimeException | InterruptedException | Error e) {
            failure = e;
        }
        add(new BulkFinding.End(failure));
    }

    private boolean readNext() throws IOException, InterruptedException {
        BulkInput.Entry entry;
        try {
            entry = input.next();
        } catch (BrokenInputException e) {
            add(new BulkFinding.Broken(String.valueOf(e.getMessage())));
            return true;
        }
        if (entry != null) {
            add(find(entry));
        }
        return entry != null;
    }

    private BulkFinding find(BulkInput.Entry entry) throws IOException, InterruptedException {
        BulkFinding finding;
        try {
            finding = plan.find(entry);
        } catch (BrokenInputException e) {
            return new BulkFinding.Broken(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // Whatever is wrong with this message, there may be others behind it.
            return new BulkFinding.Broken(entry.place() + ": cannot be used: " + Text.printable(e.toString()));
        }
        if (finding instanceof BulkFinding.ToSend message && !window.tryAcquire(message.attempt(), 0)) {
            add(new BulkFinding.Full());
            while (!stopped && !window.tryAcquire(message.attempt(), LOOK_MILLIS)) {
                // until there is room
            }
        }
        return finding;
    }

    private void add(BulkFinding finding) {
        try {
            while (!stopped && !found.offer(finding, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                // until somebody takes
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("Nobody interrupts this thread", e);
        }
    }
}
