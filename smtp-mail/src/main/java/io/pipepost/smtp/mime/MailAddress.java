/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An address as it stands in a header field: a mailbox, and perhaps the name of who reads it.
 *
 * @param name the name, in any script; null if there is none
 * @param mailbox the mailbox
 */
public record MailAddress(@Nullable String name, Mailbox mailbox) implements AddressEntry {
    /** Checks the name; a blank one counts as none. */
    public MailAddress {
        String text = name == null ? "" : HeaderText.require("display name", name);
        name = text.isBlank() ? null : text;
    }

    /**
     * An address without a name.
     *
     * @param address {@code local-part@domain}
     * @return the address
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static MailAddress of(String address) {
        return new MailAddress(null, Mailbox.parse(address));
    }

    /**
     * An address with a name.
     *
     * @param name the name as people read it, without quotes or encodings
     * @param address {@code local-part@domain}
     * @return the address
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static MailAddress of(@Nullable String name, String address) {
        return new MailAddress(name, Mailbox.parse(address));
    }

    /**
     * Reads an address with or without a name: {@code Jo Doe <jo@d.test>}, {@code "Doe, Jo" <jo@d.test>} or
     * {@code jo@d.test}. Comments and routes are refused; encoded-words are not decoded.
     *
     * @param text one address
     * @return the address
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static MailAddress parse(String text) {
        return new AddressParser(text).single();
    }

    @Override
    public List<MailAddress> addresses() {
        return List.of(this);
    }

    /**
     * The address as {@link #parse} reads it, unless its name holds controls beyond ASCII.
     *
     * @return the name, quoted if need be, and the mailbox in angle brackets; only the mailbox if there is no name
     */
    @Override
    public String toString() {
        return name == null ? mailbox.toString() : Phrase.toString(name) + " <" + mailbox + ">";
    }
}
