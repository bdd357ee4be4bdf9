/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.netty.channel.nio.NioIoHandler;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.Fault;
import io.pipepost.smtp.testing.FaultEvent;
import io.pipepost.smtp.testing.FaultProxy;
import io.pipepost.smtp.testing.Faults;
import io.pipepost.smtp.testing.SmtpSink;
import io.pipepost.smtp.testing.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A client that sends letters through proxies that break connections to a server that keeps books. */
final class World {
    /** No message may take longer, whatever happens: the sum of all steps, several times. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Credentials USER = Credentials.password("user", "pencil");

    private static final PoolStats NONE = new PoolStats(0, 0, 0, 0);

    private final WorldOptions options;
    private final Books books = new Books(true);
    private final AtomicLong faults = new AtomicLong();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, daemon("ledger-helper"));
    private final ExecutorService helpers = Executors.newCachedThreadPool(daemon("ledger-helper"));
    private final ExecutorService callbacks = Executors.newFixedThreadPool(2, daemon("ledger-callback"));
    private final ForeignCode foreign;
    private final @Nullable TrackedLoops loops;
    private final SmtpSink sink;
    private final List<FaultProxy> proxies = new ArrayList<>();
    private final List<Faults> plans = new ArrayList<>();
    private final Security security;
    private final SmtpClient client;
    private final Sending sending;
    private final Disturbances disturbances;
    private final Patience patience;
    private final SplittableRandom random;

    World(WorldOptions options, Path folder, boolean traced) {
        this.options = options;
        this.random = new SplittableRandom(options.seed() + options.number());
        this.foreign = new ForeignCode(options.seed() * 41 + options.number(), options.foreign(), timer);
        this.loops = options.ownLoops() ? null : new TrackedLoops(2, "ledger-loop", NioIoHandler.newFactory());
        this.sink = sink();
        for (int i = 0; i < options.relays(); i++) {
            proxies.add(proxy(i));
        }
        this.security = security(folder);
        this.client = client(traced);
        this.patience = new Patience(books, client::toString);
        this.sending = new Sending(options, books, client, writer(folder), patience, timer, helpers);
        this.disturbances = new Disturbances(
                options.seed() - options.number(), proxies, sink, () -> client.replaceSecurity(security), helpers);
    }

    private LetterWriter writer(Path folder) {
        return new LetterWriter(
                options.seed() * 31 + options.number(),
                folder,
                "a.test",
                "b.test",
                new LetterWriter.Manners(150, 3 << 20, true, options.foreign() > 0),
                helpers);
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private SmtpSink sink() {
        SmtpSink.Builder builder = SmtpSink.builder()
                .threads(1)
                .messagesPerConnection(options.perConnection())
                .rule(new Refusals(options.seed() + options.number()))
                .onMessage(message -> books.stored(
                        message.from(),
                        message.recipients(),
                        Letter.Print.of(message.content()),
                        "connection " + message.session()));
        options.hidden().forEach(builder::hide);
        if (options.tls() == TlsMode.STARTTLS) {
            builder.requireTls();
        } else if (options.tls() == TlsMode.IMPLICIT) {
            builder.implicitTls();
        }
        if (options.auth()) {
            builder.credentials("user", "pencil").requireAuth();
        }
        return builder.start();
    }

    private FaultProxy proxy(int index) {
        Faults plan = Faults.seeded(options.seed() * 1_000 + options.number() * 2L + index)
                .share(options.share())
                .within(options.within())
                .maxTime(Duration.ofMillis(300));
        plans.add(plan);
        return FaultProxy.to(sink.host(), sink.port())
                .plan(connection -> {
                    List<Fault> drawn = plan.faults(connection);
                    faults.addAndGet(drawn.size());
                    return drawn;
                })
                .start();
    }

    private SmtpClient client(boolean traced) {
        FaultProxy first = proxies.get(0);
        SmtpClient.Builder builder = SmtpClient.builder(
                        Relay.of(first.host(), first.port()).withTrust(Trust.FLIGHT))
                .security(security)
                .flight(options.flight())
                .timeouts(timeouts())
                .pool(PoolOptions.DEFAULT
                        .withMaxConnections(options.connections())
                        .withQueue(random.nextBoolean() ? 50 : 10_000, PoolOptions.WhenFull.WAIT)
                        .withAcquireTimeout(Duration.ofSeconds(20))
                        .withIdleTime(Duration.ofMillis(50 + random.nextInt(500)))
                        .withMaxMessagesPerConnection(random.nextInt(4) == 0 ? 1 + random.nextInt(10) : 1_000)
                        .withMaxRecipients(options.maxRecipients())
                        .withGrowth(GrowthOptions.DEFAULT
                                .withBackOff(Duration.ofMillis(2), Duration.ofMillis(20))
                                .withLoweredFor(Duration.ofMillis(100))
                                .withMemory(Duration.ofSeconds(1))))
                .drainTimeout(options.drain());
        proxies.stream()
                .skip(1)
                .forEach(proxy ->
                        builder.relay(Relay.of(proxy.host(), proxy.port()).withTrust(Trust.FLIGHT)));
        if (loops != null) {
            builder.eventLoops(loops);
        }
        if (options.auth()) {
            builder.credentials(USER);
        }
        foreign.give(builder, options.auth() ? USER : null, options.ownExecutor() ? callbacks : null, helpers);
        if (traced) {
            builder.observer(Transcript.to(System.out::println));
        }
        return builder.build();
    }

    private Security security(Path folder) {
        try {
            Path authority = Files.writeString(
                    folder.resolve("ca.pem"), TestCertificates.shared().authorityPem());
            return Security.of(options.tls())
                    .trust(authority)
                    .engine(options.engine())
                    .allowAuthWithoutTls();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Timeouts timeouts() {
        Timeouts timeouts = Timeouts.DEFAULT;
        for (Phase phase : Phase.values()) {
            if (phase != Phase.QUEUE && phase != Phase.ARGUMENT && phase != Phase.IDLE) {
                timeouts = timeouts.with(phase, Duration.ofMillis(phase == Phase.QUIT ? 200 : 500));
            }
        }
        return timeouts.with(Phase.TLS, Duration.ofSeconds(1));
    }

    /** Sends a number of letters and waits until all are settled. */
    void send(int first, int count) throws InterruptedException {
        CompletableFuture<?> disturbance = options.disturbed() ? disturbances.begin() : null;
        sending.send(first, count);
        if (disturbance != null) {
            disturbance.cancel(false);
        }
    }

