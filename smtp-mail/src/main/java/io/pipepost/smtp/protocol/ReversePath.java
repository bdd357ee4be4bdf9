/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The argument of MAIL (RFC 5321 section 4.1.1.2): where delivery notifications go.
 *
 * @param mailbox the sender, or null for the null reverse-path {@code <>} of notifications (section 4.5.5)
 */
public record ReversePath(@Nullable Mailbox mailbox) {
    /** The null reverse-path, {@code <>}. */
    public static final ReversePath NULL = new ReversePath(null);

    /**
     * Reads a reverse-path.
     *
     * @param address an address without angle brackets; the empty string is the null reverse-path
     * @return the path
     * @throws SmtpSyntaxException if the address is malformed
     */
    public static ReversePath of(String address) {
        return address.isEmpty() ? NULL : new ReversePath(Mailbox.parse(address));
    }

    /**
     * Tells whether this is the null reverse-path.
     *
     * @return true for {@code <>}
     */
    public boolean isNull() {
        return mailbox == null;
    }

    /**
     * Tells whether the path can be sent without SMTPUTF8.
     *
     * @return false if the sender's local-part needs RFC 6531
     */
    public boolean isAscii() {
        return mailbox == null || mailbox.isAscii();
    }

    /**
     * The path without angle brackets.
     *
     * @return the address, empty for the null reverse-path
     */
    @Override
    public String toString() {
        return mailbox == null ? "" : mailbox.toString();
    }
}
