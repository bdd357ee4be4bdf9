/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.LoadProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A client in one of its shapes.
 *
 * @param id names it in the results
 * @param title names it in the report
 * @param peer the module with its class path, or empty
 * @param type its LoadClient, or a program of its own if it ends with Process
 * @param options key=value, for the client alone
 */
record Contender(String id, String title, String peer, String type, List<String> options) {
    private static final String OURS = "io.pipepost.smtp.benchmarks.load.";
    private static final String PEERS = "io.pipepost.smtp.benchmarks.peers.";

    static final Contender PIPEPOST_DATA = pipepost("pipepost-data", "Pipepost, one group (DATA)", "shape=data");
    static final Contender PIPEPOST_FLIGHT = pipepost("pipepost-flight", "Pipepost, one flight (BDAT), the default");
    static final Contender PIPEPOST_OVERLAP =
            pipepost("pipepost-overlap", "Pipepost, DATA with overlap", "shape=overlap", "inFlight=2");
    static final Contender FLOOR_DATA = floor("floor-data", "raw Netty floor, one group (DATA)", "shape=data");
    static final Contender FLOOR_OVERLAP =
            floor("floor-overlap", "raw Netty floor, DATA with overlap", "shape=overlap");
    static final Contender FLOOR_FLIGHT = floor("floor-flight", "raw Netty floor, one flight (BDAT)");
    static final Contender NIO = new Contender(
            "nio", "NioSmtpClient, PIPELINING + CHUNKING", "nio-smtp-client", PEERS + "NioSmtpClientLoad", List.of());
    static final Contender NIO_DATA = new Contender(
            "nio-data",
            "NioSmtpClient, DATA only",
            "nio-smtp-client",
            PEERS + "NioSmtpClientLoad",
            List.of("shape=data"));
    static final Contender VERTX =
            new Contender("vertx", "Vert.x mail client, PIPELINING", "vertx", PEERS + "VertxLoad", List.of());
    static final Contender ANGUS =
            new Contender("angus", "Angus Mail, a thread each", "angus", PEERS + "AngusLoad", List.of());
    static final Contender ANGUS_READY = new Contender(
            "angus-ready", "Angus Mail, message composed before", "angus", PEERS + "AngusLoad", List.of("compose=no"));
    static final Contender SIMPLE = new Contender(
            "simple", "Simple Java Mail, batch module", "simple-java-mail", PEERS + "SimpleJavaMailLoad", List.of());
    static final Contender SMTP_SOURCE =
            new Contender("smtp-source", "smtp-source (C, lock-step)", "", OURS + "SmtpSourceProcess", List.of());

    private static Contender pipepost(String id, String title, String... options) {
        return new Contender(id, title, "", OURS + "PipepostClient", List.of(options));
    }

    private static Contender floor(String id, String title, String... options) {
        return new Contender(id, title, "", OURS + "FloorClient", List.of(options));
    }

    static Contender pipepostTrain(int inFlight) {
        return pipepost(
                "pipepost-train-" + inFlight, "Pipepost, trains of " + inFlight, "shape=train", "inFlight=" + inFlight);
    }

    static Contender floorTrain(int inFlight) {
        return floor("floor-train-" + inFlight, "raw Netty floor, trains of " + inFlight, "inFlight=" + inFlight);
    }

    /** The same with further options. */
    Contender with(String idSuffix, String titleSuffix, String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new Contender(id + idSuffix, title + titleSuffix, peer, type, List.copyOf(all));
    }

    boolean isProgram() {
        return type.endsWith("Process");
    }

    Child start(int core, List<String> jvmOptions, List<String> arguments) throws IOException {
        List<String> command =
                new ArrayList<>(Layout.java(peer, jvmOptions, isProgram() ? type : LoadProcess.class.getName()));
        if (!isProgram()) {
            command.add(type);
        }
        command.addAll(arguments);
        command.addAll(options);
        return Child.start(core, command);
    }
}
