/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import static io.pipepost.smtp.benchmarks.compare.Contender.ANGUS;
import static io.pipepost.smtp.benchmarks.compare.Contender.ANGUS_READY;
import static io.pipepost.smtp.benchmarks.compare.Contender.FLOOR_DATA;
import static io.pipepost.smtp.benchmarks.compare.Contender.FLOOR_FLIGHT;
import static io.pipepost.smtp.benchmarks.compare.Contender.FLOOR_OVERLAP;
import static io.pipepost.smtp.benchmarks.compare.Contender.NIO;
import static io.pipepost.smtp.benchmarks.compare.Contender.NIO_DATA;
import static io.pipepost.smtp.benchmarks.compare.Contender.PIPEPOST_DATA;
import static io.pipepost.smtp.benchmarks.compare.Contender.PIPEPOST_FLIGHT;
import static io.pipepost.smtp.benchmarks.compare.Contender.PIPEPOST_OVERLAP;
import static io.pipepost.smtp.benchmarks.compare.Contender.SIMPLE;
import static io.pipepost.smtp.benchmarks.compare.Contender.SMTP_SOURCE;
import static io.pipepost.smtp.benchmarks.compare.Contender.VERTX;
import static io.pipepost.smtp.benchmarks.compare.Contender.floorTrain;
import static io.pipepost.smtp.benchmarks.compare.Contender.pipepostTrain;

import io.pipepost.smtp.benchmarks.compare.Scenario.Kind;
import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order of the report. */
final class Scenarios {
    static final int IDLE_CONNECTIONS = 5_000;

    /** Latencies in milliseconds. */
    static final List<Integer> LATENCIES = List.of(5, 20, 80);

    /** Connections of the 1 KiB scenarios. */
    static final List<Integer> CONNECTIONS = List.of(1, 10, 100, 1_000);

    /** Messages that wait in the queue. */
    static final List<Integer> WAITING = List.of(10, 10_000, 1_000_000);

