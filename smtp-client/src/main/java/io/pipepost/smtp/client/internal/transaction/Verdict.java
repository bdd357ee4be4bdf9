/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an event means for a mail transaction, by what is known of it: a table, read from the top, whose first row that fits
 * decides. Pure and total; {@code docs/outcomes.md} is generated from it.
 *
 * <p>{@link Transaction} asks and obeys, {@link Settlement} tells the recipients.
 */
enum Verdict {
    EARLY_NO_BEHIND_REFUSAL(
            on(Event.FINAL),
            known(Fact.MAIL_REFUSED),
            not(Fact.WRITTEN, Fact.POSITIVE),
            Decision.BREAK_OFF,
            Ending.REFUSED_EARLY,
            "R-5321-74"),
    EARLY_NO(
            on(Event.FINAL),
            known(),
            not(Fact.WRITTEN, Fact.POSITIVE),
            Decision.REFUSE,
            Ending.REFUSED_EARLY,
            "R-5321-74"),
    EARLY_YES(
            on(Event.FINAL),
            known(Fact.POSITIVE),
            not(Fact.WRITTEN),
            Decision.INDETERMINATE,
            Ending.ANSWERED_EARLY,
            "R-5321-82"),
    YES_BEHIND_REFUSED_CHUNK(
            on(Event.FINAL),
            known(Fact.CHUNK_REFUSED, Fact.POSITIVE),
            not(),
            Decision.INDETERMINATE,
            Ending.CHUNK_IGNORED,
            "R-3030-05"),
    FINAL_IN_DOUBT_OF_ORDER(
            on(Event.FINAL),
            known(Fact.FOLLOWER_UNANSWERED),
            not(Fact.CHUNK_REFUSED),
            Decision.HOLD,
            null,
            "R-2920-04"),
    YES_BEHIND_UNTRUSTED_REFUSAL(
            on(Event.FINAL, Event.ORDER_PROVED),
            known(Fact.POSITIVE, Fact.MAIL_REFUSED, Fact.UNPROVED),
            not(),
            Decision.ALL_INDETERMINATE,
            Ending.REFUSAL_IGNORED,
            "R-2920-17"),
    YES_BEHIND_REFUSAL(
            on(Event.FINAL, Event.ORDER_PROVED),
            known(Fact.POSITIVE, Fact.MAIL_REFUSED, Fact.SOMEBODY_ACCEPTED),
            not(),
            Decision.INDETERMINATE,
            Ending.REFUSAL_IGNORED,
            "R-3030-03"),
    YES(
            on(Event.FINAL, Event.ORDER_PROVED),
            known(Fact.POSITIVE, Fact.SOMEBODY_ACCEPTED),
            not(),
            Decision.ACCEPT,
            null,
            "R-5321-72"),
    NO_UNTRUSTED(Event.NO, known(Fact.UNPROVED), not(), Decision.REPLAY_ONCE, null, "R-2920-17, R-2920-21"),
    NO_BY_CHUNK(
            Event.NO, known(Fact.CHUNK_REFUSED), not(Fact.MAIL_REFUSED), Decision.REFUSE_BY_CHUNK, null, "R-3030-05"),
    NO_WORN_OUT(Event.NO, known(Fact.WORN_OUT, Fact.NOT_FIRST), not(), Decision.REPLAY, null, "R-5321-83"),
    NO(
            on(Event.FINAL, Event.ORDER_PROVED, Event.DATA_REFUSED),
            known(),
            not(Fact.POSITIVE),
            Decision.REFUSE,
            null,
            "R-5321-72"),
    NOBODY(Event.NO, known(), not(), Decision.NOT_SENT, null, "R-5321-49"),

