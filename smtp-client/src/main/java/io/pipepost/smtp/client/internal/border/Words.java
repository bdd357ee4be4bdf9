/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.pipepost.smtp.mail.Phase;
import java.time.Duration;

/** What messages say in more than one place. */
public final class Words {
    public static final String SILENT_SERVER =
            "; a silent server often wants TLS from the first octet: TlsMode.IMPLICIT";

    /** Seconds; nobody counts milliseconds beyond, and Java cannot. */
    private static final long MILLIS_MATTER = 1_000_000;

    private Words() {}

    /**
     * What was thrown, in words. Even these are code of somebody else's, if it was thrown there.
     *
     * @param thrown what was thrown
     * @return its own, or its name if it has none to say
     */
    public static String of(Throwable thrown) {
        try {
            String text = thrown.toString();
            return text == null ? thrown.getClass().getName() : text;
        } catch (Throwable another) {
            return thrown.getClass().getName();
        }
    }

    /**
     * A time span for people.
     *
     * @param span the time span
     * @return in the largest unit that gives a whole number, for example {@code 4 s}, {@code 150 ms}, {@code 5 min}
     */
    public static String of(Duration span) {
        long seconds = span.toSeconds();
        if (Math.abs(seconds) < MILLIS_MATTER && span.toMillis() == 0 && !span.isZero()) {
            return span.toNanos() + " ns";
        }
        if (Math.abs(seconds) < MILLIS_MATTER && span.toMillis() % 1000 != 0) {
            return span.toMillis() + " ms";
        }
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + " s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + " h" : seconds / 60 + " min";
    }

    /**
     * When something happened.
     *
     * @param phase the step
     * @return for example {@code at greeting}
     */
    public static String at(Phase phase) {
        return phase == Phase.IDLE ? "between messages" : "at " + phase;
    }

    /**
     * Why a connection ended, in place of what the system says.
     *
     * @param cause what was thrown
     * @return a few words
     */
    public static String lost(Throwable cause) {
        String said = String.valueOf(cause.getMessage());
        if (said.contains("onnection reset")) {
            return "reset by the server";
        }
        return said.contains("roken pipe") ? "ended by the server" : said;
    }
}
