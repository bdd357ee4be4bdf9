/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of verdicts over every evidence that there can be, and the page that shows it. */
class VerdictTest {
    private static final Path PAGE = Path.of("../docs/outcomes.md");
    private static final Set<Decision> ELSEWHERE = EnumSet.of(Decision.REPLAY, Decision.REPLAY_ONCE);
    private static final Set<Decision> UNKNOWN = EnumSet.of(Decision.INDETERMINATE, Decision.ALL_INDETERMINATE);
    private static final Set<Event> ENDS =
            EnumSet.of(Event.LOST, Event.SERVER_CLOSING, Event.ORDER_BROKEN, Event.ENDED_HERE);

    private static void never(BiPredicate<JudgedCase, Decision> what) {
        assertThat(JudgedCase.ALL.stream()
                        .filter(each -> what.test(each, each.verdict().decision()))
                        .limit(5))
                .isEmpty();
    }

    @Test
    void itIsTotal() {
        IntStream everything = IntStream.range(0, 1 << Fact.values().length);
        assertThat(everything.filter(facts -> Stream.of(Event.values())
                        .anyMatch(event -> !Verdict.of(event, facts).isAbout(event))))
                .isEmpty();
    }

    @Test
    void everyRowDecidesSomething() {
        Set<Verdict> rows = JudgedCase.ALL.stream()
                .map(JudgedCase::verdict)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Verdict.class)));
        assertThat(rows).containsExactly(Verdict.values());
    }

    @Test
    void R_5321_72_onlyAYesInItsPlaceAccepts() {
        never((it, decision) -> decision == Decision.ACCEPT
                && !(it.has(Fact.POSITIVE)
                        && it.has(Fact.WRITTEN)
                        && it.has(Fact.SOMEBODY_ACCEPTED)
                        && !it.has(Fact.MAIL_REFUSED)
                        && !it.has(Fact.CHUNK_REFUSED)
                        && !it.has(Fact.FOLLOWER_UNANSWERED)));
    }

    @Test
    void R_5321_79_contentThatMayBeThereIsNeverCalledNotSent() {
        Set<Decision> notThere = EnumSet.of(Decision.NOT_SENT, Decision.REPLAY, Decision.REPLAY_ONCE);
        never((it, decision) -> notThere.contains(decision)
                && ENDS.contains(it.event())
                && it.event() != Event.SERVER_CLOSING
                && it.has(Fact.HANDED_OVER)
                && !it.has(Fact.UNPROVED));
    }

    @Test
    void R_5321_74_indeterminateOnlyIfTheServerMayHaveIt() {
        never((it, decision) -> UNKNOWN.contains(decision) && !it.has(Fact.HANDED_OVER) && !it.has(Fact.POSITIVE));
    }

    @Test
    void R_5321_12_nothingBehindA421WasProcessed() {
        never((it, decision) -> it.event() == Event.SERVER_CLOSING && UNKNOWN.contains(decision));
    }

    @Test
    void R_5321_78_onceContentHasBegunOnlyDoubtOrTheServerItselfSendsAgain() {
        never((it, decision) -> ELSEWHERE.contains(decision)
                && it.has(Fact.CONTENT_BEGUN)
                && !it.has(Fact.UNPROVED)
                && it.event() != Event.SERVER_CLOSING
                && !it.has(Fact.WORN_OUT));
    }

    @Test
    void R_2920_21_whatARecipientWasAcceptedForIsNotSentAgain() {
        never((it, decision) ->
                decision == Decision.REPLAY_ONCE && ENDS.contains(it.event()) && it.has(Fact.SOMEBODY_ACCEPTED));
    }

    @Test
    void cancelledMailIsNeverSentAgain() {
        Set<Event> stops = EnumSet.of(Event.STOPPED, Event.EXPIRED, Event.SOURCE_FAILED);
        never((it, decision) -> stops.contains(it.event()) && ELSEWHERE.contains(decision));
    }

    /** Write it anew with {@code -Dpipepost.docs=write}. */
    @Test
    void thePageShowsTheTable() throws IOException {
        if ("write".equals(System.getProperty("pipepost.docs"))) {
            Files.writeString(PAGE, OutcomesPage.text());
        }
        assertThat(Files.readString(PAGE)).isEqualTo(OutcomesPage.text());
    }
}
