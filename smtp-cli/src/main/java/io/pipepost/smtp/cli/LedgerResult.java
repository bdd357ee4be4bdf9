/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A result line of the ledger, in the form of {@code send --json}.
 *
 * @param json the line
 */
record LedgerResult(Map<String, @Nullable Object> json) {
    private static final String ACCEPTED = "accepted";
    private static final String INDETERMINATE = "indeterminate";
    private static final String NOT_SENT = "not-sent";
    private static final Set<String> SETTLED = Set.of(ACCEPTED, "rejected-temporary", "rejected-permanent");

    /** What keeps a line from being a result, all of whose values are known; nothing if it is one. */
    static String fault(Map<String, @Nullable Object> json) {
        if (!(json.get("id") instanceof String)) {
            return "it says neither \"started\" nor \"id\"";
        }
        if (!(json.get("recipients") instanceof List<?> recipients) || recipients.isEmpty()) {
            return "it has no recipients";
        }
        for (Object recipient : recipients) {
            String fault = recipientFault(recipient);
            if (!fault.isEmpty()) {
                return fault;
            }
        }
        LedgerResult result = new LedgerResult(json);
        String expected = outcome(Set.copyOf(result.dispositions().values()));
        return expected.equals(json.get("outcome"))
                ? ""
                : "its outcome is " + Json.write(json.get("outcome")) + ", and its recipients' is " + expected;
    }

    private static String recipientFault(@Nullable Object element) {
        if (!(element instanceof Map<?, ?> recipient) || !(recipient.get("address") instanceof String)) {
            return "a recipient has no address";
        }
        Object disposition = recipient.get("disposition");
        boolean known = NOT_SENT.equals(disposition)
                || INDETERMINATE.equals(disposition)
                || (disposition instanceof String text && SETTLED.contains(text));
        return known ? "" : "the disposition " + Json.write(disposition) + " is unknown";
    }

    /**
     * A message that was under way when the program was killed.
     *
     * @param recipients those who may have got it
     */
    static LedgerResult doubt(String id, String server, List<String> recipients) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("outcome", INDETERMINATE);
        json.put("server", server);
        json.put("tls", null);
        json.put("reply", null);
        json.put("recipients", recipients.stream().map(LedgerResult::doubt).toList());
        json.put("error", "the program was killed while the message was under way");
        json.put("millis", 0);
        return new LedgerResult(json);
    }

    private static Map<String, @Nullable Object> doubt(String address) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("address", address);
        json.put("disposition", INDETERMINATE);
        json.put("phase", "end-of-data");
        json.put("reply", null);
        json.put("cause", "connection-lost");
        return json;
    }

    String id() {
        return String.valueOf(json.get("id"));
    }

    String outcome() {
        return String.valueOf(json.get("outcome"));
    }

    /** The disposition of each recipient, by address. */
    Map<String, String> dispositions() {
        Map<String, String> found = new LinkedHashMap<>();
        recipients().forEach((address, recipient) -> found.put(address, disposition(recipient)));
        return found;
    }

    private Map<String, Map<?, ?>> recipients() {
        Map<String, Map<?, ?>> found = new LinkedHashMap<>();
        if (json.get("recipients") instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> recipient) {
                    found.put(String.valueOf(recipient.get("address")), recipient);
                }
            }
        }
        return found;
    }

    private static String disposition(Map<?, ?> recipient) {
        return String.valueOf(recipient.get("disposition"));
    }

    static boolean isSettled(String disposition) {
        return SETTLED.contains(disposition);
    }

    LedgerIndex.State state() {
        Set<String> found = Set.copyOf(dispositions().values());
        if (!SETTLED.containsAll(found)) {
            return LedgerIndex.State.OPEN;
        }
        return found.equals(Set.of(ACCEPTED)) ? LedgerIndex.State.ACCEPTED : LedgerIndex.State.REJECTED;
    }

    /** This result with a newer one of the same message, which decides for the recipients that it names. */
    LedgerResult with(LedgerResult newer) {
        Map<String, Map<?, ?>> all = recipients();
        all.putAll(newer.recipients());
        Set<String> found = all.values().stream().map(LedgerResult::disposition).collect(Collectors.toSet());
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(newer.json);
        merged.put("outcome", outcome(found));
        merged.put("recipients", new ArrayList<>(all.values()));
        if (found.contains(ACCEPTED)) {
            merged.put("error", null);
        }
        return new LedgerResult(merged);
    }

    /** As {@link SendOutcome#outcome()} has it. */
    private static String outcome(Set<String> found) {
        if (found.contains(INDETERMINATE)) {
            return INDETERMINATE;
        }
        if (found.contains(ACCEPTED)) {
            return found.size() == 1 ? ACCEPTED : "partial";
        }
        return found.stream().anyMatch(SETTLED::contains) ? "rejected" : NOT_SENT;
    }
}