    private static final String TEN = "connections=10";
    private static final String KIB = "octets=1024";
    private static final String TEN_KIB = "octets=10240";

    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        all.add(main());
        CONNECTIONS.stream().filter(n -> n != 10).forEach(n -> all.add(connections(n)));
        all.add(tenKib());
        all.add(mebibyte());
        all.add(recipients());
        all.add(tls());
        LATENCIES.forEach(millis -> all.add(latency(millis)));
        all.add(queue());
        all.add(smtpSink());
        all.add(postfix());
        all.add(idle("idle", "none"));
        all.add(idle("idle-tls", "jdk"));
        return all;
    }

    static Scenario byId(String id) {
        return all().stream()
                .filter(scenario -> scenario.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Scenario main() {
        return Scenario.load(
                "1k-10",
                "1 KiB, one recipient, 10 connections",
                Kind.LOAD,
                List.of(TEN, KIB),
                PIPEPOST_DATA,
                PIPEPOST_OVERLAP,
                PIPEPOST_FLIGHT,
                pipepostTrain(4),
                pipepostTrain(16),
                FLOOR_DATA,
                FLOOR_OVERLAP,
                FLOOR_FLIGHT,
                floorTrain(4),
                floorTrain(16),
                NIO,
                NIO_DATA,
                SMTP_SOURCE,
                VERTX,
                ANGUS_READY,
                ANGUS,
                SIMPLE);
    }

    private static Scenario connections(int connections) {
        return Scenario.load(
                "1k-" + connections,
                "1 KiB, one recipient, connections: " + connections,
                Kind.LOAD,
                List.of("connections=" + connections, KIB),
                PIPEPOST_FLIGHT,
                FLOOR_FLIGHT,
                NIO);
    }

    private static Scenario tenKib() {
        return Scenario.load(
                "10k-10",
                "10 KiB, one recipient, 10 connections",
                Kind.LOAD,
                List.of(TEN, TEN_KIB),
                PIPEPOST_FLIGHT,
                pipepostTrain(16),
                FLOOR_FLIGHT,
                floorTrain(16),
                NIO,
                SMTP_SOURCE,
                VERTX);
    }

    private static Scenario mebibyte() {
        return Scenario.load(
                "1m-10",
                "1 MiB, one recipient, 10 connections",
                Kind.LOAD,
                List.of(TEN, "octets=1048576"),
                PIPEPOST_FLIGHT.with("", ", content in direct memory", "memory=direct"),
                PIPEPOST_FLIGHT.with("-heap", ", content on the heap"),
                FLOOR_FLIGHT,
                NIO,
                SMTP_SOURCE,
                VERTX,
                ANGUS);
    }

    private static Scenario recipients() {
        return Scenario.load(
                "100-recipients",
                "1 KiB, 100 recipients, 10 connections",
                Kind.LOAD,
                List.of(TEN, KIB, "recipients=100"),
                PIPEPOST_FLIGHT,
                FLOOR_FLIGHT,
                NIO,
                SMTP_SOURCE,
                VERTX);
    }

    private static Scenario tls() {
        return Scenario.load(
                        "tls-10k",
                        "10 KiB, one recipient, 10 connections, TLS",
                        Kind.LOAD,
                        List.of(TEN, TEN_KIB, "tls=jdk"),
                        PIPEPOST_FLIGHT,
                        boringSsl(PIPEPOST_FLIGHT),
                        pipepostTrain(16),
                        boringSsl(pipepostTrain(16)),
                        FLOOR_FLIGHT,
                        boringSsl(FLOOR_FLIGHT),
                        floorTrain(16),
                        boringSsl(floorTrain(16)),
                        NIO,
                        VERTX)
                .at(Server.Kind.SINK, "tls=jdk");
    }

    private static Contender boringSsl(Contender contender) {
        return contender.with("-boringssl", ", BoringSSL", "tls=boringssl");
    }

    private static Scenario latency(int millis) {
        List<Contender> contenders =
                new ArrayList<>(List.of(PIPEPOST_FLIGHT, pipepostTrain(16), floorTrain(16), NIO, SMTP_SOURCE, VERTX));
        if (millis == 20) {
            contenders.add(1, pipepostTrain(4));
            contenders.addAll(3, List.of(FLOOR_FLIGHT, floorTrain(4)));
            contenders.addAll(List.of(ANGUS, SIMPLE));
        }
        return Scenario.load(
                        "latency-" + millis,
                        "1 KiB, one recipient, 10 connections, replies " + millis + " ms late",
                        Kind.LIMITED,
                        List.of(TEN, KIB),
                        contenders.toArray(new Contender[0]))
                .at(Server.Kind.SINK, "latency=" + millis);
    }

    private static Scenario queue() {
        return Scenario.load(
                "queue",
                "1 KiB, one recipient, 10 connections, messages waiting in the queue",
                Kind.QUEUED,
                List.of(TEN, KIB),
                WAITING.stream()
                        .map(waiting -> PIPEPOST_FLIGHT.with(
                                "-waiting-" + waiting, ", waiting: " + Format.count(waiting), "waiting=" + waiting))
                        .toArray(Contender[]::new));
    }

    /** It knows no CHUNKING. */
    private static Scenario smtpSink() {
        return Scenario.load(
                        "smtp-sink",
                        "1 KiB, one recipient, 10 connections, smtp-sink",
                        Kind.LOAD,
                        List.of(TEN, KIB),
                        PIPEPOST_FLIGHT.with("", " (DATA here)"),
                        FLOOR_DATA,
                        NIO.with("", " (DATA here)"),
                        SMTP_SOURCE,
                        VERTX)
                .at(Server.Kind.SMTP_SINK);
    }

    private static Scenario postfix() {
        return Scenario.load(
                        "postfix",
                        "1 KiB, one recipient, 10 connections, Postfix",
                        Kind.LIMITED,
                        List.of(TEN, KIB),
                        PIPEPOST_FLIGHT,
                        pipepostTrain(16),
                        FLOOR_FLIGHT,
                        NIO,
                        SMTP_SOURCE,
                        VERTX)
                .at(Server.Kind.POSTFIX);
    }

    private static Scenario idle(String id, String tls) {
        List<Contender> contenders = new ArrayList<>(List.of(PIPEPOST_FLIGHT, FLOOR_FLIGHT));
        if (!tls.equals("none")) {
            contenders.add(1, boringSsl(PIPEPOST_FLIGHT));
            contenders.add(boringSsl(FLOOR_FLIGHT));
        }
        contenders.add(NIO);
        // It opens a connection only for a message that finds all others busy.
        contenders.add(VERTX.with("", "", "latency=8000"));
        return Scenario.load(
                        id,
                        Format.count(IDLE_CONNECTIONS) + " idle authenticated connections"
                                + (tls.equals("none") ? "" : ", TLS"),
                        Kind.IDLE,
                        List.of("connections=" + IDLE_CONNECTIONS, KIB, "tls=" + tls, "user=tester", "password=secret"),
                        contenders.toArray(new Contender[0]))
                .at(Server.Kind.SINK, "tls=" + tls, "user=tester", "password=secret");
    }
}
