/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.peers;

import io.pipepost.smtp.benchmarks.harness.ClosedLoop;
import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.StartTLSOptions;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The Vert.x mail client with PIPELINING, one event loop, native transport. It composes each message, as that is the only
 * content it takes.
 */
public final class VertxLoad implements LoadClient {
    /** What it writes above the body. */
    private static final int HEADER_OCTETS = 360;

    private static final int BATCH = 50;

    private static final int HOLD_SECONDS = 120;

    private final Workload workload;
    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
    private final MailClient client;
    private final MailMessage message;

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     */
    public VertxLoad(Workload workload) {
        this.workload = workload;
        this.client = MailClient.create(vertx, config(workload));
        this.message = new MailMessage()
                .setFrom(Workload.FROM)
                .setTo(workload.recipients().get(0))
                .setBcc(workload.recipients().subList(1, workload.recipients().size()))
                .setSubject("A message of the benchmark")
                .setText(Workload.text(workload.octets() - HEADER_OCTETS));
    }

    private static MailConfig config(Workload workload) {
        MailConfig config = new MailConfig()
                .setHostname(workload.host())
                .setPort(workload.port())
                .setOwnHostname("client.example.com")
                .setKeepAlive(true)
                .setKeepAliveTimeout(3600)
                .setKeepAliveTimeoutUnit(TimeUnit.SECONDS)
                .setPipelining(true)
                .setMaxPoolSize(workload.connections())
                .setStarttls(StartTLSOptions.DISABLED)
                .setSsl(workload.isTls())
                .setTrustAll(workload.isTls())
                .setSslHandshakeTimeout(300)
                .setLogin(workload.user() == null ? LoginOption.DISABLED : LoginOption.REQUIRED);
        return workload.user() == null
                ? config
                : config.setUsername(workload.user()).setPassword(workload.password());
    }

    @Override
    public void run(Tally tally) throws InterruptedException {
        Supplier<CompletableFuture<?>> send =
                () -> client.sendMail(message).toCompletionStage().toCompletableFuture();
        ClosedLoop.run(tally, Collections.nCopies(workload.connections(), send));
    }

    /**
     * It opens a connection only for a message that finds all others busy. With replies that are late, a message takes at
     * least five times the latency; the last one leaves before the first is through, and no TLS handshake has to wait for
     * too many others.
     */
    @Override
    public void hold(int connections) throws InterruptedException {
        long pause = 3L * workload.number("latency", 0) * BATCH / connections;
        CompletableFuture<?>[] sent = new CompletableFuture<?>[connections];
        for (int i = 0; i < connections; i++) {
            if (i % BATCH == 0) {
                Thread.sleep(pause);
            }
            sent[i] = client.sendMail(message).toCompletionStage().toCompletableFuture();
        }
        CompletableFuture.allOf(sent).orTimeout(HOLD_SECONDS, TimeUnit.SECONDS).join();
    }
}
