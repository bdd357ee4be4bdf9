/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.util.ResourceLeakDetector;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A ledger run in a process with few descriptors, of which there are none at times. Worlds are made while there are some;
 * all that the client does meets the famine, and so do its servers.
 */
final class StarvedLedger {
    /** So many famines do not pass unnoticed. */
    private static final int MANY = 10;

    private StarvedLedger() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        LedgerRun.Plan plan = LedgerRun.Plan.ofProperties(8);
        Log log = new Log();
        log.attach();
        loadClasses();
        LedgerRun warmUp =
                new LedgerRun(new LedgerRun.Plan(plan.seed(), 0, 8, 20, 8, Duration.ZERO, false, false), folder);
        warmUp.run();
        int before = Famine.descriptors();

        ReadWriteLock plenty = new ReentrantReadWriteLock(true);
        LedgerRun run = new LedgerRun(plan, folder, plenty.readLock());
        int famines;
        try (Famine famine = new Famine(plan.seed(), plenty.writeLock())) {
            run.run();
            famines = famine.famines();
        }
        System.gc();
        int after = descriptorsOnceBack(before);
        System.out.println((warmUp.differences() == 0 ? "" : warmUp.report() + "\n") + run.report());
        System.out.printf(
                "%d famines, %,d messages not sent for them; %d descriptors before, %d after; %d leaks%n",
                famines, run.starved(), before, after, log.leaks.get());
        boolean kept = warmUp.differences() + run.differences() + log.leaks.get() == 0 && after <= before;
        boolean tried = famines > 0 && (famines < MANY || run.starved() > 0 && run.foreignFaults() > 0);
        System.exit(kept && tried ? 0 : 1);
    }

    /** What lies in a file of its own could not be read later, and what lies in a jar not unless that is open. */
    private static void loadClasses() throws IOException {
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path root = Path.of(entry);
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    files.map(file -> root.relativize(file).toString())
                            .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                            .forEach(StarvedLedger::load);
                }
            }
        }
    }

    private static void load(String file) {
        String name = file.substring(0, file.length() - ".class".length()).replace(File.separatorChar, '.');
        try {
            Class.forName(name, false, StarvedLedger.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // Of a test that needs what is not here.
        }
    }

    private static int descriptorsOnceBack(int wanted) throws InterruptedException {
        int found = Famine.descriptors();
        for (int i = 0; i < 500 && found > wanted; i++) {
            TimeUnit.MILLISECONDS.sleep(20);
            found = Famine.descriptors();
        }
        return found;
    }

    /** Lets all that is logged be made, as foreign code has a part in that, but shows only what must not be. */
    private static final class Log extends AppenderBase<ILoggingEvent> {
        private final AtomicInteger leaks = new AtomicInteger();

        void attach() {
            Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            root.detachAndStopAllAppenders();
            root.setLevel(Level.WARN);
            setContext(root.getLoggerContext());
            start();
            root.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLoggerName().equals(ResourceLeakDetector.class.getName())) {
                leaks.incrementAndGet();
                System.out.println(event.getFormattedMessage());
            }
        }
    }
}
