/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;

/** What an address field such as To lists (RFC 5322 section 3.4): a single address or a named group of them. */
public sealed interface AddressEntry permits MailAddress, AddressGroup {
    /**
     * The addresses that this entry stands for.
     *
     * @return the address itself, or the members of the group
     */
    List<MailAddress> addresses();

    /**
     * Reads a list of addresses and groups, separated by commas, such as {@code Jo <jo@d.test>, "Q, R" <q@d.test>} or
     * {@code undisclosed-recipients:;}. Comments, routes, nested groups and empty entries are refused; encoded-words are
     * not decoded.
     *
     * @param text the list
     * @return the entries, at least one
     * @throws SmtpSyntaxException with the position of the fault
     */
    static List<AddressEntry> parseList(String text) {
        return new AddressParser(text).list();
    }
}
