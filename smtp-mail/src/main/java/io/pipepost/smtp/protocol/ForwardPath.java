/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The argument of RCPT (RFC 5321 section 4.1.1.3): a mailbox, or {@code postmaster} without a domain. A null
 * forward-path does not exist.
 */
public final class ForwardPath {
    private final @Nullable Mailbox mailbox;
    private final String text;

    private ForwardPath(@Nullable Mailbox mailbox, String text) {
        this.mailbox = mailbox;
        this.text = text;
    }

    /**
     * A forward-path to a mailbox.
     *
     * @param mailbox the mailbox
     * @return the path
     */
    public static ForwardPath of(Mailbox mailbox) {
        return new ForwardPath(mailbox, mailbox.toString());
    }

    /**
     * Reads a forward-path.
     *
     * @param address an address without angle brackets, or {@code postmaster} in any case
     * @return the path
     * @throws SmtpSyntaxException if the address is empty or malformed
     */
    public static ForwardPath of(String address) {
        // Not equalsIgnoreCase, for which long s is an s.
        boolean postmaster = Text.upperAscii(address).equals("POSTMASTER");
        return postmaster ? new ForwardPath(null, address) : of(Mailbox.parse(address));
    }

    /**
     * The mailbox.
     *
     * @return null for the bare {@code postmaster}
     */
    public @Nullable Mailbox mailbox() {
        return mailbox;
    }

    /**
     * The domain, to compare and to count by.
     *
     * @return the domain in lower case; empty for the bare {@code postmaster}, who has one too, which nobody names
     */
    public String domain() {
        return mailbox == null ? "" : mailbox.domain().toLowerCase(Locale.ROOT);
    }

    /**
     * Tells whether the path can be sent without SMTPUTF8.
     *
     * @return false if the local-part needs RFC 6531
     */
    public boolean isAscii() {
        return mailbox == null || mailbox.isAscii();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ForwardPath that && Objects.equals(mailbox, that.mailbox);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(mailbox);
    }

    /**
     * The path without angle brackets.
     *
     * @return the address
     */
    @Override
    public String toString() {
        return text;
    }
}
