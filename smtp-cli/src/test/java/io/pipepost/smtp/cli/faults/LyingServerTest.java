/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.nio.NioIoHandler;
import io.pipepost.smtp.cli.Leaks;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that lie: a reply lost, doubled, moved or altered, or what stands behind the end of a content ignored in
 * silence. What was said then cannot match what was done. But every message comes to an end, nothing leaks, nobody's mail
 * goes to somebody else, and a client that waits for each answer believes no acceptance but one in its own place.
 */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class LyingServerTest {
    private static final int LETTERS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long GONE = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    Path folder;

    static Stream<Arguments> liars() {
        long seed = Long.getLong("lies.seed", 1);
        List<FlightOptions> flights = List.of(
                FlightOptions.DEFAULT.withPipelining(false).withChunking(false),
                FlightOptions.DEFAULT.withPipelining(false),
                FlightOptions.DEFAULT.withChunking(false),
                FlightOptions.DEFAULT,
                FlightOptions.DEFAULT.withTransactionsInFlight(8).withChunking(false),
                FlightOptions.DEFAULT.withTransactionsInFlight(8));
        return IntStream.range(0, Integer.getInteger("lies.worlds", 6))
                .mapToObj(i -> Arguments.of(seed + i, flights.get(i % flights.size())));
    }

    @ParameterizedTest
    @MethodSource("liars")
    void hurtOnlyThemselves(long seed, FlightOptions flight) throws Exception {
        Books books = new Books(false);
        Set<String> believed = new HashSet<>();
        List<LyingProxy.Connection> connections;
        TrackedLoops loops = new TrackedLoops(1, "liar-loop", NioIoHandler.newFactory());
        try (SmtpSink sink = sink(books);
                LyingProxy proxy = new LyingProxy(sink.port(), number -> lie(seed, number))) {
            try (SmtpClient client = client(proxy.port(), flight, loops)) {
                send(seed, client, books, believed);
            }
            connections = proxy.connections();
            assertThat(connections.stream()
                            .filter(each -> each.dialogue().nanosKept() > GONE)
                            .toList())
                    .as("kept after a lie that shows, seed %d", seed)
                    .isEmpty();
            assertThat(loops.leftovers()).as("seed %d", seed).isEmpty();
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
        books.audit(0, LETTERS);
        books.close();
        assertThat(books.differences()).as("seed %d", seed).isEmpty();
        assertThat(believed).as("seed %d", seed).isNotEmpty();
        if (flight.transactionsInFlight() == 1) {
            Set<String> confirmed = new HashSet<>();
            connections.forEach(each -> each.dialogue().addConfirmed(confirmed));
            assertThat(confirmed).as("seed %d, %s", seed, connections).containsAll(believed);
        }
    }

    private static LyingProxy.Lie lie(long seed, int number) {
        return LyingProxy.Lie.draw(new SplittableRandom(seed * 1_000 + number));
    }

    private static SmtpSink sink(Books books) {
        return SmtpSink.builder()
                .threads(1)
                .rule(new Refusals(1))
                .onMessage(message -> books.stored(
                        message.from(),
                        message.recipients(),
                        Letter.Print.of(message.content()),
                        "connection " + message.session()))
                .start();
    }

    private static SmtpClient client(int port, FlightOptions flight, TrackedLoops loops) {
        Timeouts timeouts = Timeouts.DEFAULT;
        for (Phase phase : Phase.values()) {
            if (phase != Phase.QUEUE && phase != Phase.ARGUMENT && phase != Phase.IDLE) {
                timeouts = timeouts.with(phase, Duration.ofMillis(300));
            }
        }
        return SmtpClient.builder(Relay.of("127.0.0.1", port).withTrust(Trust.FLIGHT))
                .security(Security.of(TlsMode.NONE))
                .eventLoops(loops)
                .flight(flight)
                .timeouts(timeouts)
                .pool(PoolOptions.DEFAULT
                        .withMaxConnections(4)
                        .withGrowth(GrowthOptions.DEFAULT
                                .withBackOff(Duration.ofMillis(2), Duration.ofMillis(10))
                                .withLoweredFor(Duration.ofMillis(20))))
                .build();
    }

    private void send(long seed, SmtpClient client, Books books, Set<String> believed) throws Exception {
        LetterWriter writer = new LetterWriter(
                seed, folder, "a.test", "b.test", new LetterWriter.Manners(10, 20_000, true, false), Runnable::run);
        List<CompletableFuture<SendResult>> futures = new ArrayList<>();
        for (int number = 0; number < LETTERS; number++) {
            Letter letter = writer.write(number);
            books.open(letter);
            futures.add(client.send(letter.message()));
            if (number % 10 == 9) {
                settle(futures, number - 9, books, believed);
            }
        }
    }

    private static void settle(
            List<CompletableFuture<SendResult>> futures, int first, Books books, Set<String> believed)
            throws Exception {
        for (int number = first; number < futures.size(); number++) {
            try {
                SendResult result = futures.get(number).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                books.settled(number, result.recipients(), null);
                result.recipients().stream()
                        .filter(RecipientResult::isAccepted)
                        .forEach(
                                each -> believed.add(each.recipient().toString().replaceAll("[<>]", "")));
            } catch (ExecutionException e) {
                assertThat(e.getCause()).isInstanceOf(SmtpException.class);
                books.settled(number, null, e.getCause());
            }
        }
    }
}
