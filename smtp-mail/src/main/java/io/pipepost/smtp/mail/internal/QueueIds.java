/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the id that a server gives a message it has taken. No standard says where it stands; these are the ways of servers
 * that are widely used.
 */
public final class QueueIds {
    private static final int LONGEST = 512;
    private static final int MOST_LINES = 16;

    private static final String ID = "([A-Za-z0-9][A-Za-z0-9._@=+/-]{0,127})(?![A-Za-z0-9._@=+/-])";

    private static final List<Pattern> WAYS = List.of(
            // Postfix and many others; Haraka has it in brackets.
            way("queued as\\s+<?" + ID),
            way("message queued\\s+\\(" + ID + "\\)"),
            // Exim
            way("\\bid=" + ID),
            // qmail and OpenSMTPD: "ok 1700000000 qp 12345", "1a2b3c4d Message accepted for delivery"
            way("\\bqp\\s+" + ID),
            // Sendmail, too
            way("(?:^|\\s)" + ID + "\\s+message accepted for delivery"),
            // Exchange: "<id> [InternalId=..., Hostname=...] Queued mail for delivery"
            way("<" + ID + ">\\s+\\[InternalId="),
            // Google: "2.0.0 OK  1700000000 d2e1a72fcca58-... - gsmtp"
            way("\\bok\\s+\\d+\\s+" + ID + "\\s+-\\s+gsmtp"),
            // Amazon: "Ok 0102018b...-000000"
            way("^ok\\s+([0-9a-f]{16,}(?:-[0-9a-f]+)*)$"));

    private QueueIds() {}

    private static Pattern way(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    /**
     * Looks for it.
     *
     * @param reply a positive reply to the end of the data
     * @return the id, or null if none can be told
     */
    public static @Nullable String of(Reply reply) {
        for (String line : reply.lines().subList(0, Math.min(reply.lines().size(), MOST_LINES))) {
            String text = withoutStatus(line);
            for (Pattern way : WAYS) {
                Matcher found = way.matcher(text);
                if (found.find()) {
                    return withoutEnd(found.group(1));
                }
            }
        }
        return null;
    }

    /** RFC 2034. What is longer than any server's is not looked through. */
    private static String withoutStatus(String line) {
        return line.substring(0, Math.min(line.length(), LONGEST))
                .trim()
                .replaceFirst("^[245]\\.\\d{1,3}\\.\\d{1,3}\\s+", "");
    }

    /** A full stop ends the sentence, not the id. */
    private static String withoutEnd(String id) {
        return id.endsWith(".") ? id.substring(0, id.length() - 1) : id;
    }
}
