/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How to reach the server and how to talk to it. */
@SuppressWarnings("NullAway.Init") // set by picocli
final class ConnectionOptions {
    /** Whoever waits at a terminal learns sooner than after RFC 5321's five minutes that no server is there. */
    private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(30);

    /** The steps of a session have timeouts of their own; a queue of --repeat may take as long as it takes. */
    private static final Duration QUEUE_TIMEOUT = Duration.ofDays(7);

    /** How long what is under way may take when the client is closed: a stop has to come to its end. */
    static final Duration DRAIN = Duration.ofSeconds(30);

    /** Messages in the client's hands at once. */
    static final int WINDOW = 1_000;

    /** Messages to have ready for each connection, and for all of them, while others are written into the ledger. */
    private static final int READY = 4;

    private static final int READY_FOR_ALL = 32;

    private static final int MAX_CAPACITY = 100_000;

    enum Pipelining {
        OFF,
        TRANSACTION
    }

    enum Switch {
        ON,
        OFF
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--server",
            required = true,
            paramLabel = "HOST:PORT|URL",
            description = "The server, or several in the order in which they are tried; also smtp://[USER@]HOST[:PORT]"
                    + " (port 25) or smtps:// (port 465, implicit TLS).")
    private List<ServerAddress> servers;

    @Mixin
    private TlsSettings tls;

    @Mixin
    private LoginOptions login;

    @Option(names = "--ehlo", paramLabel = "NAME", description = "The name for EHLO; default the local address.")
    private @Nullable String ehlo;

    @Option(names = "--local-address", paramLabel = "IP", description = "The local address of connections.")
    private @Nullable InetAddress localAddress;

    @Option(
            names = "--pipelining",
            paramLabel = "off|transaction",
            description = "Whether a mail transaction's commands go out in groups where the server allows it"
                    + " (default: transaction).")
    private Pipelining pipelining = Pipelining.TRANSACTION;

    @Option(
            names = "--chunking",
            paramLabel = "on|off",
            description = "Whether content goes out by BDAT where the server allows it (default: on).")
    private Switch chunking = Switch.ON;

