/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that is pinned to one core and answers lines with lines of JSON; see {@code LoadProcess}. */
final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private JsonLine greeting = new JsonLine();

    private Child(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Returns once it is ready. */
    static Child start(int core, List<String> command) throws IOException {
        Child child = new Child(new ProcessBuilder(pinned(core, command))
                .redirectError(ProcessBuilder.Redirect.appendTo(Layout.LOG.toFile()))
                .start());
        child.greeting = child.answer();
        return child;
    }

    /** Says why it did not start, if it did not. */
    JsonLine greeting() {
        return greeting;
    }

    static List<String> pinned(int core, List<String> command) {
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", Integer.toString(core)));
        pinned.addAll(command);
        return pinned;
    }

    JsonLine ask(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
        return answer();
    }

    private JsonLine answer() throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("@")) {
                return JsonLine.parse(line);
            }
        }
        throw new IOException("Process " + process.info().commandLine().orElse("") + " has ended, see " + Layout.LOG);
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
