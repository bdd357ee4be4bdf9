/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing lost, nothing twice, and every place and descriptor given back, though the process runs out of descriptors again and
 * again, connections break, and code that is not the client's throws. CONTRIBUTING.md tells how to run it for longer.
 */
@Tag("exhaustive")
@EnabledOnOs(OS.LINUX)
class StarvedLedgerTest {
    @TempDir
    Path folder;

    @Test
    void theLedgersAgreeWithoutDescriptors() throws Exception {
        Path output = folder.resolve("output");
        Process ledger = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = ledger.waitFor(Integer.getInteger("ledger.patience", 5), TimeUnit.MINUTES);
            String report = Files.readString(output);
            System.out.println(report);
            assertThat(ended).as(report).isTrue();
            assertThat(ledger.exitValue()).as(report).isZero();
        } finally {
            ledger.destroyForcibly();
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                "sh", "-c", "ulimit -n " + Integer.getInteger("ledger.descriptors", 1024) + " && exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add("-Xmx1g");
        command.add("-Dio.netty.leakDetection.level=advanced");
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("ledger."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.add(StarvedLedger.class.getName());
        command.add(folder.toString());
        return command;
    }
}
