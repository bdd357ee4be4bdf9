/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code docs/outcomes.md}, as {@link Verdict} has it. */
final class OutcomesPage {
    private static final String HEAD = """
            # What becomes of a message

            Generated from `Verdict`, the one place where it is decided; do not edit (CONTRIBUTING says how to write it anew).

            Each recipient has a disposition of its own: ACCEPTED (the server is responsible), REJECTED (a reply said no, for good
            or for now), NOT_SENT (no server can have the message), INDETERMINATE (one may have it, and did not say). A reply
            to RCPT that says no decides at once and for good. The table is about all others: for each event it is read from the
            top, and the first row whose conditions all hold decides. Requirements are those of [rfc-coverage.md](rfc-coverage.md).

            - "its replies are not trusted": a reply behind another transaction's content need not be about this transaction; the
              server has refused RSET or has said that it takes no command there.
            - "REJECTED by the reply", "NOT_SENT" and "INDETERMINATE" are said of those whom nothing else has decided. Where MAIL was
              refused, that refusal is everybody's (RFC 5321 section 3.3), but not of those who were accepted all the same.
            - "ends the connection": whatever else is under way on it is told that it was lost, or that the server broke the
              protocol.
            """;

    private OutcomesPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(HEAD);
        Set<Event> told = EnumSet.noneOf(Event.class);
        for (Event event : Event.values()) {
            if (told.add(event)) {
                Set<Event> same = sameRows(event);
                told.addAll(same);
                section(page, event, same);
            }
        }
        return page.toString();
    }

    /** Events that the same rows decide. */
    private static Set<Event> sameRows(Event event) {
        return Stream.of(Event.values())
                .filter(other -> rows(other).equals(rows(event)))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Event.class)));
    }

    /** Those that can decide. */
    private static Set<Verdict> rows(Event event) {
        return JudgedCase.ALL.stream()
                .filter(each -> each.event() == event)
                .map(JudgedCase::verdict)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Verdict.class)));
    }

    private static void section(StringBuilder page, Event event, Set<Event> same) {
        String title = same.stream().map(Event::text).collect(Collectors.joining(", or "));
        page.append("\n## When ").append(title).append("\n\n");
        page.append("| row | if | what becomes of it | requirement |\n|---|---|---|---|\n");
        for (Verdict row : rows(event)) {
            page.append("| `").append(row).append("` | ").append(condition(row)).append(" | ");
            page.append(decision(row)).append(" | ").append(row.requirement()).append(" |\n");
        }
    }

    private static String condition(Verdict row) {
        String all = Stream.of(Fact.values())
                .filter(fact -> row.needs(fact) || row.excludes(fact))
                .map(fact -> row.needs(fact) ? fact.text() : fact.opposite())
                .collect(Collectors.joining(", "));
        return all.isEmpty() ? "in all other cases" : all;
    }

    private static String decision(Verdict row) {
        Ending ending = row.ending();
        String text = row.decision().text();
        return ending == null ? text : text + "; ends the connection: \"" + ending.message() + "\"";
    }
}