    /** Once all is settled, no place may be taken: nothing is queued, nothing under way, nothing about to be. */
    void expectPeace() throws InterruptedException {
        patience.expect(() -> isAtPeace(client.stats()), () -> "places are taken though all is settled: " + client);
    }

    private static boolean isAtPeace(PoolStats stats) {
        return stats.connecting() == 0 && stats.busy() == 0 && stats.queued() == 0;
    }

    /** Sends letters and does not wait for them: the client is about to be closed. */
    void sendAndForget(int first, int count) {
        sending.sendAndForget(first, count);
    }

    Books books() {
        return books;
    }

    long faults() {
        return faults.get();
    }

    long starved() {
        return sending.starved();
    }

    long foreignFaults() {
        return foreign.faults();
    }

    long connections() {
        return proxies.stream().mapToLong(FaultProxy::connections).sum();
    }

    /** Closes everything and tells what is left. */
    void close() throws InterruptedException {
        patience.await("the client's end", client.closeAsync(), PATIENCE);
        PoolStats left = client.stats();
        if (!left.equals(NONE)) {
            TimeUnit.SECONDS.sleep(1);
            books.differ("places are taken after the client's end: " + left + ", and later: " + client);
        }
        if (loops != null) {
            patience.expect(
                    () -> loops.leftovers().isEmpty(), () -> "left on the client's event loops: " + loops.leftovers());
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
        proxies.forEach(FaultProxy::close);
        patience.expect(
                () -> sink.counters().openConnections() == 0,
                () -> sink.counters().openConnections() + " connections are open at the server");
        sink.close();
        timer.shutdownNow();
        helpers.shutdown();
        callbacks.shutdown();
        callbacks.awaitTermination(5, TimeUnit.SECONDS);
        helpers.awaitTermination(5, TimeUnit.SECONDS);
    }

    /** What it takes to do it again, and what happened. */
    String story() {
        StringBuilder out = new StringBuilder();
        out.append(options).append('\n').append(foreign).append('\n');
        plans.forEach(plan -> out.append(plan).append('\n'));
        books.differences().forEach(line -> out.append(line).append('\n'));
        for (FaultProxy proxy : proxies) {
            List<FaultEvent> log = proxy.log();
            log.stream()
                    .skip(Math.max(0, log.size() - 200))
                    .forEach(event -> out.append(event).append('\n'));
        }
        return out.toString();
    }

    WorldOptions options() {
        return options;
    }
}
