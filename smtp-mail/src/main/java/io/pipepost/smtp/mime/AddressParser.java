/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code address-list} of RFC 5322 section 3.4, without its obsolete forms and comments, but with dots in names,
 * which everybody writes. Each character is looked at a bounded number of times, and nothing recurses (S-27).
 */
final class AddressParser {
    private final String text;
    private int at;
    private int wordCount;
    private int wordsEnd;

    AddressParser(String text) {
        this.text = text;
    }

    MailAddress single() {
        AddressEntry entry = entry(false);
        if (at < text.length()) {
            throw unexpected("the end of the address");
        }
        if (entry instanceof MailAddress address) {
            return address;
        }
        throw new SmtpSyntaxException("address: expected a single address, found a group", 0);
    }

    List<AddressEntry> list() {
        List<AddressEntry> entries = new ArrayList<>();
        entries.add(entry(false));
        while (at < text.length()) {
            expect(',', "a comma or the end of the list");
            entries.add(entry(false));
        }
        return List.copyOf(entries);
    }

    /** One address or group and the white space around it. */
    private AddressEntry entry(boolean inGroup) {
        skipSpace();
        int start = at;
        String name = words();
        AddressEntry entry;
        if (found('@') && wordCount == 1 && at == wordsEnd) {
            entry = new MailAddress(null, bare(start));
        } else if (found('<')) {
            entry = new MailAddress(name, inBrackets());
        } else if (found(':') && name != null && !inGroup) {
            at++;
            entry = new AddressGroup(name, members());
        } else {
            throw unexpected(name == null ? "an address" : "@ or <address>");
        }
        skipSpace();
        return entry;
    }

    private List<MailAddress> members() {
        List<MailAddress> members = new ArrayList<>();
        skipSpace();
        if (!found(';')) {
            members.addAll(entry(true).addresses());
            while (found(',')) {
                at++;
                members.addAll(entry(true).addresses());
            }
        }
        expect(';', "a comma or the semicolon that ends the group");
        return members;
    }

    /** Atoms and quoted strings with white space between, joined by single spaces; null if there are none. */
    private @Nullable String words() {
        StringBuilder words = new StringBuilder();
        wordCount = 0;
        while (found('"') || (at < text.length() && isWordText(text.charAt(at)))) {
            if (wordCount > 0) {
                if (at == wordsEnd) {
                    throw unexpected("a space between words");
                }
                words.append(' ');
            }
            words.append(found('"') ? quoted() : atom());
            wordCount++;
            wordsEnd = at;
            skipSpace();
        }
        return wordCount == 0 ? null : words.toString();
    }

    private String atom() {
        int start = at;
        while (at < text.length() && isWordText(text.charAt(at))) {
            requireText();
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        int open = at++;
        while (at < text.length() && !found('"')) {
            if (found('\\')) {
                at++;
            }
            if (at < text.length()) {
                requireText();
                value.append(text.charAt(at++));
            }
        }
        if (at >= text.length()) {
            throw new SmtpSyntaxException("address: the quoted string is not closed", open);
        }
        at++;
        return value.toString();
    }

    private Mailbox bare(int start) {
        at++;
        if (found('[')) {
            skipTo(']');
        } else {
            while (at < text.length() && ",;<>() \t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
        }
        return mailbox(start, at);
    }

    private Mailbox inBrackets() {
        int start = ++at;
        if (found('"')) {
            quoted();
        }
        skipTo('>');
        if (text.charAt(at - 1) != '>') {
            throw new SmtpSyntaxException("address: < is not closed", start - 1);
        }
        return mailbox(start, at - 1);
    }

    /** Moves behind the next {@code end}, or to the end of the text. */
    private void skipTo(char end) {
        int next = text.indexOf(end, at);
        at = next < 0 ? text.length() : next + 1;
    }

    private Mailbox mailbox(int start, int end) {
        try {
            return Mailbox.parse(text.substring(start, end));
        } catch (SmtpSyntaxException e) {
            throw e.shiftedBy(start);
        }
    }

    private static boolean isWordText(char c) {
        return c == '.' || c >= 0x80 || HeaderText.isAtomText(c);
    }

    private boolean found(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private void expect(char c, String what) {
        if (!found(c)) {
            throw unexpected(what);
        }
        at++;
    }

    private void skipSpace() {
        while (found(' ') || found('\t')) {
            at++;
        }
    }

    /** What would break a line, or is no character, is refused even in quotes. */
    private void requireText() {
        if (!found('\t') && !HeaderText.isText(text, at)) {
            throw unexpected("printable text");
        }
    }

    private SmtpSyntaxException unexpected(String expected) {
        String found = at < text.length() ? "U+%04X".formatted((int) text.charAt(at)) : "the end";
        return new SmtpSyntaxException("address: expected %s, found %s".formatted(expected, found), at);
    }
}
