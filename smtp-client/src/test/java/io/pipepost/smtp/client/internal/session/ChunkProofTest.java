/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.CONTENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.Reply;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R-2920-22, S-47: content goes by DATA until the server has shown that it reads a chunk which it refuses. */
@ExtendWith(Leaks.class)
class ChunkProofTest {
    private static final String[] BOTH = {"PIPELINING", "CHUNKING"};

    private static final String GROUP = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: DATA
            """;

    /** The answers to the group and to the content. */
    private static final String GO = "S: 250 ok\nS: 250 ok\nS: 354 go\n" + CONTENT + "S: 250 taken\n";

    private static final String BODY = CONTENT.replace("C: .\n", "");

    private static final String BY_BDAT = """
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: BDAT 20 LAST
            """ + BODY;

    private static final String OK = "S: 250 ok\n";
    private static final String ACCEPTED = "=> ACCEPTED c@d.test\n";

    private static final String CHUNK = "C| " + "QUIT\\r\\n".repeat(2_731) + "\n";
    private static final String PROOF = "C: BDAT 16386\n" + CHUNK + "C: BDAT 16386 LAST\n" + CHUNK + "C: RSET\n";
    private static final String SHOWN = "S: 503 5.5.1 no recipients\nS: 503 5.5.1 no recipients\nS: 250 ok\n";

    private static final String ENTRY = "mx.test:25 ";

    private final List<String> learnt = new ArrayList<>();
    private HostRecord record = HostRecord.of(null, FlightOptions.DEFAULT);

    private final class Learnt implements SmtpObserver {
        @Override
        public void chunksLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
            learnt.add(host + ":" + port + " " + possible + " " + (reply == null ? "-" : reply.code()));
        }
    }

    private Dialogue stranger(String... keywords) {
        return new Dialogue()
                .known(record)
                .observer(new Learnt())
                .replaying()
                .open(keywords)
                .queue(mail(), mail(), mail(), mail());
    }

    private static Mail mail() {
        return Mail.to("c@d.test");
    }

    /** Two messages have gone by DATA, and the proof is written. */
    private Dialogue proving() {
        return stranger(BOTH).play("SEND\n" + GROUP + GO + GROUP + ACCEPTED + GO + PROOF + ACCEPTED);
    }

    /** The same, and then this. */
    private void proving(String script) {
        proving().play(script);
    }

    // ---- the proof

    @Test
    void R_2920_22_flightsBeginOnceARefusedChunkWasRead() {
        proving(SHOWN + BY_BDAT + OK + OK + OK + BY_BDAT + ACCEPTED);
        assertThat(learnt).containsExactly(ENTRY + "true 250");
    }

    @Test
    void R_2920_22_theProofLeavesInOneWrite() {
        Dialogue dialogue =
                stranger(BOTH).play("SEND\n" + GROUP + GO + GROUP + ACCEPTED + OK + OK + "S: 354 go\n" + CONTENT);
        int before = dialogue.wire().writes();
        dialogue.play("S: 250 taken\n" + PROOF + ACCEPTED);
        assertThat(dialogue.wire().writes() - before).isEqualTo(1);
    }

    /** Without PIPELINING nothing is written before the reply to what stands in front. */
    @Test
    void R_2920_01_theProofWaitsForItsRepliesWithoutPipelining() {
        String message = Dialogue.D + CONTENT + "S: 250 taken\n";
        stranger("CHUNKING")
                .play("SEND\n" + message + message.replaceFirst("\n", "\n" + ACCEPTED)
                        + "C: BDAT 16386\n" + CHUNK + ACCEPTED + """
                S: 503 no
                C: BDAT 16386 LAST
                """ + CHUNK + """
                S: 503 no
                C: RSET
                S: 250 ok
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: BDAT 20 LAST
                """ + BODY);
    }

    @Test
    void R_2920_22_oneMessageIsNotWorthAProof() {
        new Dialogue().known(record).open(BOTH).queue(mail()).play("SEND\n" + GROUP + GO + ACCEPTED + "=> KEEP");
    }

    // ---- what shows nothing

    /** The reply to one of its lines comes in place of the reply to a chunk. */
    @ParameterizedTest
    @ValueSource(strings = {"S: 221 bye\n", "S: 503 no\nS: 221 bye\n", "S: 503 no\nS: 503 no\nS: 221 bye\n"})
    void R_2920_22_aServerThatReadsQuitIsNotGivenChunks(String answer) {
        boolean chunk = !answer.matches("(?s).*503.*503.*");
        proving(answer + "=> DROP(protocol-violation, 221) at " + (chunk ? "write" : "rset"));
        assertNextGoesByData("221");
    }

    @Test
    void R_2920_22_aServerThatClosesIsNotGivenChunks() {
        proving("CLOSE\n=> DROP(connection-lost) at write");
        assertNextGoesByData("-");
    }

    /** Whoever answers only some of it: no session waits for longer than this. */
    @Test
    void R_2920_22_aServerThatDoesNotAnswerIsNotGivenChunks() {
        proving("S: 503 no\n+14s\n+1s\n=> DROP(timeout) at write");
        assertNextGoesByData("-");
    }

    private void assertNextGoesByData(String code) {
        assertThat(learnt).containsExactly(ENTRY + "false " + code);
        stranger(BOTH).play("SEND\n" + GROUP + GO + GROUP + ACCEPTED + GO + GROUP + ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "S: 250 ok\nS: 503 no\nS: 250 ok\n",
                "S: 503 no\nS: 250 ok\nS: 250 ok\n",
                "S: 451 later\nS: 503 no\nS: 250 ok\n",
                "S: 503 no\nS: 503 no\nS: 503 no\n"
            })
    void R_2920_22_anythingElseIsNoProof(String answer) {
        proving(answer + GROUP + GO + GROUP + ACCEPTED);
        assertThat(learnt).hasSize(1).first().asString().startsWith(ENTRY + "false");
    }

    /** The reply that is left over belongs to a line of the chunk. */
    @Test
    void R_2920_22_aReplyTooManyTakesTheProofBack() {
        proving(SHOWN + """
                S: 221 bye
                => NOT_SENT(protocol-violation, 221) c@d.test at idle
                => DROP(protocol-violation, 221) at idle
                """);
        assertThat(learnt).containsExactly(ENTRY + "true 250", ENTRY + "false 221");
    }

    @Test
    void R_2920_22_theProofIsNobodysIfTheClientEndsIt() {
        Dialogue dialogue = proving();
        dialogue.session().fail(Failure.of(FailureCause.CLIENT_CLOSED, Phase.QUEUE, "closed"));
        dialogue.play("=> DROP(client-closed) at queue");
        assertThat(learnt).isEmpty();
        stranger(BOTH).play("SEND\n" + GROUP + GO + PROOF + ACCEPTED);
    }

    // ---- when

    @Test
    void R_2920_22_oneSessionMakesTheProofForAll() {
        Dialogue first = proving();
        Dialogue second = stranger(BOTH).play("SEND\n" + GROUP + GO + GROUP + ACCEPTED);
        first.play(SHOWN + BY_BDAT);
        second.play(GO + BY_BDAT + ACCEPTED);
    }

    @Test
    void R_2920_22_theProofIsMadeAgainAfterAnHour() {
        Dialogue dialogue = proving();
        dialogue.play(SHOWN + BY_BDAT + OK + OK + OK + BY_BDAT + ACCEPTED + OK + OK + OK + ACCEPTED + "+59m");
        dialogue.queue(mail())
                .play("SEND\nC: MAIL FROM:<a@b.test>\nC: RCPT TO:<c@d.test>\n" + OK + OK + "C: BDAT 20 LAST\n" + BODY
                        + OK + ACCEPTED + "+61s");
        dialogue.queue(mail(), mail()).play("SEND\n" + GROUP + GO + PROOF + ACCEPTED + SHOWN + BY_BDAT);
    }

    @Test
    void R_2920_22_whatWasNotShownIsTriedAgainAfterAnHour() {
        Dialogue dialogue = proving();
        dialogue.play("S: 250 ok\nS: 503 no\nS: 250 ok\n" + GROUP + GO + GROUP + ACCEPTED + GO + ACCEPTED + "+61m");
        dialogue.queue(mail()).play("SEND\n" + GROUP + GO + PROOF + ACCEPTED);
    }

    /** A train is let out first. */
    @Test
    void R_2920_22_theProofIsMadeWhereNothingIsCarried() {
        FlightOptions trains = FlightOptions.DEFAULT.withTransactionsInFlight(4);
        record = HostRecord.of(null, trains);
        record.depth().probed(0);
        new Dialogue()
                .known(record)
                .flight(trains)
                .open(BOTH)
                .queue(mail(), mail(), mail())
                .play("SEND\n" + GROUP + OK + OK + "S: 354 go\n" + CONTENT + "C: RSET\n" + GROUP)
                .play("S: 250 taken\n" + OK + OK + OK + "S: 354 go\n" + CONTENT + ACCEPTED)
                .play("S: 250 taken\n" + PROOF + ACCEPTED + SHOWN + BY_BDAT);
    }

    /** Chunks behind a RSET that is refused would go to those whom the server has not forgotten. */
    @Test
    void R_2920_22_theProofIsMadeWhereNothingMayBeOpen() {
        stranger(BOTH).play("SEND\n" + GROUP + GO + GROUP + ACCEPTED + """
                S: 250 ok
                S: 550 no
                S: 503 no
                C: RSET
                """ + GROUP + """
                => REJECTED_PERM(550) c@d.test at rcpt
                S: 250 ok
                """ + GO + PROOF + ACCEPTED);
    }

    // ---- what callers say

    @Test
    void withoutTheProofContentStaysWithData() {
        new Dialogue()
                .known(record)
                .flight(FlightOptions.DEFAULT.withProof(false))
                .open(BOTH)
                .queue(mail(), mail(), mail())
                .play("SEND\n" + GROUP + GO + GROUP + ACCEPTED + GO + GROUP + ACCEPTED + GO + ACCEPTED + "=> KEEP");
    }

    @ParameterizedTest
    @EnumSource(names = {"FLIGHT", "TRAIN"})
    void whoIsTrustedGetsFlightsAtOnce(Trust trust) {
        record = HostRecord.of(trust, FlightOptions.DEFAULT);
        stranger(BOTH).play("SEND\n" + BY_BDAT + OK + OK + OK + BY_BDAT + ACCEPTED);
    }

    @Test
    void whoIsTrustedWithTrainsGetsThemAtOnce() {
        FlightOptions trains = FlightOptions.DEFAULT.withTransactionsInFlight(3);
        record = HostRecord.of(Trust.TRAIN, trains);
        new Dialogue()
                .known(record)
                .flight(trains)
                .open(BOTH)
                .queue(mail(), mail(), mail(), mail())
                .play("SEND\n" + BY_BDAT + "C: RSET\n" + BY_BDAT + "C: RSET\n" + BY_BDAT);
    }

    @Test
    void aGroupIsAllThatIsWritten() {
        record = HostRecord.of(Trust.GROUP, FlightOptions.DEFAULT);
        stranger(BOTH)
                .play("SEND\n" + (GROUP + GO + ACCEPTED).repeat(4).replace(GO + ACCEPTED + GROUP, GO + GROUP + ACCEPTED)
                        + "=> KEEP");
    }

    @Test
    void lockStepIsAllThatIsWritten() {
        record = HostRecord.of(Trust.LOCKSTEP, FlightOptions.DEFAULT);
        stranger(BOTH).play("SEND\n" + Dialogue.D + CONTENT + "S: 250 taken\nC: MAIL FROM:<a@b.test>\n" + ACCEPTED);
    }

    // ---- evidence against

    /** A server that reads a chunk without a recipient, and takes one whose recipient it has refused for commands. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void R_2920_22_aReplyTooManyBehindARefusedChunkTakesTheProofBack(boolean stated) {
        Dialogue dialogue;
        if (stated) {
            record = HostRecord.of(Trust.FLIGHT, FlightOptions.DEFAULT);
            dialogue = stranger(BOTH).play("SEND\n" + BY_BDAT);
        } else {
            dialogue = proving().play(SHOWN + BY_BDAT);
        }
        learnt.clear();
        dialogue.play("""
                S: 250 ok
                S: 550 nobody
                S: 503 no recipients
                S: 500 what is Subject:
                => REJECTED_PERM(550) c@d.test at rcpt
                => NOT_SENT(protocol-violation, 500) c@d.test at idle
                => DROP(protocol-violation, 500) at idle
                """);
        assertThat(learnt).containsExactly(ENTRY + "false 500");
        stranger(BOTH).play("SEND\n" + GROUP);
    }

    // ---- whom it is about

    @Test
    void R_2920_22_everyAddressAndAnswerHasItsOwnProof() {
        InetSocketAddress one = InetSocketAddress.createUnresolved("192.0.2.1", 25);
        InetSocketAddress two = InetSocketAddress.createUnresolved("192.0.2.2", 25);
        List<String> ehlo = List.of("CHUNKING");
        record.chunksOf(one, ehlo).ended(true, 0);
        assertThat(record.chunksOf(one, ehlo).allowsChunks(1)).isTrue();
        assertThat(record.chunksOf(two, ehlo).allowsChunks(1)).isFalse();
        assertThat(record.chunksOf(one, List.of("CHUNKING", "SIZE")).allowsChunks(1))
                .isFalse();
    }

    @Test
    void hostsAreBoundedInNumber() {
        InetSocketAddress first = InetSocketAddress.createUnresolved("192.0.2.1", 1);
        record.chunksOf(first, List.of()).ended(true, 0);
        for (int port = 2; port <= 2_000; port++) {
            record.chunksOf(InetSocketAddress.createUnresolved("192.0.2.1", port), List.of());
        }
        assertThat(record.chunksOf(first, List.of()).allowsChunks(1)).isFalse();
    }

    /** What the caller says of the policy does not matter: every BDAT waits for the proof. */
    @Test
    void R_2920_22_acceptedRecipientsAreNoSubstitute() {
        Mail all = new Mail("a@b.test", List.of("c@d.test"), mail().content(), RecipientPolicy.ALL);
        new Dialogue().known(record).open(BOTH).queue(all).play("""
                SEND
                C: MAIL FROM:<a@b.test>
                C: RCPT TO:<c@d.test>
                S: 250 ok
                S: 250 ok
                C: DATA
                """);
    }
}
