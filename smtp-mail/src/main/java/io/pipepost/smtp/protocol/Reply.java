/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A complete reply of an SMTP server (RFC 5321 section 4.2): a code and one or more lines of text. What to do depends
 * on the code alone; the text is for people, and hostile until shown otherwise: {@link #toString()} escapes it.
 *
 * @param code the reply code, three digits
 * @param lines the text of each line without code and separator; never empty, a line may be
 */
public record Reply(int code, List<String> lines) {
    /** Checks the code and copies the lines. */
    public Reply {
        if (code < 0 || code > 999) {
            throw new SmtpSyntaxException("A reply code has three digits, found " + code, -1);
        }
        lines = List.copyOf(lines);
        if (lines.isEmpty()) {
            throw new SmtpSyntaxException("A reply has at least one line", -1);
        }
    }

    /**
     * A reply of one line.
     *
     * @param code the reply code
     * @param text its text
     * @return the reply
     */
    public static Reply of(int code, String text) {
        return new Reply(code, List.of(text));
    }

    /**
     * Tells whether the command was carried out (2yz).
     *
     * @return true for 200 to 299
     */
    public boolean isPositive() {
        return code / 100 == 2;
    }

    /**
     * Tells whether the server waits for more (3yz).
     *
     * @return true for 300 to 399
     */
    public boolean isIntermediate() {
        return code / 100 == 3;
    }

    /**
     * Tells whether the command failed for now (4yz).
     *
     * @return true for 400 to 499
     */
    public boolean isTransientNegative() {
        return code / 100 == 4;
    }

    /**
     * Tells whether the command failed for good (5yz).
     *
     * @return true for 500 to 599
     */
    public boolean isPermanentNegative() {
        return code / 100 == 5;
    }

    /**
     * Tells whether the command failed.
     *
     * @return true for 400 to 599
     */
    public boolean isNegative() {
        return isTransientNegative() || isPermanentNegative();
    }

    /**
     * The enhanced status code at the start of the first line, whether or not the server announced
     * ENHANCEDSTATUSCODES. Its class must agree with the reply code, else the basic code alone counts
     * (RFC 2034 section 4). A greeting (220) carries none.
     *
     * @return the code, or null
     */
    public @Nullable EnhancedStatusCode enhancedStatus() {
        if (code == 220) {
            return null;
        }
        EnhancedStatusCode status = EnhancedStatusCode.parse(lines.get(0));
        return status != null && status.statusClass() == code / 100 ? status : null;
    }

    /**
     * The text of all lines, joined by line feeds, as it came.
     *
     * @return the text; may hold control characters: show it by {@link Printable#of(String)}
     */
    public String text() {
        return lines.size() == 1 ? lines.get(0) : String.join("\n", lines);
    }

    /**
     * The reply on one line, safe for logs and terminals: lines joined by {@code " / "}, the whole escaped and cut at 512
     * characters as {@link Printable} does it.
     *
     * @return for example {@code 250 2.0.0 queued as X}
     */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(64).append(code);
        if (code < 100) {
            out.insert(0, code < 10 ? "00" : "0");
        }
        Printable.append(out.append(' '), String.join(" / ", lines), Printable.LIMIT);
        return out.toString();
    }
}
