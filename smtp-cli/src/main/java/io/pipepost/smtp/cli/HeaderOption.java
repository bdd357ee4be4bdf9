/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mime.ListUnsubscribe;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gives the values of {@code --header} to a builder: fields that have a method of their own there by that method, which
 * checks and folds them, and all others as text. Positions of faults are those in {@code 'Name: value'}.
 */
final class HeaderOption {
    /** What ends a line is no white space here: it must be found and refused. */
    private static final Pattern WORD = Pattern.compile("[^ \t]+");

    private static final Pattern BRACKETED = Pattern.compile("[ \t]*<(.*)>[ \t]*", Pattern.DOTALL);
    private static final String ONE_CLICK = "List-Unsubscribe=One-Click";

    private final MailMessage.Builder builder;
    private final Set<String> single = new HashSet<>();
    private String @Nullable [] unsubscribe;
    private boolean oneClick;

    HeaderOption(MailMessage.Builder builder) {
        this.builder = builder;
    }

    /** Whether a From field was among them. */
    boolean hasFrom() {
        return single.contains("from");
    }

    void add(String line) {
        int colon = line.indexOf(':');
        if (colon < 1) {
            throw new SmtpSyntaxException("expected 'Name: value', found no name with a colon", -1);
        }
        int start = colon + 1;
        while (start < line.length() && (line.charAt(start) == ' ' || line.charAt(start) == '\t')) {
            start++;
        }
        add(line.substring(0, colon), line.substring(start), start);
    }

    private void add(String name, String value, int start) {
        Consumer<String> method = method(name);
        if (method == null) {
            // Only the name can be at fault here.
            MailMessage.builder().header(name, "");
            method = text -> builder.header(name, text);
        } else if (!single.add(name.toLowerCase(Locale.ROOT))) {
            throw new SmtpSyntaxException("header field " + name + " may stand only once", -1);
        }
        try {
            method.accept(value);
        } catch (SmtpSyntaxException e) {
            String fault = String.valueOf(e.shiftedBy(start).getMessage());
            boolean named = fault.regionMatches(true, 0, name, 0, name.length());
            throw new UsageException("--header: " + (named ? fault : name + ": " + fault));
        }
    }

    private @Nullable Consumer<String> method(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "from" -> builder::from;
            case "sender" -> builder::sender;
            case "reply-to" -> builder::replyTo;
            case "date" -> this::date;
            case "message-id" -> builder::messageId;
            case "in-reply-to" -> ids -> words(ids, builder::inReplyTo);
            case "references" -> ids -> words(ids, builder::references);
            case "list-unsubscribe" -> this::listUnsubscribe;
            case "list-unsubscribe-post" -> this::listUnsubscribePost;
            case "subject", "to", "cc", "bcc" ->
                throw new SmtpSyntaxException(
                        "the field " + name + " is given by --" + name.toLowerCase(Locale.ROOT), -1);
            default -> null;
        };
    }

    private void date(String value) {
        try {
            builder.date(OffsetDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeParseException e) {
            throw new SmtpSyntaxException("expected one such as 'Tue, 3 Jun 2025 11:05:30 +0200'", e.getErrorIndex());
        }
    }

    private static void words(String value, Consumer<String> method) {
        Matcher words = WORD.matcher(value);
        while (words.find()) {
            try {
                method.accept(words.group());
            } catch (SmtpSyntaxException e) {
                throw e.shiftedBy(words.start());
            }
        }
    }

    private void listUnsubscribe(String value) {
        List<String> uris = new ArrayList<>();
        int start = 0;
        for (String item : value.split(",", -1)) {
            uris.add(uri(item, start));
            start += item.length() + 1;
        }
        unsubscribe = uris.toArray(String[]::new);
    }

    /** What is in the angle brackets of one item; {@code start} is where the item begins. */
    private static String uri(String item, int start) {
        Matcher bracketed = BRACKETED.matcher(item);
        if (!bracketed.matches()) {
            throw new SmtpSyntaxException("expected <URI>, and more of them behind commas", start);
        }
        String uri = bracketed.group(1);
        try {
            ListUnsubscribe.of(uri);
        } catch (SmtpSyntaxException e) {
            throw e.shiftedBy(start + bracketed.start(1));
        }
        return uri;
    }

    private void listUnsubscribePost(String value) {
        if (!value.equals(ONE_CLICK)) {
            throw new SmtpSyntaxException("expected " + ONE_CLICK, 0);
        }
        oneClick = true;
    }

    /** Adds what takes several fields to know. */
    void end() {
        String[] uris = unsubscribe;
        if (uris != null && oneClick) {
            builder.listUnsubscribe(ListUnsubscribe.oneClick(uris[0], Arrays.copyOfRange(uris, 1, uris.length)));
        } else if (uris != null) {
            builder.listUnsubscribe(ListUnsubscribe.of(uris));
        } else if (oneClick) {
            throw new SmtpSyntaxException("List-Unsubscribe-Post needs List-Unsubscribe", -1);
        }
    }
}
