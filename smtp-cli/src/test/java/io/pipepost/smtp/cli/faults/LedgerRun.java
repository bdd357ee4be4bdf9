/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.mail.Disposition;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * Worlds one after the other, several at a time, drawn from a seed, until so many messages were sent or so much time has
 * passed; with the books of all.
 */
final class LedgerRun {
    /** Letters that are under way between two audits of a world that lives long. */
    private static final int EPOCH = 1_000;

    /** Letters that are under way when a client is closed. */
    private static final int LEFT = 20;

    private static final Set<String> THREADS =
            Set.of("ledger-loop", "ledger-helper", "ledger-callback", "pipepost", "smtp-sink", "fault-proxy");

    private final Plan plan;
    private final Path folder;
    private final Lock plenty;
    private final Set<Thread> before = Thread.getAllStackTraces().keySet();
    private final AtomicInteger worlds = new AtomicInteger();
    private final long start = System.nanoTime();
    private final Memory memory = new Memory();

    // Guarded by this.
    private final Map<Disposition, Long> said = new EnumMap<>(Disposition.class);
    private final List<String> stories = new ArrayList<>();
    private long messages;
    private long stored;
    private long differences;
    private long connections;
    private long faults;
    private long foreignFaults;
    private long starved;

    /**
     * What is run.
     *
     * @param seed the seed
     * @param firstWorld the number of the first world
     * @param worlds how many
     * @param perWorld messages in each
     * @param atOnce how many worlds there are at a time
     * @param time if not zero, worlds are made for so long, however many that are; the first two of them live as long
     * @param verbose whether each world's books are printed
     * @param traced whether dialogues are printed
     */
    record Plan(
            long seed,
            int firstWorld,
            int worlds,
            int perWorld,
            int atOnce,
            Duration time,
            boolean verbose,
            boolean traced) {

        /** What {@code ledger.*} says; CONTRIBUTING.md lists them. */
        static Plan ofProperties(int worlds) {
            int perWorld = Integer.getInteger("ledger.perWorld", 120);
            int only = Integer.getInteger("ledger.world", -1);
            int all = Math.max(1, Integer.getInteger("ledger.messages", worlds * perWorld) / perWorld);
            return new Plan(
                    Long.getLong("ledger.seed", 1),
                    Math.max(0, only),
                    only < 0 ? all : 1,
                    perWorld,
                    Integer.getInteger("ledger.atOnce", 8),
                    Duration.ofMinutes(Integer.getInteger("ledger.minutes", 0)),
                    Boolean.getBoolean("ledger.verbose"),
                    Boolean.getBoolean("ledger.trace"));
        }
    }

    LedgerRun(Plan plan, Path folder) {
        this(plan, folder, new ReentrantLock());
    }

    /** A run whose worlds are made while there is plenty: under a lock. */
    LedgerRun(Plan plan, Path folder, Lock plenty) {
        this.plan = plan;
        this.folder = folder;
        this.plenty = plenty;
    }

    void run() throws InterruptedException, ExecutionException {
        ExecutorService lanes = Executors.newFixedThreadPool(plan.atOnce());
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < plan.atOnce(); i++) {
                running.add(lanes.submit(() -> {
                    runWorlds();
                    return null;
                }));
            }
            sampleUntilTime();
            for (Future<?> lane : running) {
                lane.get();
            }
        } finally {
            lanes.shutdownNow();
        }
        awaitThreads();
    }

    private void sampleUntilTime() throws InterruptedException {
        long step = Math.max(1_000, plan.time().toMillis() / 60);
        while (isTimed() && hasTime()) {
            TimeUnit.MILLISECONDS.sleep(step);
            memory.sample();
        }
    }

    private boolean isTimed() {
        return !plan.time().isZero();
    }

    private boolean hasTime() {
        return System.nanoTime() - start < plan.time().toNanos();
    }

    private void runWorlds() throws Exception {
        while (!isTimed() || hasTime()) {
            int number = worlds.getAndIncrement();
            if (!isTimed() && number >= plan.worlds()) {
                return;
            }
            try {
                runWorld(number);
            } catch (Throwable e) {
                breakOff(number, e);
            }
        }
    }

    private synchronized void breakOff(int number, Throwable reason) {
        differences++;
        StringWriter trace = new StringWriter();
        reason.printStackTrace(new PrintWriter(trace));
        stories.add("World " + number + " was not finished: " + trace);
    }

    private void runWorld(int number) throws Exception {
        WorldOptions options = WorldOptions.draw(plan.seed(), plan.firstWorld() + number);
        boolean lasting = isTimed() && number < 2;
        World world = create(options);
        int sent = 0;
        while (lasting ? hasTime() : sent < plan.perWorld()) {
            int count = lasting ? EPOCH : Math.min(EPOCH, plan.perWorld() - sent);
            world.send(sent, count);
            // What the server still does for the last letters must not be missed.
            world.books().audit(sent - EPOCH, EPOCH);
            sent += count;
        }
        world.expectPeace();
        world.sendAndForget(sent, LEFT);
        sent += LEFT;
        world.close();
        world.books().audit(0, sent);
        world.books().close();
        add(world);
        if (plan.verbose()) {
            System.out.println(world.books() + "; " + options);
        }
    }

    private World create(WorldOptions options) throws IOException {
        plenty.lock();
        try {
            return new World(options, Files.createTempDirectory(folder, "world"), plan.traced());
        } finally {
            plenty.unlock();
        }
    }

    private synchronized void add(World world) {
        Books books = world.books();
        messages += books.audited();
        stored += books.storedMessages();
        differences += books.differenceCount();
        connections += world.connections();
        faults += world.faults();
        foreignFaults += world.foreignFaults();
        starved += world.starved();
        for (Disposition disposition : Disposition.values()) {
            said.merge(disposition, books.said(disposition), Long::sum);
        }
        if (books.differenceCount() > 0) {
            System.out.println(world.story()); // At once: the run may be a long one.
            stories.add(world.story());
        }
    }

    private synchronized void awaitThreads() throws InterruptedException {
        for (int i = 0; i < 1_000; i++) {
            if (left().isEmpty()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        differences++;
        stories.add("Threads are left: " + left());
    }

    /** Threads of ours that were not there before. */
    private List<Thread> left() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && THREADS.stream().anyMatch(thread.getName()::startsWith))
                .toList();
    }

    synchronized long messages() {
        return messages;
    }

    synchronized long said(Disposition disposition) {
        return said.getOrDefault(disposition, 0L);
    }

    synchronized long faults() {
        return faults;
    }

    synchronized long foreignFaults() {
        return foreignFaults;
    }

    /** Letters that were not sent for want of a descriptor. */
    synchronized long starved() {
        return starved;
    }

    synchronized long differences() {
        return differences;
    }

    Memory memory() {
        return memory;
    }

    /** What was found, with all it takes to do it again. */
    synchronized String report() {
        double seconds = (System.nanoTime() - start) / 1e9;
        String summary = String.format(
                "%s%n%,d messages in %d worlds, %,d stored, %,d connections, %,d faults, %,d of foreign code, %d"
                        + " differences, %.0f s"
                        + " (%.0f/s)%nrecipients %s",
                plan,
                messages,
                Math.min(worlds.get(), isTimed() ? Integer.MAX_VALUE : plan.worlds()),
                stored,
                connections,
                faults,
                foreignFaults,
                differences,
                seconds,
                messages / seconds,
                said);
        String samples = isTimed() ? "\n" + memory : "";
        return summary + samples + stories.stream().limit(20).collect(Collectors.joining("\n---\n", "\n", ""));
    }
}