    HELD_AND_DISORDER(
            on(Event.ORDER_BROKEN), known(Fact.VERDICT_HELD), not(), Decision.INDETERMINATE, null, "R-2920-04"),
    END_BEHIND_REFUSED_CHUNK(
            Event.END, known(Fact.CHUNK_REFUSED), not(Fact.MAIL_REFUSED), Decision.REFUSE_BY_CHUNK, null, "R-3030-05"),
    LOST_GOING_NO_FURTHER(
            on(Event.LOST),
            known(Fact.UNPROVED, Fact.SILENCE_IS_NO),
            not(Fact.MAIL_ANSWERED),
            Decision.REPLAY_ONCE,
            null,
            "R-2920-17, R-2920-21"),
    LOST_UNTRUSTED_BEFORE_THE_END(
            on(Event.LOST),
            known(Fact.UNPROVED),
            not(Fact.MAIL_ANSWERED, Fact.HANDED_OVER),
            Decision.REPLAY_ONCE,
            null,
            "R-2920-21"),
    END_GOING_NO_FURTHER(
            Event.END,
            known(Fact.UNPROVED, Fact.MAIL_REFUSED, Fact.SILENCE_IS_NO),
            not(Fact.SOMEBODY_ACCEPTED),
            Decision.REPLAY_ONCE,
            null,
            "R-2920-17, R-2920-21"),
    END_UNTRUSTED_AND_ALL_REFUSED(
            Event.END,
            known(Fact.UNPROVED, Fact.MAIL_REFUSED, Fact.ONLY_END_MISSING),
            not(Fact.SOMEBODY_ACCEPTED),
            Decision.REPLAY_ONCE,
            null,
            "R-2920-21"),
    END_UNTRUSTED_BEFORE_THE_END(
            Event.END,
            known(Fact.UNPROVED, Fact.MAIL_REFUSED),
            not(Fact.SOMEBODY_ACCEPTED, Fact.HANDED_OVER),
            Decision.REPLAY_ONCE,
            null,
            "R-2920-21"),
    CLOSING_UNSEEN(
            on(Event.SERVER_CLOSING),
            known(Fact.NOT_FIRST),
            not(Fact.MAIL_ANSWERED),
            Decision.REPLAY,
            null,
            "R-5321-78"),
    LOST_UNTOUCHED(
            on(Event.LOST),
            known(Fact.NOT_FIRST),
            not(Fact.MAIL_ANSWERED, Fact.CONTENT_BEGUN),
            Decision.REPLAY_ONCE,
            null,
            "R-5321-78"),
    CLOSING(on(Event.SERVER_CLOSING), known(), not(), Decision.NOT_SENT, null, "R-5321-12"),
    END_UNTRUSTED(
            Event.END, known(Fact.HANDED_OVER, Fact.UNPROVED), not(), Decision.ALL_INDETERMINATE, null, "R-2920-21"),
    END_BEHIND_CONTENT(Event.END, known(Fact.HANDED_OVER), not(), Decision.INDETERMINATE, null, "R-5321-79"),
    END(Event.END, known(), not(), Decision.NOT_SENT, null, "R-5321-74"),

    STOPPED_TOO_LATE(on(Event.STOPPED), known(Fact.HANDED_OVER), not(), Decision.GO_ON, null, "R-2920-15"),
    EXPIRED_TOO_LATE(on(Event.EXPIRED), known(Fact.HANDED_OVER), not(), Decision.INDETERMINATE, null, "R-5321-79"),
    STOPPED(
            on(Event.STOPPED, Event.EXPIRED, Event.SOURCE_FAILED),
            known(),
            not(),
            Decision.NOT_SENT,
            null,
            "R-2920-15, R-3030-08");

    private static final Map<Event, Verdict[]> BY_EVENT = byEvent();

    private final int events;
    private final int needed;
    private final int excluded;
    private final Decision decision;
    private final @Nullable Ending ending;
    private final String requirement;

    Verdict(
            Set<Event> events,
            Set<Fact> needed,
            Set<Fact> excluded,
            Decision decision,
            @Nullable Ending ending,
            String requirement) {
        this.events = events.stream().mapToInt(Event::bit).sum();
        this.needed = bits(needed);
        this.excluded = bits(excluded);
        this.decision = decision;
        this.ending = ending;
        this.requirement = requirement;
    }

    private static Set<Event> on(Event first, Event... others) {
        return EnumSet.of(first, others);
    }

    private static Set<Fact> known(Fact... facts) {
        return set(facts);
    }

    private static Set<Fact> not(Fact... facts) {
        return set(facts);
    }

    private static Set<Fact> set(Fact... facts) {
        EnumSet<Fact> set = EnumSet.noneOf(Fact.class);
        set.addAll(Arrays.asList(facts));
        return set;
    }

    private static int bits(Set<Fact> facts) {
        return facts.stream().mapToInt(Fact::bit).sum();
    }

    private static Map<Event, Verdict[]> byEvent() {
        Map<Event, Verdict[]> rows = new EnumMap<>(Event.class);
        for (Event event : Event.values()) {
            rows.put(
                    event,
                    Arrays.stream(values()).filter(row -> row.isAbout(event)).toArray(Verdict[]::new));
        }
        return rows;
    }

    /**
     * Decides.
     *
     * @param event what has happened
     * @param facts what is known, by {@link Fact#bit}
     */
    static Verdict of(Event event, int facts) {
        for (Verdict row : Objects.requireNonNull(BY_EVENT.get(event))) {
            if ((facts & row.needed) == row.needed && (facts & row.excluded) == 0) {
                return row;
            }
        }
        throw new AssertionError("No row for " + event);
    }

    boolean isAbout(Event event) {
        return (events & event.bit()) != 0;
    }

    /** Whether this must be known. */
    boolean needs(Fact fact) {
        return fact.in(needed);
    }

    /** Whether this must not be so. */
    boolean excludes(Fact fact) {
        return fact.in(excluded);
    }

    Decision decision() {
        return decision;
    }

    /** Why the connection ends with it; null if it does not end for its sake. */
    @Nullable
    Ending ending() {
        return ending;
    }

    /** The requirements that it follows. */
    String requirement() {
        return requirement;
    }
}
