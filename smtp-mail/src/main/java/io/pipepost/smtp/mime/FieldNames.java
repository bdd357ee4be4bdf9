/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Locale;
import java.util.Set;

/** Which header fields a composed message has at most once, and which are not the caller's to write (R-5322-04). */
final class FieldNames {
    /** Fields for which the builder has methods, and which it checks there. */
    private static final Set<String> BUILT = Set.of(
            "date",
            "from",
            "sender",
            "reply-to",
            "to",
            "cc",
            "bcc",
            "message-id",
            "in-reply-to",
            "references",
            "subject",
            "list-unsubscribe",
            "list-unsubscribe-post");

    /** Fields of transport and signing. */
    private static final Set<String> NOT_COMPOSED =
            Set.of("received", "return-path", "dkim-signature", "apparently-to");

    private static final Set<String> SINGLE = Set.of("auto-submitted", "importance", "priority", "x-priority");

    private FieldNames() {}

    static boolean isSingle(String name) {
        String key = key(name);
        return BUILT.contains(key) || SINGLE.contains(key) || isMime(key);
    }

    static void requireCustom(String name) {
        String key = key(name);
        if (BUILT.contains(key)) {
            throw refused(name, "is written by a method of its own");
        }
        if (isMime(key)) {
            throw refused(name, "is written along with the content");
        }
        if (NOT_COMPOSED.contains(key) || key.startsWith("resent-")) {
            throw refused(name, "does not belong to a message that is being composed");
        }
    }

    private static boolean isMime(String key) {
        return key.equals("mime-version") || key.startsWith("content-");
    }

    private static SmtpSyntaxException refused(String name, String why) {
        return new SmtpSyntaxException("header field " + name + " " + why, -1);
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
