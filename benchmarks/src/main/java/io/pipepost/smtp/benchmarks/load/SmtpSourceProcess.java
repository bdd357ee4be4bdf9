/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import io.pipepost.smtp.benchmarks.harness.LoadProcess;
import io.pipepost.smtp.benchmarks.harness.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Postfix's smtp-source, which needs no warm-up: a short run tells how many messages fill the time asked for, and a second
 * one, of so many, is measured from its start to its end. Its CPU time is what the kernel adds to this process when it has
 * ended. It ends with an error unless every reply is positive.
 */
public final class SmtpSourceProcess {
    /** Fields of /proc/self/stat behind the name of the program: CPU time of children waited for, in ticks of 10 ms. */
    private static final int CHILD_USER = 13;

    private static final double TICKS_PER_SECOND = 100;
    private static final double MIN_TRIAL_SECONDS = 0.3;

    private final Workload workload;
    private final Path message;

    private SmtpSourceProcess(Workload workload) throws IOException {
        this.workload = workload;
        this.message = Files.createTempFile("message", ".eml");
        // smtp-source ends each line of the file with CRLF itself.
        String text = new String(workload.message(), StandardCharsets.US_ASCII);
        Files.writeString(message, text.replace("\r\n", "\n").stripTrailing());
    }

    /**
     * Obeys {@code run} as {@link LoadProcess} does.
     *
     * @param arguments those of {@link Workload#parse}; {@code install} is where Postfix is unpacked
     * @throws IOException if the message cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        SmtpSourceProcess process = new SmtpSourceProcess(Workload.parse(Arrays.asList(arguments)));
        LoadProcess.serve(command -> process.run(Long.parseLong(command[2]) / 1e3));
        Files.delete(process.message);
        System.exit(0);
    }

    private JsonLine run(double seconds) throws IOException, InterruptedException {
        int trial = workload.connections() * 5;
        int sent = trial;
        JsonLine tried = send(trial);
        while (tried.number("failures") == 0 && tried.number("seconds") < MIN_TRIAL_SECONDS) {
            trial *= 4;
            sent += trial;
            tried = send(trial);
        }
        if (tried.number("failures") > 0) {
            return tried;
        }
        int messages = (int) Math.max(trial, trial / tried.number("seconds") * seconds);
        return send(messages).put("accepted", sent + messages);
    }

    private JsonLine send(int messages) throws IOException, InterruptedException {
        double cpuBefore = childrenSeconds();
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command(messages)).inheritIO().start();
        process.getOutputStream().close();
        int status = process.waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        JsonLine json = new JsonLine()
                .put("messages", messages)
                .put("seconds", seconds)
                .put("cpuSeconds", childrenSeconds() - cpuBefore)
                .put("failures", status == 0 ? 0 : 1);
        return status == 0 ? json : json.put("failure", "smtp-source ended with status " + status);
    }

    private List<String> command(int messages) {
        String install = workload.get("install", "/opt/pipepost-servers/postfix");
        return List.of(
                "env",
                "LD_LIBRARY_PATH=" + install + "/usr/lib/postfix",
                install + "/usr/sbin/smtp-source",
                "-d",
                "-s" + workload.connections(),
                "-m" + messages,
                "-r" + workload.recipients().size(),
                "-f" + Workload.FROM,
                "-tbob@pipepost.test",
                "-F" + message,
                workload.host() + ":" + workload.port());
    }

    private static double childrenSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[CHILD_USER]) + Long.parseLong(fields[CHILD_USER + 1])) / TICKS_PER_SECOND;
    }
}
