/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where things are; the program runs in the root of the repository. */
final class Layout {
    static final Path LOG = Path.of("benchmarks/target/compare.log");
    static final Path OWN_JAR = Path.of("benchmarks/target/benchmarks.jar");
    static final Path REPORT = Path.of("docs/benchmarks.md");
    static final Path PLOTS = Path.of("docs/benchmarks");
    static final Path RESULTS = PLOTS.resolve("results.jsonl");
    static final Path POSTFIX =
            Path.of(System.getenv().getOrDefault("PIPEPOST_SERVERS", "/opt/pipepost-servers"), "postfix");

    private static final Path PEERS = Path.of("benchmarks/peers");

    private Layout() {}

    /** The command that runs a class; {@code peer} is a module of benchmarks/peers, or empty for one of our own. */
    static List<String> java(String peer, List<String> options, String mainClass) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(options);
        command.add("-cp");
        command.add(classPath(peer));
        command.add(mainClass);
        return command;
    }

    private static String classPath(String peer) throws IOException {
        if (peer.isEmpty()) {
            return OWN_JAR.toString();
        }
        Path target = PEERS.resolve(peer).resolve("target");
        return target.resolve("classes")
                + File.pathSeparator
                + Files.readString(target.resolve("classpath")).strip();
    }
}
