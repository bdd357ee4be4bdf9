/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named group of addresses (RFC 5322 section 3.4). Without members it stands for recipients that are not to be shown.
 *
 * @param name the group's name, in any script
 * @param members the addresses; may be empty
 */
public record AddressGroup(String name, List<MailAddress> members) implements AddressEntry {
    /** Checks the name and copies the list. */
    public AddressGroup {
        HeaderText.require("group name", name);
        if (name.isBlank()) {
            throw new SmtpSyntaxException("group name is blank", 0);
        }
        members = List.copyOf(members);
    }

    /**
     * The usual group for a message whose recipients are not shown.
     *
     * @return {@code undisclosed-recipients:;}
     */
    public static AddressGroup undisclosedRecipients() {
        return new AddressGroup("undisclosed-recipients", List.of());
    }

    @Override
    public List<MailAddress> addresses() {
        return members;
    }

    /**
     * The group as {@link AddressEntry#parseList} reads it.
     *
     * @return name, colon, members and semicolon
     */
    @Override
    public String toString() {
        return members.stream()
                .map(MailAddress::toString)
                .collect(Collectors.joining(", ", Phrase.toString(name) + ":", ";"));
    }
}
