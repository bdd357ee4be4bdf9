/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.ForwardPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The recipients of one message: who is to be sent to next, and what became of whom. A server may take some of those that
 * it is offered and leave the others, so results come in any order; they are told in the caller's.
 */
final class ResultSheet {
    private final List<ForwardPath> recipients;

    /** All results, once they are known; most messages have them at once. Immutable. */
    private List<RecipientResult> results = List.of();

    /** What is known so far, by position; null if nothing is. */
    private @Nullable RecipientResult @Nullable [] known;

    /** Positions of those that have no result, the next first; null for all, in the caller's order. */
    private int @Nullable [] left;

    ResultSheet(List<ForwardPath> recipients) {
        this.recipients = recipients;
    }

    /** Whether nothing is known yet. */
    boolean isEmpty() {
        return known == null && results.isEmpty();
    }

    boolean isComplete() {
        return !results.isEmpty();
    }

    /** All results, once complete, in the caller's order. */
    List<RecipientResult> results() {
        return results;
    }

    /**
     * Those that the next transaction is made for, at least one. If it cannot be made for all, recipients of one domain
     * stand together, since servers may limit domains (R-9422-01).
     */
    List<ForwardPath> next(int most) {
        if (left == null && recipients.size() > most) {
            left = byDomain();
        }
        int[] order = left;
        return order == null
                ? recipients
                : Arrays.stream(order).limit(most).mapToObj(recipients::get).toList();
    }

    private int[] byDomain() {
        Map<String, List<Integer>> positions = new LinkedHashMap<>();
        for (int i = 0; i < recipients.size(); i++) {
            positions
                    .computeIfAbsent(recipients.get(i).domain(), name -> new ArrayList<>())
                    .add(i);
        }
        return positions.values().stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Notes the results of those that are next, or of some of them, in their order. */
    void enter(List<RecipientResult> some) {
        if (some.size() == recipients.size()) {
            results = some;
            return;
        }
        int[] order = left == null ? IntStream.range(0, recipients.size()).toArray() : left;
        @Nullable RecipientResult[] all = known == null ? new RecipientResult[recipients.size()] : known;
        int[] rest = new int[order.length - some.size()];
        int entered = 0;
        for (int i = 0; i < order.length; i++) {
            int position = order[i];
            if (entered < some.size() && some.get(entered).recipient().equals(recipients.get(position))) {
                all[position] = some.get(entered++);
            } else {
                rest[i - entered] = position;
            }
        }
        left = rest;
        known = all;
        if (rest.length == 0) {
            results = listOf(all);
        }
    }

    @SuppressWarnings("NullAway") // None is null once nobody is left.
    private static List<RecipientResult> listOf(@Nullable RecipientResult[] all) {
        return List.of(all);
    }

    /** Gives each of those that have none a result. */
    void enterRest(Function<ForwardPath, RecipientResult> result) {
        enter(next(Integer.MAX_VALUE).stream().map(result).toList());
    }
}
