/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import io.pipepost.smtp.benchmarks.harness.LoadProcess;
import io.pipepost.smtp.benchmarks.harness.ProcessStatus;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.testing.SinkCounters;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Our sink as a process: arguments {@code tls}, {@code ca} (the file that the authority is written to), {@code user},
 * {@code password}, {@code latency} in milliseconds. Each line of its input is answered with its counters.
 */
public final class SinkProcess {
    private SinkProcess() {}

    /**
     * Runs until the end of standard input.
     *
     * @param arguments as above
     * @throws IOException if the authority cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        Workload options = Workload.parse(Arrays.asList(arguments));
        try (SmtpSink sink = start(options)) {
            if (options.isTls()) {
                Files.writeString(
                        Path.of(options.get("ca", "ca.pem")),
                        sink.certificates().authorityPem());
            }
            LoadProcess.serve(command -> status(sink));
        }
        System.exit(0);
    }

    private static SmtpSink start(Workload options) {
        SmtpSink.Builder builder = SmtpSink.builder()
                .threads(1)
                .transport(Sockets.ioHandlers(), Sockets.serverType())
                .latency(Duration.ofMillis(options.number("latency", 0)));
        if (options.isTls()) {
            builder.implicitTls();
        }
        String user = options.user();
        if (user != null) {
            builder.credentials(user, options.password());
        }
        return builder.start();
    }

    private static JsonLine status(SmtpSink sink) {
        SinkCounters counters = sink.counters();
        return new JsonLine()
                .put("port", sink.port())
                .put("messages", counters.messages())
                .put("octets", counters.octets())
                .put("open", counters.openConnections())
                .put("cpuSeconds", ProcessStatus.now().cpuNanos() / 1e9);
    }
}
