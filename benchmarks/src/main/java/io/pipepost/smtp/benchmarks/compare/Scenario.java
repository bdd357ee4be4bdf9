/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * One workload, one server, and who competes.
 *
 * @param id names it in the results and on the command line
 * @param title names it in the report
 * @param server the server
 * @param serverOptions what {@code SinkProcess} takes
 * @param options what every client gets
 * @param kind how it is measured
 * @param contenders in the order of the report
 */
record Scenario(
        String id,
        String title,
        Server.Kind server,
        List<String> serverOptions,
        List<String> options,
        Kind kind,
        List<Contender> contenders) {

    /** How a scenario is measured. */
    enum Kind {
        /** The client's core is what limits: a full warm-up. */
        LOAD,
        /** The same, but it takes a while until the queue is full. */
        QUEUED,
        /** Something else limits: a short warm-up. */
        LIMITED,
        /** Connections without work. */
        IDLE
    }

    static Scenario load(String id, String title, Kind kind, List<String> options, Contender... contenders) {
        return new Scenario(id, title, Server.Kind.SINK, List.of(), options, kind, List.of(contenders));
    }

    Scenario at(Server.Kind other, String... moreServerOptions) {
        List<String> all = new ArrayList<>(serverOptions);
        all.addAll(List.of(moreServerOptions));
        return new Scenario(id, title, other, List.copyOf(all), options, kind, contenders);
    }

    Scenario only(List<String> clientIds) {
        List<Contender> chosen = contenders.stream()
                .filter(contender -> clientIds.contains(contender.id()))
                .toList();
        return new Scenario(id, title, server, serverOptions, options, kind, chosen);
    }
}
