/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.netty.channel.nio.NioIoHandler;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.SmtpSession;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
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
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A client that sends letters through proxies that break connections to a server that keeps books. */
final class World {
    private static final int SESSIONS = 8;

    /** No message may take longer, whatever happens: the sum of all steps, several times. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration SLACK = Duration.ofSeconds(3);
    private static final Credentials USER = Credentials.password("user", "pencil");

    private final WorldOptions options;
    private final Books books = new Books(true);
    private final AtomicLong faults = new AtomicLong();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, daemon("ledger-helper"));
    private final ExecutorService helpers = Executors.newCachedThreadPool(daemon("ledger-helper"));
    private final ExecutorService callbacks = Executors.newFixedThreadPool(2, daemon("ledger-callback"));
    private final @Nullable TrackedLoops loops;
    private final SmtpSink sink;
    private final List<FaultProxy> proxies = new ArrayList<>();
    private final List<Faults> plans = new ArrayList<>();
    private final Security security;
    private final SmtpClient client;
    private final LetterWriter writer;
    private final SplittableRandom random;

    /** Guarded by itself. */
    private final SplittableRandom disturbances;

    private volatile boolean unreachable;

    World(WorldOptions options, Path folder, boolean traced) {
        this.options = options;
        this.random = new SplittableRandom(options.seed() + options.number());
        this.disturbances = new SplittableRandom(options.seed() - options.number()).split();
        this.loops = options.ownLoops() ? null : new TrackedLoops(2, "ledger-loop", NioIoHandler.newFactory());
        this.sink = sink();
        for (int i = 0; i < options.relays(); i++) {
            proxies.add(proxy(i));
        }
        this.writer = new LetterWriter(
                options.seed() * 31 + options.number(),
                folder,
                "a.test",
                "b.test",
                new LetterWriter.Manners(150, 3 << 20, true),
                helpers);
        this.security = security(folder);
        this.client = client(traced);
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
        SmtpClient.Builder builder = SmtpClient.builder(Relay.of(first.host(), first.port()))
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
        proxies.stream().skip(1).forEach(proxy -> builder.relay(Relay.of(proxy.host(), proxy.port())));
        if (loops != null) {
            builder.eventLoops(loops);
        }
        if (options.ownExecutor()) {
            builder.callbackExecutor(callbacks);
        }
        if (options.auth()) {
            builder.credentials(USER);
        }
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
            if (phase != Phase.QUEUE && phase != Phase.ARGUMENT) {
                timeouts = timeouts.with(phase, Duration.ofMillis(phase == Phase.QUIT ? 200 : 500));
            }
        }
        return timeouts.with(Phase.TLS, Duration.ofSeconds(1));
    }

    /** Sends a number of letters and waits until all are settled. */
    void send(int first, int count) throws InterruptedException {
        CompletableFuture<?> disturbance = options.disturbed() ? disturb() : null;
        switch (options.way()) {
            case SEND -> sendEach(first, count);
            case SEND_ALL -> sendAll(first, count);
            case SESSION -> sendBySessions(first, count);
        }
        if (disturbance != null) {
            disturbance.cancel(false);
        }
    }

    /** While there is no connection to be had all that waits fails at once; sending on at that rate would prove little. */
    private Letter writeInPeace(int number) {
        if (unreachable) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return writer.write(number);
    }

    private void settle(int number, @Nullable List<RecipientResult> results, @Nullable Throwable failure) {
        unreachable = failure instanceof SmtpException known && known.phase().compareTo(Phase.MAIL) < 0;
        books.settled(number, results, failure);
    }

    private void sendEach(int first, int count) throws InterruptedException {
        Semaphore room = new Semaphore(options.window());
        for (int number = first; number < first + count; number++) {
            if (!room.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                break;
            }
            send(writeInPeace(number), client::send, client::send, room::release);
        }
        if (!room.tryAcquire(options.window(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            books.differ("Some messages were not settled after " + PATIENCE + "; " + client);
        }
    }

    /** Sends a letter, one in eight with a deadline; one in twenty is cancelled a moment later. */
    private CompletableFuture<SendResult> send(
            Letter letter,
            Function<Message, CompletableFuture<SendResult>> plainly,
            BiFunction<Message, Duration, CompletableFuture<SendResult>> inTime,
            Runnable then) {
        SplittableRandom lot = options.lotOf(letter.number());
        Duration deadline = lot.nextInt(8) == 0 ? Duration.ofMillis(1 + lot.nextInt(600)) : null;
        books.open(letter);
        CompletableFuture<SendResult> future =
                deadline == null ? plainly.apply(letter.message()) : inTime.apply(letter.message(), deadline);
        watch(letter.number(), future, then);
        if (deadline != null) {
            timer.schedule(
                    () -> expectEnd(letter.number(), deadline, future),
                    deadline.plus(SLACK).toMillis(),
                    TimeUnit.MILLISECONDS);
        }
        if (lot.nextInt(20) == 0) {
            timer.schedule(() -> future.cancel(false), lot.nextInt(20_000), TimeUnit.MICROSECONDS);
        }
        return future;
    }

    /** Looks twice: where the whole process was held up, the client's own timer gets time to run first. */
    private void expectEnd(int number, Duration deadline, CompletableFuture<SendResult> future) {
        Runnable complain = () -> {
            if (!future.isDone()) {
                books.differ("Letter " + number + " is not settled " + SLACK + " after its deadline of " + deadline);
            }
        };
        if (!future.isDone()) {
            timer.schedule(complain, SLACK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Sends letters and does not wait for them: the client is about to be closed. */
    void sendAndForget(int first, int count) {
        for (int number = first; number < first + count; number++) {
            send(writer.write(number), client::send, client::send, () -> {});
        }
    }

    private void watch(int number, CompletableFuture<SendResult> future, Runnable then) {
        future.whenComplete((result, failure) -> {
            settle(number, result == null ? null : result.recipients(), failure);
            then.run();
        });
    }

    private void sendAll(int first, int count) throws InterruptedException {
        Stream<Message> letters = IntStream.range(first, first + count).mapToObj(number -> {
            Letter letter = writeInPeace(number);
            books.open(letter);
            return letter.message();
        });
        CompletableFuture<Void> taken = CompletableFuture.runAsync(
                () -> {
                    try (Stream<SendOutcome> outcomes = client.sendAll(letters)) {
                        outcomes.forEach(this::enter);
                    }
                },
                helpers);
        await("all outcomes", taken, PATIENCE.multipliedBy(5));
    }

    private void enter(SendOutcome outcome) {
        int number =
                Letter.numberOf(outcome.message().envelope().recipients().get(0).toString());
        settle(number, outcome.recipients(), outcome.failure());
    }

    /** Several own sessions at a time, each with up to three messages that are handed in at once. */
    private void sendBySessions(int first, int count) throws InterruptedException {
        Queue<Integer> numbers = IntStream.range(first, first + count)
                .boxed()
                .collect(Collectors.toCollection(ConcurrentLinkedQueue::new));
        List<CompletableFuture<Void>> senders = IntStream.range(0, SESSIONS)
                .mapToObj(i -> CompletableFuture.runAsync(() -> sendBySession(numbers), helpers))
                .toList();
        for (CompletableFuture<Void> sender : senders) {
            await("all sessions", sender, PATIENCE.multipliedBy(5));
        }
    }

    private void sendBySession(Queue<Integer> numbers) {
        while (!numbers.isEmpty()) {
            SmtpSession session = await("a session", client.connect(), PATIENCE);
            if (session != null) {
                List<CompletableFuture<SendResult>> sent = Stream.generate(numbers::poll)
                        .takeWhile(Objects::nonNull)
                        .limit(3)
                        .map(number -> send(writer.write(number), session::send, session::send, () -> {}))
                        .toList();
                sent.forEach(future -> await("a message of a session", future, PATIENCE));
                await("the end of a session", session.quit(), PATIENCE);
            }
        }
    }

    /** Null if it failed, which is fine, or did not end, which is not. */
    private <T> @Nullable T await(String what, CompletableFuture<T> future, Duration patience) {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | InterruptedException e) {
            books.differ("Not within " + patience + ": " + what + "; " + client);
            return null;
        } catch (CancellationException e) {
            return null;
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof SmtpException)) {
                books.differ(what + " failed of " + e.getCause());
            }
            return null;
        }
    }

    private CompletableFuture<Void> disturb() {
        CompletableFuture<Void> disturbance = new CompletableFuture<>();
        CompletableFuture.runAsync(() -> disturbOnce(disturbance), later());
        return disturbance;
    }

    private Executor later() {
        int millis = drawDisturbance(50, 400);
        return task -> timer.schedule(() -> helpers.execute(task), millis, TimeUnit.MILLISECONDS);
    }

    private int drawDisturbance(int from, int to) {
        synchronized (disturbances) {
            return disturbances.nextInt(from, to);
        }
    }

    private void disturbOnce(CompletableFuture<Void> disturbance) {
        try {
            disturbNow(disturbance);
        } catch (IllegalStateException portIsTaken) {
            // For now: a connection of somebody's comes from that port.
        }
        if (!disturbance.isDone()) {
            CompletableFuture.runAsync(() -> disturbOnce(disturbance), later());
        }
    }

    private void disturbNow(CompletableFuture<Void> disturbance) {
        if (disturbance.isDone()) {
            proxies.forEach(FaultProxy::listen);
            return;
        }
        FaultProxy proxy = proxies.get(drawDisturbance(0, proxies.size()));
        switch (drawDisturbance(0, 5)) {
            case 0 -> proxy.dropConnections();
            case 1 -> sink.dropConnections();
            case 2 -> proxy.stopListening();
            case 3 -> client.replaceSecurity(security);
            default -> proxies.forEach(FaultProxy::listen);
        }
    }

    Books books() {
        return books;
    }

    long faults() {
        return faults.get();
    }

    long connections() {
        return proxies.stream().mapToLong(FaultProxy::connections).sum();
    }

    /** Closes everything and tells what is left. */
    void close() throws InterruptedException {
        await("the client's end", client.closeAsync(), PATIENCE);
        if (loops != null) {
            expect(() -> loops.leftovers().isEmpty(), () -> "left on the client's event loops: " + loops.leftovers());
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
        proxies.forEach(FaultProxy::close);
        expect(
                () -> sink.counters().openConnections() == 0,
                () -> sink.counters().openConnections() + " connections are open at the server");
        sink.close();
        timer.shutdownNow();
        helpers.shutdown();
        callbacks.shutdown();
        callbacks.awaitTermination(5, TimeUnit.SECONDS);
        helpers.awaitTermination(5, TimeUnit.SECONDS);
    }

    private void expect(BooleanSupplier condition, Supplier<String> otherwise) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(5)) {
                books.differ(otherwise.get());
                return;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** What it takes to do it again, and what happened. */
    String story() {
        StringBuilder out = new StringBuilder();
        out.append(options).append('\n');
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
