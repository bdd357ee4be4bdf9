/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** Takes all descriptors that the process may still have, for a moment, again and again. */
final class Famine implements AutoCloseable {
    private final SplittableRandom random;
    private final Lock exclusive;
    private final Thread thread = new Thread(this::run, "ledger-famine");
    private volatile boolean ended;
    private volatile int famines;

    /** Used by one thread; kept so that taking many needs no memory but theirs. */
    private final Deque<InputStream> taken = new ArrayDeque<>();

    /**
     * Begins.
     *
     * @param seed the seed
     * @param exclusive held while there is nothing left
     */
    Famine(long seed, Lock exclusive) {
        this.random = new SplittableRandom(seed).split();
        this.exclusive = exclusive;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            TimeUnit.MILLISECONDS.sleep(500);
            while (!ended) {
                starve(random.nextInt(50, 400));
                TimeUnit.MILLISECONDS.sleep(random.nextInt(300, 3_000));
            }
        } catch (InterruptedException e) {
            // Ended.
        }
    }

    private void starve(int millis) throws InterruptedException {
        exclusive.lockInterruptibly();
        try {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (System.nanoTime() - end < 0) {
                takeAll();
                TimeUnit.MILLISECONDS.sleep(1); // Connections that end give some back.
            }
            famines++;
        } finally {
            giveBack();
            exclusive.unlock();
        }
    }

    private void takeAll() {
        try {
            while (true) {
                taken.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException noneIsLeft) {
            // So it is to be.
        }
    }

    private void giveBack() {
        for (InputStream each = taken.poll(); each != null; each = taken.poll()) {
            try {
                each.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** How many there were. */
    int famines() {
        return famines;
    }

    /** How many descriptors the process has. */
    static int descriptors() {
        return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    }

    @Override
    public void close() {
        ended = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