    @Option(
            names = "--trust",
            paramLabel = "lockstep|group|flight|train",
            description =
                    "What is known of the servers beforehand: commands one by one; in groups, content by DATA; content by"
                            + " BDAT; several transactions at once. Without it content goes by DATA until a server has shown that it"
                            + " reads a chunk which it refuses.")
    private @Nullable Trust trust;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            description =
                    "Mail transactions under way on one connection at a time, where the server allows PIPELINING and"
                            + " copes with it (default: 1).")
    private int inFlight = FlightOptions.DEFAULT.transactionsInFlight();

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Connections at most (default: 8); more than one takes several messages.")
    private int connections = PoolOptions.DEFAULT.maxConnections();

    @Option(
            names = "--max-recipients",
            paramLabel = "N",
            description = "Recipients in one mail transaction (default: 100); more are sent in several.")
    private int maxRecipients = PoolOptions.DEFAULT.maxRecipients();

    @Option(
            names = "--disable",
            paramLabel = "KEYWORD",
            converter = Converters.Keyword.class,
            description = "Ignores an extension that the server offers; repeatable.")
    private List<String> disabled = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "PHASE=DURATION",
            description = "How long a step may take, such as greeting=10s; repeatable. PHASE is one of connect, tls,"
                    + " greeting, ehlo, starttls, auth, mail, rcpt, data, write, end-of-data, rset, quit; or total, which"
                    + " is a message's whole way and has no limit by default.")
    private Map<TimeoutName, Duration> timeouts = new LinkedHashMap<>();

    /** The first of them. */
    ServerAddress server() {
        return servers.get(0);
    }

    /** As many messages as keep the connections busy: each of them is in doubt if the program is killed. */
    int window() {
        return READY_FOR_ALL + READY * capacity();
    }

    /** Messages that all connections together can have under way. */
    int capacity() {
        return (int) Math.min(MAX_CAPACITY, (long) connections * inFlight);
    }

    /**
     * Builds the client; what the options got wrong is a {@link ParameterException} that names the option.
     *
     * @param queue messages that may wait for a connection
     * @param callbacks completes futures, for those that may block; null for event loops
     * @param signer signs every message; null for nobody
     */
    SmtpClient newClient(
            Terminal terminal,
            ContentOptions content,
            SmtpObserver observer,
            int queue,
            @Nullable Executor callbacks,
            @Nullable ContentSigner signer) {
        tls.check(spec, terminal, servers);
        SmtpClient.Builder builder = SmtpClient.builder(relay(0))
                .timeouts(timeouts())
                .flight(flight())
                .pool(pool(queue))
                .disableExtensions(disabled)
                .content(content)
                .drainTimeout(DRAIN)
                .observer(observer);
        if (callbacks != null) {
            builder.callbackExecutor(callbacks);
        }
        if (signer != null) {
            builder.signer(signer);
        }
        if (localAddress != null) {
            builder.localAddress(localAddress);
        }
        for (int i = 1; i < servers.size(); i++) {
            builder.relay(relay(i));
        }
        applyDeadline(builder);
        applyEhlo(builder);
        login.apply(builder, spec, terminal, urlUser());
        return tls.build(builder, spec);
    }

    private Relay relay(int number) {
        ServerAddress server = servers.get(number);
        Relay relay =
                Relay.of(server.host(), server.port()).withPriority(number).withSecurity(tls.security(server));
        return trust == null ? relay : relay.withTrust(trust);
    }

    private @Nullable String urlUser() {
        List<String> users = servers.stream()
                .map(ServerAddress::user)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        if (users.size() > 1) {
            throw new ParameterException(spec.commandLine(), "--server: all URLs must name the same user");
        }
        return users.isEmpty() ? null : users.get(0);
    }

    private void applyDeadline(SmtpClient.Builder builder) {
        Duration total = timeouts.get(TimeoutName.TOTAL);
        if (total == null) {
            return;
        }
        try {
            builder.messageDeadline(total);
        } catch (IllegalArgumentException e) {
            throw usage("--timeout", e);
        }
    }

    private void applyEhlo(SmtpClient.Builder builder) {
        if (ehlo == null) {
            return;
        }
        try {
            builder.ehloName(ehlo);
        } catch (SmtpSyntaxException e) {
            throw usage("--ehlo", e);
        }
    }

    private FlightOptions flight() {
        if (inFlight > 1 && pipelining == Pipelining.OFF) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--in-flight " + inFlight + " and --pipelining off exclude each other: several mail transactions"
                            + " in flight are pipelined");
        }
        FlightOptions flight = FlightOptions.DEFAULT
                .withPipelining(pipelining == Pipelining.TRANSACTION)
                .withChunking(chunking == Switch.ON);
        try {
            return flight.withTransactionsInFlight(inFlight);
        } catch (IllegalArgumentException e) {
            throw usage("--in-flight", e);
        }
    }

    private PoolOptions pool(int queue) {
        Numbers.require(spec, "--connections", connections, 1, MAX_CAPACITY);
        Numbers.require(spec, "--max-recipients", maxRecipients, 1, Integer.MAX_VALUE);
        return PoolOptions.DEFAULT
                .withMaxConnections(connections)
                .withMaxRecipients(maxRecipients)
                .withQueue(queue, PoolOptions.WhenFull.WAIT)
                .withAcquireTimeout(QUEUE_TIMEOUT);
    }

    private Timeouts timeouts() {
        Timeouts all = Timeouts.DEFAULT.with(Phase.GREETING, GREETING_TIMEOUT);
        try {
            for (Map.Entry<TimeoutName, Duration> entry : timeouts.entrySet()) {
                Phase phase = entry.getKey().phase();
                all = phase == null ? all : all.with(phase, entry.getValue());
            }
        } catch (IllegalArgumentException e) {
            throw usage("--timeout", e);
        }
        return all;
    }

    private ParameterException usage(String option, IllegalArgumentException cause) {
        return new ParameterException(spec.commandLine(), option + ": " + cause.getMessage());
    }
}
