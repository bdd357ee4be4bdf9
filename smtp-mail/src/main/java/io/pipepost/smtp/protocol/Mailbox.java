/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.util.Locale;
import java.util.Objects;

/**
 * A mailbox, {@code local-part@domain} (RFC 5321 section 4.1.2, with RFC 6531's characters).
 *
 * <p>The local-part is kept unquoted and never changed: its case matters. What goes over the wire is built from the
 * parsed value with the least quoting that is equivalent, so no local-part can break out of its angle brackets. Two
 * mailboxes are equal if their local-parts are identical and their domains are equal without regard to case.
 */
public final class Mailbox {
    private final String localPart;
    private final String domain;
    private final String address;
    private final boolean ascii;

    private Mailbox(String localPart, String domain) {
        this.localPart = localPart;
        this.ascii = Text.indexOfNonAscii(localPart) < 0;
        // R-6531-03: an ASCII local-part at an internationalized domain needs no SMTPUTF8.
        this.domain = ascii ? DomainName.toAscii(domain) : domain;
        this.address = (isDotString(localPart) ? localPart : quote(localPart)) + '@' + this.domain;
    }

    /**
     * A mailbox from its two parts.
     *
     * @param localPart the local-part's value, without quotes or backslashes; may be any printable text
     * @param domain a domain name or an address literal
     * @return the mailbox
     * @throws SmtpSyntaxException if a part holds control characters or the domain is malformed
     */
    public static Mailbox of(String localPart, String domain) {
        Text.requirePrintable("local-part", localPart);
        requireNoEncodedWord(localPart, localPart);
        return new Mailbox(localPart, DomainName.require("domain", domain, 0));
    }

    /**
     * Reads an address such as {@code a@b.test}, {@code "a b"@d.test} or {@code a@[192.0.2.1]}. Source routes, comments,
     * display names, angle brackets and encoded-words are refused.
     *
     * @param address the address
     * @return the mailbox
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static Mailbox parse(String address) {
        Text.requirePrintable("address", address);
        if (address.isEmpty()) {
            throw new SmtpSyntaxException("address is empty, expected local-part@domain", 0);
        }
        int at = address.charAt(0) == '"' ? endOfQuotedString(address) : endOfDotString(address);
        if (at == address.length() || address.charAt(at) != '@') {
            throw new SmtpSyntaxException("address: expected @ behind the local-part", at);
        }
        String localPart = address.charAt(0) == '"' ? unquote(address, at) : address.substring(0, at);
        requireNoEncodedWord(localPart, address);
        return new Mailbox(localPart, DomainName.require("domain", address.substring(at + 1), at + 1));
    }

    /** R-5321-36, on the value and not on how it was written: backslashes hide an encoded-word. */
    private static void requireNoEncodedWord(String localPart, String written) {
        int start = localPart.indexOf("=?");
        if (start >= 0 && localPart.indexOf("?=", start + 2) >= 0) {
            throw new SmtpSyntaxException(
                    "the local-part must not hold an encoded-word", Math.max(0, written.indexOf("=?")));
        }
    }

    private static int endOfQuotedString(String address) {
        for (int i = 1; i < address.length(); i++) {
            char c = address.charAt(i);
            if (c == '"') {
                return i + 1;
            }
            if (c == '\\') {
                i++;
            }
        }
        throw new SmtpSyntaxException("address: the quoted local-part is not closed", address.length());
    }

    private static String unquote(String address, int end) {
        StringBuilder out = new StringBuilder(end);
        for (int i = 1; i < end - 1; i++) {
            if (address.charAt(i) == '\\') {
                i++;
            }
            out.append(address.charAt(i));
        }
        return out.toString();
    }

    private static int endOfDotString(String address) {
        int i = 0;
        while (i < address.length() && address.charAt(i) != '@') {
            char c = address.charAt(i);
            boolean emptyAtom = c == '.' && (i == 0 || address.charAt(i - 1) == '.');
            if (emptyAtom || (c != '.' && !isAtomText(c))) {
                throw new SmtpSyntaxException(
                        emptyAtom
                                ? "address: the local-part has an empty atom; quote it if that is meant"
                                : "address: U+%04X is not allowed in an unquoted local-part".formatted((int) c),
                        i);
            }
            i++;
        }
        if (i == 0) {
            throw new SmtpSyntaxException("address: the local-part is missing", 0);
        }
        if (address.charAt(i - 1) == '.') {
            throw new SmtpSyntaxException("address: the local-part ends with a dot; quote it if that is meant", i - 1);
        }
        return i;
    }

    private static boolean isDotString(String text) {
        if (text.isEmpty()) {
            return false;
        }
        boolean atomStart = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' ? atomStart : !isAtomText(c)) {
                return false;
            }
            atomStart = c == '.';
        }
        return !atomStart;
    }

    private static boolean isAtomText(char c) {
        return c >= 0x80 || Text.isLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 4).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        return out.append('"').toString();
    }

    /**
     * The local-part's value.
     *
     * @return without quotes or backslashes
     */
    public String localPart() {
        return localPart;
    }

    /**
     * The domain.
     *
     * @return a domain name, in A-labels if the local-part is ASCII, or an address literal with its brackets
     */
    public String domain() {
        return domain;
    }

    /**
     * Tells whether this mailbox can be sent without the SMTPUTF8 extension.
     *
     * @return false if the local-part needs RFC 6531
     */
    public boolean isAscii() {
        return ascii;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mailbox that
                && localPart.equals(that.localPart)
                && foldedDomain().equals(that.foldedDomain());
    }

    @Override
    public int hashCode() {
        return Objects.hash(localPart, foldedDomain());
    }

    /** In A-labels: beyond ASCII, equalsIgnoreCase takes different domains for one. */
    private String foldedDomain() {
        return DomainName.toAscii(domain).toLowerCase(Locale.ROOT);
    }

    /**
     * The mailbox as it goes over the wire.
     *
     * @return {@code local-part@domain} with the least quoting, without angle brackets
     */
    @Override
    public String toString() {
        return address;
    }
}
