/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;

/** Where a run took place. */
final class Machine {
    private Machine() {}

    static JsonLine describe() throws IOException {
        return new JsonLine()
                .put("date", LocalDate.now(ZoneOffset.UTC))
                .put("cpu", cpu())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("memoryMiB", memoryMiB())
                .put("postfix", postfix())
                .put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    }

    private static String postfix() throws IOException {
        if (!Server.isInstalled(Server.Kind.POSTFIX)) {
            return "none";
        }
        ProcessBuilder postconf =
                new ProcessBuilder(Layout.POSTFIX.resolve("usr/sbin/postconf").toString(), "-d", "-h", "mail_version");
        postconf.environment()
                .put(
                        "LD_LIBRARY_PATH",
                        Layout.POSTFIX.resolve("usr/lib/postfix").toString());
        try (BufferedReader out = postconf.start().inputReader()) {
            return Objects.requireNonNullElse(out.readLine(), "unknown");
        }
    }

    private static String cpu() throws IOException {
        return value(Path.of("/proc/cpuinfo"), "model name");
    }

    private static long memoryMiB() throws IOException {
        return Long.parseLong(value(Path.of("/proc/meminfo"), "MemTotal").replaceAll("[^0-9]", "")) / 1_024;
    }

    private static String value(Path file, String key) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
