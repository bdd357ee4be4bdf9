/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server whose sessions take so much and no more (LIMITS, RFC 9422): what is used up is the session, not the message. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class LimitedServerTest {
    private static SmtpSink.Builder sink(String limits) {
        return SmtpSink.builder().keepMessages().ehloLine("LIMITS " + limits);
    }

    private static SmtpClient.Builder client(SmtpSink sink) {
        return Mails.client(sink.port()).pool(PoolOptions.DEFAULT.withMaxConnections(1));
    }

    private static Message to(String... recipients) {
        return Message.of("a@a.test", List.of(recipients), Content.of(Mails.text(1)));
    }

    private static Message toAll(String... recipients) {
        return to(recipients).withRecipientPolicy(RecipientPolicy.ALL);
    }

    private static List<List<String>> recipients(SmtpSink sink) {
        return sink.messages().stream().map(Received::recipients).toList();
    }

    @Test
    void R_9422_01_usedSessionSendsAllOrNothingToAFreshOne() {
        try (SmtpSink sink = sink("RCPTDOMAINMAX=2").start();
                SmtpClient client = client(sink).build()) {
            assertThat(Mails.outcome(client.send(to("a@d1.test", "b@d2.test"))).isAccepted())
                    .isTrue();
            Mails.Outcome outcome = Mails.outcome(client.send(toAll("a@d1.test", "c@d3.test")));
            assertThat(outcome.dispositions()).containsExactly(Disposition.ACCEPTED, Disposition.ACCEPTED);
            assertThat(sink.messages()).extracting(Received::session).containsExactly(1L, 2L);
            assertThat(sink.counters().commands(Verb.QUIT)).isEqualTo(1);
        }
    }

    @Test
    void R_9422_01_whatNoSessionTakesIsRefusedAndCostsNoSession() {
        try (SmtpSink sink = sink("RCPTDOMAINMAX=2 RCPTMAX=4").start();
                SmtpClient client = client(sink).build()) {
            assertThat(Mails.outcome(client.send(to("a@d1.test", "b@d2.test"))).isAccepted())
                    .isTrue();
            Mails.Outcome domains = Mails.outcome(client.send(toAll("a@d1.test", "b@d2.test", "c@d3.test")));
            assertThat(domains.dispositions()).containsOnly(Disposition.NOT_SENT);
            assertThat(domains.failure().cause()).isEqualTo(FailureCause.INVALID_ARGUMENT);
            assertThat(domains.failure().message()).contains("All 3 recipients", "2 domains", "RCPTDOMAINMAX");
            Mails.Outcome recipients =
                    Mails.outcome(client.send(toAll("1@d1.test", "2@d1.test", "3@d1.test", "4@d1.test", "5@d1.test")));
            assertThat(recipients.failure().message()).contains("All 5 recipients", "takes 4", "RCPTMAX");
            assertThat(Mails.outcome(client.send(to("e@d1.test"))).isAccepted()).isTrue();
            assertThat(sink.counters().connections()).isEqualTo(1);
        }
    }

    @Test
    void R_9422_01_recipientsOfADomainGoTogetherAndResultsKeepTheirOrder() {
        try (SmtpSink sink = sink("RCPTDOMAINMAX=1")
                        .reply(
                                Phase.RCPT,
                                path -> path.contains("<no@"),
                                io.pipepost.smtp.protocol.Reply.of(550, "5.1.1 unknown"))
                        .start();
                SmtpClient client = client(sink).build()) {
            Mails.Outcome outcome =
                    Mails.outcome(client.send(to("x@d.test", "y@e.test", "z@D.test", "no@e.test", "x@d.test")));
            assertThat(outcome.recipients())
                    .extracting(result -> result.recipient().toString() + " " + result.disposition())
                    .containsExactly(
                            "x@d.test accepted",
                            "y@e.test accepted",
                            "z@D.test accepted",
                            "no@e.test rejected-permanent",
                            "x@d.test accepted");
            assertThat(recipients(sink))
                    .containsExactly(List.of("x@d.test", "z@D.test", "x@d.test"), List.of("y@e.test"));
        }
    }

    /** R-5321-57: more than the client itself puts into a transaction. */
    @Test
    void R_9422_01_manyRecipientsAreGroupedToo() {
        String[] many = IntStream.range(0, 150)
                .mapToObj(i -> "r" + i + (i % 2 == 0 ? "@d.test" : "@e.test"))
                .toArray(String[]::new);
        try (SmtpSink sink = sink("RCPTDOMAINMAX=1").start();
                SmtpClient client = client(sink).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(to(many)));
            assertThat(outcome.recipients())
                    .allMatch(RecipientResult::isAccepted)
                    .extracting(result -> result.recipient().toString())
                    .containsExactlyElementsOf(List.of(many));
            assertThat(sink.messages())
                    .extracting(received -> received.recipients().size())
                    .containsExactly(75, 75);
        }
    }

    /** Other sessions stay what they are, though they have no room either. */
    @Test
    void R_9422_01_oneSessionLeavesForOneMessage() {
        CountDownLatch three = new CountDownLatch(3);
        try (SmtpSink sink = sink("RCPTDOMAINMAX=1")
                        .threads(4)
                        .onMessage(received -> {
                            three.countDown();
                            awaitQuietly(three);
                        })
                        .start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(PoolOptions.DEFAULT.withMaxConnections(3))
                        .build()) {
            List<CompletableFuture<SendResult>> first = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                first.add(client.send(to("x@d" + i + ".test")));
            }
            assertThat(Mails.outcomes(first)).allMatch(Mails.Outcome::isAccepted);
            Mails.await("idle", () -> client.stats().idle() == 3);
            assertThat(Mails.outcome(client.send(to("x@new.test"))).isAccepted())
                    .isTrue();
            Mails.await("one left, one came", () -> client.stats().equals(new PoolStats(0, 3, 0, 0)));
            assertThat(sink.counters().commands(Verb.QUIT)).isEqualTo(1);
            assertThat(sink.counters().connections()).isEqualTo(4);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Messages of every kind that do not fit one another, over few sessions: each ends, and none gets more than it takes. */
    @Test
    void R_9422_02_messagesThatDoNotFitOneAnotherAllArrive() {
        try (SmtpSink sink = sink("RCPTDOMAINMAX=2 MAILMAX=7").start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(FlightOptions.DEFAULT.withTransactionsInFlight(8))
                        .pool(PoolOptions.DEFAULT.withMaxConnections(3))
                        .build()) {
            List<CompletableFuture<SendResult>> futures = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String one = "x@d" + i % 7 + ".test";
                String other = "y@d" + i * 5 % 11 + ".test";
                futures.add(client.send(i % 3 == 0 ? to(one, other, "z@last.test") : toAll(one, other)));
            }
            assertThat(Mails.outcomes(futures))
                    .allSatisfy(outcome -> assertThat(outcome.dispositions()).containsOnly(Disposition.ACCEPTED));
            Map<Long, List<String>> domains = new HashMap<>();
            for (Received received : sink.messages()) {
                List<String> own = domains.computeIfAbsent(received.session(), id -> new ArrayList<>());
                received.recipients().forEach(each -> own.add(each.split("@")[1]));
            }
            assertThat(domains.values()).allMatch(own -> own.stream().distinct().count() <= 2);
        }
    }

    // ---- what is not sent

    @Test
    void R_9422_01_throttleIsAskedForThoseWhoAreSent() {
        Map<String, Integer> asked = new HashMap<>();
        SendThrottle counting = (relay, recipients) -> {
            synchronized (asked) {
                recipients.forEach((domain, count) -> asked.merge(domain, count, Integer::sum));
            }
            return CompletableFuture.completedFuture(null);
        };
        try (SmtpSink sink = sink("RCPTMAX=2 RCPTDOMAINMAX=2").start();
                SmtpClient client = client(sink).throttle(counting).build()) {
            assertThat(Mails.outcome(client.send(to("1@d.test", "2@d.test", "3@d.test", "4@e.test", "5@f.test")))
                            .dispositions())
                    .containsOnly(Disposition.ACCEPTED);
            assertThat(asked).isEqualTo(Map.of("d.test", 3, "e.test", 1, "f.test", 1));
            asked.clear();
            assertThat(Mails.outcome(client.send(toAll("1@d.test", "2@d.test", "3@d.test")))
                            .failure()
                            .cause())
                    .isEqualTo(FailureCause.INVALID_ARGUMENT);
            assertThat(asked).as("of a message that is refused here").isEmpty();
        }
    }

    /** A message gets its permit for those that its session had room for, and is for nobody else when it is sent. */
    @Test
    void R_9422_01_whoWaitsForAPermitStaysAsHeWas() {
        Map<String, CompletableFuture<Void>> asked = new HashMap<>();
        SendThrottle byHand = (relay, recipients) -> {
            synchronized (asked) {
                return asked.computeIfAbsent(recipients.toString(), key -> new CompletableFuture<>());
            }
        };
        try (SmtpSink sink = sink("RCPTDOMAINMAX=1").start();
                SmtpClient client = client(sink).throttle(byHand).build()) {
            CompletableFuture<SendResult> sent = client.send(to("1@d.test", "2@e.test"));
            grant(asked, "{d.test=1}");
            Mails.await("the first part", () -> sink.counters().messages() == 1);
            grant(asked, "{e.test=1}");
            assertThat(Mails.outcome(sent).dispositions()).containsOnly(Disposition.ACCEPTED);
            assertThat(recipients(sink)).containsExactly(List.of("1@d.test"), List.of("2@e.test"));
        }
    }

    private static void grant(Map<String, CompletableFuture<Void>> asked, String what) {
        Mails.await(what, () -> {
            synchronized (asked) {
                return asked.containsKey(what);
            }
        });
        CompletableFuture<Void> permit;
        synchronized (asked) {
            permit = asked.get(what);
        }
        permit.complete(null);
    }

    @Test
    void R_9422_01_recipientThatIsRefusedHereNeedsNoPermit() {
        List<Map<String, Integer>> asked = new ArrayList<>();
        SendThrottle noting = (relay, recipients) -> {
            synchronized (asked) {
                asked.add(recipients);
            }
            return CompletableFuture.completedFuture(null);
        };
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink)
                        .disableExtensions(List.of("SMTPUTF8"))
                        .throttle(noting)
                        .build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(to("\u00fc@d.test", "2@e.test")));
            assertThat(outcome.dispositions()).containsExactly(Disposition.NOT_SENT, Disposition.ACCEPTED);
            assertThat(asked).containsExactly(Map.of("e.test", 1));
            assertThat(Mails.outcome(client.send(to("\u00fc@d.test"))).disposition())
                    .isEqualTo(Disposition.NOT_SENT);
            assertThat(Mails.outcome(client.send(toAll("\u00fc@d.test", "2@e.test")))
                            .dispositions())
                    .containsOnly(Disposition.NOT_SENT);
            assertThat(asked).hasSize(1);
        }
    }
}
