/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several transactions in flight on connections of the pool: what is reported equals what the server has. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class TrainsTest {
    private static final FlightOptions TRAINS = FlightOptions.DEFAULT.withTransactionsInFlight(16);

    private static SmtpClient.Builder client(int port) {
        return Mails.client(port).flight(TRAINS).pool(PoolOptions.DEFAULT.withMaxConnections(1));
    }

    // ---- every mix of outcomes

    /** To one or two, of whom some are refused, and some content is refused. */
    private static Message mixed(int number, Random random) {
        List<String> to = new ArrayList<>();
        to.add((random.nextInt(4) == 0 ? "no" : "b") + number + "@b.test");
        if (random.nextInt(3) == 0) {
            to.add((random.nextInt(2) == 0 ? "no" : "c") + number + "@b.test");
        }
        String from = (random.nextInt(9) == 0 ? "no" : "a") + number + "@a.test";
        String filler = "x".repeat(random.nextInt(600)) + "\r\n";
        return Message.of(from, to, Content.of("Subject: " + number + "\r\n\r\n" + filler.repeat(random.nextInt(20))));
    }

    /** R-2920-03 by DATA, R-2920-16 by BDAT. */
    @ParameterizedTest
    @CsvSource({"4, false, 0", "1, false, 7", "4, true, 0", "3, true, 11"})
    void everyMessageHasItsOwnOutcome(int connections, boolean byData, int messagesPerConnection) throws Exception {
        int count = 2_000;
        SmtpSink.Builder builder = SmtpSink.builder()
                .keepMessages()
                .reply(
                        io.pipepost.smtp.testing.Phase.MAIL,
                        path -> path.contains("<no"),
                        Reply.of(550, "5.7.1 not you"))
                .reply(
                        io.pipepost.smtp.testing.Phase.RCPT,
                        path -> path.contains("<no"),
                        Reply.of(550, "5.1.1 unknown"));
        if (byData) {
            builder.hide("CHUNKING");
        }
        if (messagesPerConnection > 0) {
            builder.messagesPerConnection(messagesPerConnection);
        }
        try (SmtpSink sink = builder.start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(TRAINS)
                        .pool(PoolOptions.DEFAULT.withMaxConnections(connections))
                        .build()) {
            Random random = new Random(7);
            List<Message> messages =
                    IntStream.range(0, count).mapToObj(i -> mixed(i, random)).toList();
            List<CompletableFuture<SendResult>> futures =
                    messages.stream().map(client::send).toList();
            List<Mails.Outcome> outcomes = Mails.outcomes(futures);
            Map<String, Received> stored =
                    sink.messages().stream().collect(Collectors.toMap(Received::from, Function.identity()));
            for (int i = 0; i < count; i++) {
                check(
                        messages.get(i),
                        outcomes.get(i),
                        stored.get(messages.get(i).envelope().from().toString()));
            }
        }
    }

    private static void check(Message message, Mails.Outcome outcome, @Nullable Received stored) {
        boolean senderRefused = message.envelope().from().toString().startsWith("no");
        List<String> accepted = new ArrayList<>();
        for (RecipientResult result : outcome.recipients()) {
            String to = result.recipient().toString();
            boolean refused = senderRefused || to.startsWith("no");
            assertThat(result.disposition())
                    .as("%s of %s", to, message)
                    .isEqualTo(refused ? Disposition.REJECTED_PERMANENT : Disposition.ACCEPTED);
            assertThat(result.phase()).isEqualTo(senderRefused ? Phase.MAIL : refused ? Phase.RCPT : Phase.END_OF_DATA);
            if (!refused) {
                accepted.add(to);
            }
        }
        if (accepted.isEmpty()) {
            assertThat(stored).as("stored although refused: %s", message).isNull();
        } else {
            assertThat(stored).as("%s", message).isNotNull();
            assertThat(stored.recipients()).isEqualTo(accepted);
            assertThat(ByteBuffer.wrap(stored.content())).isEqualTo(((Content.Bytes) message.content()).octets());
        }
    }

    // ---- servers that do not like it

    private static List<Integer> numbers(TrainServer server) {
        return server.taken().stream()
                .map(line -> Integer.valueOf(line.replaceAll("\\D", "")))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"PROCESS, 0", "DENY, 0", "DENY, 3", "DENY, 10"})
    void R_2920_17_19_eachMessageOnce(TrainServer.Manner manner, int politeFor) {
        int count = 60;
        try (TrainServer server = new TrainServer(manner, politeFor);
                SmtpClient client = client(server.port()).build()) {
            List<Mails.Outcome> outcomes = Mails.outcomes(Mails.sendAll(client, count));
            assertThat(outcomes).allMatch(Mails.Outcome::isAccepted);
            assertThat(numbers(server))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, count).boxed().toList());
        }
    }

    /** The probe goes unanswered; from then on one by one. */
    @Test
    void R_2920_19_aServerThatDiscardsInSilence() {
        int count = 20;
        try (TrainServer server = new TrainServer(TrainServer.Manner.DISCARD, 0);
                SmtpClient client = client(server.port()).build()) {
            List<CompletableFuture<SendResult>> futures = Mails.sendAll(client, count);
            Mails.outcome(futures.get(0), Duration.ofSeconds(3));
            assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
            assertThat(numbers(server))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, count).boxed().toList());
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    /** Thirty refusals, of which the server stands ten on one connection. */
    @Test
    void R_2920_21_refusalsAreEachOnesOwnWhateverBecomesOfTheConnection() {
        int count = 30;
        AtomicInteger connections = new AtomicInteger();
        try (RawServer server = new RawServer(connection -> {
                    connections.incrementAndGet();
                    refuseAll(connection);
                });
                SmtpClient client = client(server.port()).build()) {
            List<Mails.Outcome> outcomes = Mails.outcomes(Mails.sendAll(client, count));
            assertThat(outcomes).allSatisfy(outcome -> {
                assertThat(outcome.disposition()).isEqualTo(Disposition.REJECTED_PERMANENT);
                assertThat(outcome.recipients().get(0).reply().code()).isEqualTo(550);
            });
            assertThat(connections.get()).isGreaterThanOrEqualTo(3);
        }
    }

    private static void refuseAll(RawServer.Connection connection) throws IOException {
        connection.open("PIPELINING", "CHUNKING");
        int resets = 0;
        while (true) {
            String line = connection.readLine();
            if (line.startsWith("RCPT")) {
                connection.send("550 no");
            } else if (line.startsWith("BDAT")) {
                connection.socket().getInputStream().skipNBytes(Long.parseLong(line.split(" ")[1]));
                connection.send("554 nobody");
            } else if (line.equals("RSET") && ++resets == 11) {
                connection.send("554 too many");
                connection.socket().shutdownOutput();
                connection.awaitEnd();
                return;
            } else {
                connection.send("250 ok");
            }
        }
    }

    // ---- LIMITS

    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void R_9422_01_recipientsAreSplitAndSessionsRotated(int inFlight) {
        try (SmtpSink sink = SmtpSink.builder()
                        .keepMessages()
                        .ehloLine("LIMITS RCPTMAX=2 MAILMAX=3")
                        .start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(FlightOptions.DEFAULT.withTransactionsInFlight(inFlight))
                        .pool(PoolOptions.DEFAULT.withMaxConnections(2))
                        .build()) {
            Message toFive = Message.of(
                    "a@a.test",
                    List.of("1@b.test", "2@b.test", "3@b.test", "4@b.test", "5@b.test"),
                    Content.of(Mails.text(0)));
            assertThat(Mails.outcome(client.send(toFive)).dispositions())
                    .hasSize(5)
                    .containsOnly(Disposition.ACCEPTED);
            assertThat(sink.messages())
                    .extracting(each -> each.recipients().size())
                    .containsExactly(2, 2, 1);
            assertThat(Mails.outcomes(Mails.sendAll(client, 40))).allMatch(Mails.Outcome::isAccepted);
            Map<Long, Long> perSession =
                    sink.messages().stream().collect(Collectors.groupingBy(Received::session, Collectors.counting()));
            assertThat(perSession.values()).allMatch(each -> each <= 3);
            assertThat(sink.messages()).hasSize(43);
        }
    }

    @Test
    void R_9422_01_oneRefusedSaysNothingOfTheOthers() {
        try (SmtpSink sink = SmtpSink.builder()
                        .ehloLine("LIMITS RCPTMAX=1")
                        .reply(
                                io.pipepost.smtp.testing.Phase.RCPT,
                                path -> path.contains("<no"),
                                Reply.of(550, "5.1.1 unknown"))
                        .start();
                SmtpClient client = client(sink.port()).build()) {
            Message toThree =
                    Message.of("a@a.test", List.of("no@b.test", "b@b.test", "c@b.test"), Content.of(Mails.text(0)));
            assertThat(Mails.outcome(client.send(toThree)).dispositions())
                    .containsExactly(Disposition.REJECTED_PERMANENT, Disposition.ACCEPTED, Disposition.ACCEPTED);
        }
    }

    @Test
    void R_9422_02_domainsPerSession() {
        try (SmtpSink sink = SmtpSink.builder()
                        .keepMessages()
                        .ehloLine("LIMITS RCPTDOMAINMAX=2")
                        .start();
                SmtpClient client = client(sink.port()).build()) {
            List<CompletableFuture<SendResult>> futures = IntStream.range(0, 20)
                    .mapToObj(i -> client.send(Message.of(
                            "a@a.test",
                            List.of(
                                    "x@d" + i % 5 + ".test",
                                    "y@d" + (i + 1) % 5 + ".test",
                                    "z@d" + (i + 2) % 5 + ".test"),
                            Content.of(Mails.text(i)))))
                    .toList();
            assertThat(Mails.outcomes(futures))
                    .allSatisfy(outcome ->
                            assertThat(outcome.dispositions()).hasSize(3).containsOnly(Disposition.ACCEPTED));
            Map<Long, Long> domains = sink.messages().stream()
                    .collect(Collectors.groupingBy(
                            Received::session,
                            Collectors.flatMapping(
                                    each -> each.recipients().stream()
                                            .map(to -> to.split("@")[1])
                                            .distinct(),
                                    Collectors.collectingAndThen(Collectors.toSet(), set -> (long) set.size()))));
            assertThat(domains.values()).allMatch(each -> each <= 2);
        }
    }
}
