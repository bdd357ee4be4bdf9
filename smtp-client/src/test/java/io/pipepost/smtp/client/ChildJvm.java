/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Another JVM on the tests' class path, with options of its own; what it prints is read line by line. */
public final class ChildJvm implements AutoCloseable {
    /** No line of a child's. */
    private static final String END = "\0";

    private final Process process;
    private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
    private final Queue<String> output = new ConcurrentLinkedQueue<>();

    private ChildJvm(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "child-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a program.
     *
     * @param main has the method {@code main}
     * @param options of the JVM
     * @param arguments of the program
     */
    public static ChildJvm start(Class<?> main, List<String> options, Object... arguments) {
        return start(List.of(), main, options, arguments);
    }

    /** The same for a program that may have so many files and sockets open. */
    static ChildJvm startWithDescriptors(int limit, Class<?> main, List<String> options, Object... arguments) {
        return start(List.of("sh", "-c", "ulimit -n " + limit + " && exec \"$@\"", "sh"), main, options, arguments);
    }

    private static ChildJvm start(List<String> prefix, Class<?> main, List<String> options, Object... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            return new ChildJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                output.add(line);
                unread.add(line);
            }
        } catch (IOException e) {
            output.add(e.toString());
        } finally {
            unread.add(END);
        }
    }

    /** Skips lines up to one that begins with a word; gives what stands behind it. */
    public String await(String word, Duration limit) {
        long giveUpAt = System.nanoTime() + limit.toNanos();
        String line = next(giveUpAt);
        while (line != null && !line.startsWith(word)) {
            line = next(giveUpAt);
        }
        if (line == null) {
            throw new AssertionError("No line with " + word + " within " + limit + ", found " + output());
        }
        return line.substring(word.length()).strip();
    }

    private @Nullable String next(long giveUpAt) {
        try {
            String line = unread.poll(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS);
            return END.equals(line) ? null : line;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the end of the program, which must be a good one. */
    public void awaitEnd(Duration limit) {
        try {
            if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS) || process.exitValue() != 0) {
                throw new AssertionError("No good end within " + limit + ", found " + output());
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Everything printed so far. */
    public String output() {
        return String.join("\n", output);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
