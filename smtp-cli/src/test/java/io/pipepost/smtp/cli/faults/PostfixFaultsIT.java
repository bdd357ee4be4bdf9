/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.cli.Leaks;
import io.pipepost.smtp.cli.PostfixServer;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.FaultProxy;
import io.pipepost.smtp.testing.Faults;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The ledgers agree if the server is a real Postfix, and its maildir the second ledger. */
@ExtendWith(Leaks.class)
class PostfixFaultsIT {
    private static final long SEED = Long.getLong("ledger.seed", 1);
    private static final int LETTERS = Integer.getInteger("ledger.messages", 400);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static PostfixServer postfix;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        postfix = PostfixServer.startOrSkip();
    }

    @AfterAll
    static void stop() throws IOException {
        if (postfix != null) {
            postfix.close();
        }
    }

    static Stream<Arguments> ways() {
        FlightOptions lockStep = FlightOptions.DEFAULT.withPipelining(false).withChunking(false);
        FlightOptions trains = FlightOptions.DEFAULT.withTransactionsInFlight(16);
        return Stream.of(
                Arguments.of("lockstep", TlsMode.NONE, lockStep),
                Arguments.of("flights", TlsMode.STARTTLS, FlightOptions.DEFAULT),
                Arguments.of("trains", TlsMode.NONE, trains),
                Arguments.of("groups", TlsMode.IMPLICIT, trains.withChunking(false)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theMaildirAgrees(String name, TlsMode tls, FlightOptions flight) throws Exception {
        Books books = new Books(true);
        String origin = name + ".test";
        Faults faults = Faults.seeded(SEED + name.hashCode())
                .share(0.5)
                .within(64 << 10)
                .maxTime(Duration.ofMillis(300));
        String repeat = faults + ", letters of seed " + SEED;
        try (FaultProxy proxy =
                        FaultProxy.to(postfix.host(), port(tls)).plan(faults).start();
                SmtpClient client = client(proxy.port(), tls, flight)) {
            LetterWriter writer = new LetterWriter(
                    SEED,
                    folder,
                    origin,
                    postfix.domain(),
                    new LetterWriter.Manners(20, 200_000, false, false),
                    Runnable::run);
            Stream<Message> letters = IntStream.range(0, LETTERS).mapToObj(number -> {
                Letter letter = writer.write(number);
                books.open(letter);
                return letter.message();
            });
            try (Stream<SendOutcome> outcomes = client.sendAll(letters)) {
                outcomes.forEach(outcome -> enter(outcome, books));
            }
        }
        for (byte[] stored : maildir(origin)) {
            books.stored(
                    returnPathOf(stored),
                    List.of(PostfixServer.recipientOf(stored)),
                    Letter.Print.of(PostfixServer.contentOf(stored)),
                    "the maildir");
        }
        books.audit(0, LETTERS);
        books.close();
        System.out.println(name + ": " + books);
        assertThat(books.differences()).as(repeat).isEmpty();
        assertThat(books.said(Disposition.ACCEPTED)).as("%s: %s", repeat, books).isGreaterThan(LETTERS / 2);
        assertThat(books.audited()).isEqualTo(LETTERS);
    }

    private static int port(TlsMode tls) {
        return switch (tls) {
            case NONE -> postfix.plainPort();
            case IMPLICIT -> postfix.implicitTlsPort();
            default -> postfix.startTlsPort();
        };
    }

    private static SmtpClient client(int port, TlsMode tls, FlightOptions flight) {
        SmtpClient.Builder builder = SmtpClient.builder(
                        Relay.of("127.0.0.1", port).withTrust(Trust.FLIGHT))
                .security(Security.of(tls).trust(postfix.caPem()))
                .flight(flight)
                .timeouts(timeouts())
                .pool(PoolOptions.DEFAULT
                        .withMaxConnections(6)
                        .withGrowth(GrowthOptions.DEFAULT
                                .withBackOff(Duration.ofMillis(2), Duration.ofMillis(20))
                                .withLoweredFor(Duration.ofMillis(100))));
        if (tls != TlsMode.NONE) {
            builder.credentials(Credentials.password(postfix.user(), postfix.password()));
        }
        return builder.build();
    }

    private static Timeouts timeouts() {
        Timeouts timeouts = Timeouts.DEFAULT;
        for (Phase phase : Phase.values()) {
            if (phase != Phase.QUEUE && phase != Phase.ARGUMENT && phase != Phase.IDLE) {
                timeouts = timeouts.with(phase, Duration.ofSeconds(1));
            }
        }
        return timeouts;
    }

    private static void enter(SendOutcome outcome, Books books) {
        String first = outcome.message().envelope().recipients().get(0).toString();
        books.settled(Letter.numberOf(first), outcome.recipients(), outcome.failure());
    }

    /** What Postfix has, once it has stayed the same for a second: nothing tells what it still reads from its sockets. */
    private static List<byte[]> maildir(String origin) throws IOException, InterruptedException {
        List<byte[]> before = List.of();
        while (true) {
            List<byte[]> found = postfix.awaitMessage("@" + origin + ">", PATIENCE);
            if (found.size() == before.size()) {
                return found;
            }
            before = found;
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private static String returnPathOf(byte[] stored) {
        String text = new String(stored, 0, Math.min(stored.length, 1_000), StandardCharsets.UTF_8);
        return text.substring("Return-Path: <".length(), text.indexOf('>'));
    }
}
