/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.pipepost.smtp.benchmarks.harness.ClosedLoop;
import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpSession;
import io.pipepost.smtp.client.TlsEngine;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.TransportType;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Pipepost through its public {@link SmtpClient#send}, one event loop. As many messages wait in the queue as are under way,
 * or as {@code waiting} says. {@code shape} is {@code data} (PIPELINING alone), {@code flight} (the default),
 * {@code overlap} (PIPELINING alone) or {@code train} with {@code inFlight} transactions. {@code memory} is {@code heap}
 * (the default) or {@code direct}, where the floor's and NioSmtpClient's content always is.
 */
public final class PipepostClient implements LoadClient {
    private final Workload workload;
    private final SmtpClient client;
    private final Message message;
    private final List<SmtpSession> held = new ArrayList<>();

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     */
    public PipepostClient(Workload workload) {
        this.workload = workload;
        this.message = Message.of(Workload.FROM, workload.recipients(), content());
        SmtpClient.Builder builder = SmtpClient.builder(workload.host(), workload.port())
                .transport(TransportType.AUTO, 1)
                .security(security())
                .flight(flight())
                .pool(pool());
        String user = workload.user();
        if (user != null) {
            builder.credentials(Credentials.password(user, workload.password()));
        }
        this.client = builder.build();
    }

    private Content content() {
        byte[] octets = workload.message();
        return workload.get("memory", "heap").equals("direct")
                ? Content.of(
                        ByteBuffer.allocateDirect(octets.length).put(octets).flip())
                : Content.of(octets);
    }

    private Security security() {
        Security security = workload.isTls()
                ? Security.of(TlsMode.IMPLICIT)
                        .trust(Path.of(workload.get("ca", "ca.pem")))
                        .engine(workload.isBoringSsl() ? TlsEngine.OPENSSL : TlsEngine.JDK)
                : Security.of(TlsMode.NONE);
        return security.allowAuthWithoutTls();
    }

    private FlightOptions flight() {
        return switch (workload.get("shape", "flight")) {
            case "data" -> FlightOptions.DEFAULT.withChunking(false);
            case "flight" -> FlightOptions.DEFAULT;
            case "overlap" -> FlightOptions.DEFAULT.withChunking(false).withTransactionsInFlight(inFlight());
            case "train" -> FlightOptions.DEFAULT.withTransactionsInFlight(inFlight());
            default -> throw new IllegalArgumentException("Unknown shape");
        };
    }

    private int inFlight() {
        return workload.number("inFlight", 1);
    }

    /** A connection of the peers lives as long as the load, so it has to here. */
    private PoolOptions pool() {
        return PoolOptions.DEFAULT
                .withMaxConnections(workload.connections())
                .withMaxMessagesPerConnection(Integer.MAX_VALUE)
                .withIdleTime(Duration.ofHours(1))
                .withMaxAge(Duration.ofHours(10))
                .withAcquireTimeout(Duration.ofHours(1))
                .withQueue(10_000_000, PoolOptions.WhenFull.REJECT);
    }

    @Override
    public void run(Tally tally) throws InterruptedException {
        int busy = workload.connections() * inFlight();
        Supplier<CompletableFuture<SendResult>> send = this::send;
        ClosedLoop.run(tally, Collections.nCopies(busy + workload.number("waiting", busy), send));
    }

    private CompletableFuture<SendResult> send() {
        CompletableFuture<SendResult> future = client.send(message);
        return workload.recipients().size() == 1 ? future : future.thenApply(PipepostClient::complete);
    }

    /** A send completes normally if anyone was accepted; the load demands everyone. */
    private static SendResult complete(SendResult result) {
        if (!result.allAccepted()) {
            throw new IllegalStateException("Refused: " + result.failed());
        }
        return result;
    }

    @Override
    public void hold(int connections) {
        while (held.size() < connections) {
            List<CompletableFuture<SmtpSession>> opening = new ArrayList<>();
            while (opening.size() < 50 && held.size() + opening.size() < connections) {
                opening.add(client.connect());
            }
            opening.forEach(session -> held.add(session.join()));
        }
    }
}
