/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.RecipientResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The two ledgers of a run: what the client said about each message, and what the server stored. Thread-safe. Pages are
 * dropped when they have been audited, so that a long run needs little memory.
 */
final class Books {
    private static final int TOLD = 50;

    private final Map<Integer, Page> pages = new ConcurrentHashMap<>();
    private final Map<Disposition, LongAdder> dispositions = new EnumMap<>(Disposition.class);
    private final LongAdder stored = new LongAdder();
    private final LongAdder audited = new LongAdder();
    private final List<String> differences = new ArrayList<>();
    private final Queue<Page> kept = new ConcurrentLinkedQueue<>();
    private final boolean exact;
    private long allDifferences;

    /** A message's entries in both ledgers; guarded by itself. */
    private static final class Page {
        private Letter letter;
        private final int[] stored;
        private final Disposition[] said;
        private final StringBuilder notes = new StringBuilder();
        private int completions;
        private boolean audited;

        Page(Letter letter) {
            this.letter = letter;
            this.stored = new int[letter.recipients().size()];
            this.said = new Disposition[stored.length];
        }
    }

    /**
     * Opens the books.
     *
     * @param exact whether the ledgers must agree; if the server lies they cannot, and only what it holds must be right
     */
    Books(boolean exact) {
        this.exact = exact;
        for (Disposition disposition : Disposition.values()) {
            dispositions.put(disposition, new LongAdder());
        }
    }

    void open(Letter letter) {
        pages.put(letter.number(), new Page(letter));
    }

    /** The client's entry, once for each message. */
    void settled(int number, @Nullable List<RecipientResult> results, @Nullable Throwable failure) {
        Page page = Objects.requireNonNull(pages.get(number), "page");
        synchronized (page) {
            if (page.completions++ > 0) {
                differ(page, "completed " + page.completions + " times");
                return;
            }
            enter(page, results == null ? resultsOf(page, failure) : results);
            if (failure != null) {
                page.notes.append(failure.getMessage());
            }
            page.letter = page.letter.withoutContent();
        }
    }

    /** Null if the message was cancelled before it had any. */
    private @Nullable List<RecipientResult> resultsOf(Page page, @Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof SmtpException known) {
            return known.recipients();
        }
        if (!(cause instanceof CancellationException)) {
            differ(page, "failed of " + cause);
        }
        return null;
    }

    private void enter(Page page, @Nullable List<RecipientResult> results) {
        if (results == null) {
            Arrays.fill(page.said, Disposition.NOT_SENT);
        } else if (!results.stream()
                .map(result -> result.recipient().toString().replaceAll("[<>]", ""))
                .toList()
                .equals(page.letter.recipients())) {
            differ(page, "has results for other recipients: " + results);
        } else {
            for (int i = 0; i < page.said.length; i++) {
                page.said[i] = results.get(i).disposition();
            }
            page.notes.append(results).append(' ');
        }
        for (Disposition each : page.said) {
            if (each != null) {
                dispositions.get(each).increment();
            }
        }
    }

    /** The server's entry: a message that it has taken. */
    void stored(String from, List<String> recipients, Letter.Print print, String where) {
        stored.increment();
        Page page = recipients.isEmpty() ? null : pages.get(Letter.numberOf(recipients.get(0)));
        if (page == null) {
            differ("stored at " + where + " for " + recipients + ", of which nobody knows any more");
            return;
        }
        synchronized (page) {
            page.notes.append("[stored at ").append(where).append("] ");
            if (!from.equals(page.letter.from())) {
                differ(page, "stored under the sender <" + from + "> at " + where);
            }
            // R-2920-06: told that nobody is accepted, and asked for content, a client can only send none.
            boolean isLoneDot = !exact && print.length() == 0;
            if (!print.equals(page.letter.print()) && !isLoneDot) {
                differ(page, "stored with other content, " + print + " at " + where);
            }
            for (String recipient : recipients) {
                int index = page.letter.recipients().indexOf(recipient);
                if (index < 0) {
                    differ(page, "stored for somebody else, " + recipient + " at " + where);
                } else {
                    page.stored[index]++;
                }
            }
        }
    }

    /**
     * Compares the ledgers for some messages, and drops their pages but those of recipients whom the server may still get
     * to: octets may be on their way for long after the client has lost its connection.
     */
    void audit(int first, int count) {
        for (int number = first; number < first + count; number++) {
            Page page = pages.get(number);
            if (page != null && !page.audited) {
                auditOnce(number, page);
            }
        }
    }

    private void auditOnce(int number, Page page) {
        synchronized (page) {
            page.audited = true;
            page.letter.discard();
            audited.increment();
            if (Arrays.asList(page.said).contains(Disposition.INDETERMINATE)) {
                kept.add(page);
            } else {
                pages.remove(number);
                compare(page);
            }
        }
    }

    /** Compares the rest; nothing more will happen. */
    void close() {
        for (Page page : kept) {
            synchronized (page) {
                compare(page);
            }
        }
    }

    private void compare(Page page) {
        for (int i = 0; i < page.said.length; i++) {
            Disposition said = page.said[i];
            int least = said == Disposition.ACCEPTED ? 1 : 0;
            int most = said == Disposition.ACCEPTED || said == Disposition.INDETERMINATE ? 1 : 0;
            if (said == null) {
                differ(page, "never completed");
                return;
            }
            if (!exact) {
                continue;
            }
            if (page.stored[i] < least || page.stored[i] > most) {
                differ(
                        page,
                        said + " for " + page.letter.recipients().get(i) + " but stored " + page.stored[i] + " times");
            }
            if (!page.letter.complete() && (page.stored[i] > 0 || said == Disposition.ACCEPTED)) {
                differ(page, "stored though its source failed");
            }
        }
    }

    private void differ(Page page, String what) {
        differ(page.letter + ": " + what + "; " + page.notes);
    }

    void differ(String what) {
        synchronized (differences) {
            allDifferences++;
            if (differences.size() < TOLD) {
                differences.add(what);
            }
        }
    }

    List<String> differences() {
        synchronized (differences) {
            return List.copyOf(differences);
        }
    }

    long differenceCount() {
        synchronized (differences) {
            return allDifferences;
        }
    }

    long audited() {
        return audited.sum();
    }

    long storedMessages() {
        return stored.sum();
    }

    /** Recipients by what the client said of them. */
    long said(Disposition disposition) {
        return dispositions.get(disposition).sum();
    }

    @Override
    public String toString() {
        return audited() + " messages, " + storedMessages() + " stored, recipients " + dispositions + ", "
                + differenceCount() + " differences";
    }
}
