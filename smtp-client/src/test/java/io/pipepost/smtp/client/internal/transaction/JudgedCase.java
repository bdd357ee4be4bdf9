/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** An event, and all that is known when it comes. */
record JudgedCase(Event event, int facts) {
    private static final Set<Event> REPLIES = EnumSet.of(Event.FINAL, Event.DATA_REFUSED, Event.NOBODY_LEFT);

    /** All that there can be. */
    static final List<JudgedCase> ALL = all();

    private static List<JudgedCase> all() {
        List<JudgedCase> cases = new ArrayList<>();
        for (Event event : Event.values()) {
            for (int facts = 0; facts < 1 << Fact.values().length; facts++) {
                JudgedCase each = new JudgedCase(event, facts);
                if (each.isPossible()) {
                    cases.add(each);
                }
            }
        }
        return cases;
    }

    boolean has(Fact fact) {
        return fact.in(facts);
    }

    Verdict verdict() {
        return Verdict.of(event, facts);
    }

    @Override
    public String toString() {
        return event + " " + Stream.of(Fact.values()).filter(this::has).toList() + ": " + verdict();
    }

    /** Whether it can come to this. */
    boolean isPossible() {
        return repliesComeInOrder() && contentIsHandedOnInOrder() && doubtIsOfThoseNotAccepted() && fitsEvent();
    }

    private boolean repliesComeInOrder() {
        return (has(Fact.MAIL_ANSWERED) || !(has(Fact.MAIL_REFUSED) || has(Fact.SOMEBODY_ACCEPTED)))
                && (has(Fact.MAIL_REFUSED) || !has(Fact.WORN_OUT))
                && (!has(Fact.CHUNK_REFUSED) || (has(Fact.MAIL_ANSWERED) && has(Fact.CONTENT_BEGUN)))
                && (!has(Fact.VERDICT_HELD)
                        || (has(Fact.WRITTEN) && has(Fact.MAIL_ANSWERED) && !has(Fact.CHUNK_REFUSED)));
    }

    private boolean contentIsHandedOnInOrder() {
        return (has(Fact.HANDED_OVER) || !has(Fact.WRITTEN)) && (has(Fact.CONTENT_BEGUN) || !has(Fact.HANDED_OVER));
    }

    private boolean doubtIsOfThoseNotAccepted() {
        return (has(Fact.UNPROVED) || !has(Fact.SILENCE_IS_NO))
                && (!has(Fact.UNPROVED) || !has(Fact.MAIL_ANSWERED) || has(Fact.MAIL_REFUSED));
    }

    private boolean fitsEvent() {
        boolean held = event == Event.ORDER_PROVED;
        boolean reply = REPLIES.contains(event);
        boolean mayBePositive = event == Event.FINAL || has(Fact.VERDICT_HELD);
        return (!held || has(Fact.VERDICT_HELD))
                && (!reply || (has(Fact.MAIL_ANSWERED) && !has(Fact.VERDICT_HELD)))
                && (event != Event.FINAL || has(Fact.CONTENT_BEGUN))
                && (event == Event.FINAL || !has(Fact.FOLLOWER_UNANSWERED))
                && (event != Event.DATA_REFUSED || !has(Fact.CONTENT_BEGUN))
                && (mayBePositive || !has(Fact.POSITIVE));
    }
}
