/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.text.Normalizer;
import java.util.Locale;

/**
 * The grammar of {@code Domain} and {@code address-literal} (RFC 5321 section 4.1.2 and 4.1.3) and of
 * internationalized labels (IDNA2008, RFC 5890 to 5892, with RFC 3492's Punycode). Labels that an IDNA2003 mapping would
 * change (capitals beyond ASCII, full-width forms, ideographic dots) are refused, never mapped: a mapped name can be
 * somebody else's.
 */
public final class DomainName {
    private static final int MAX_DOMAIN = 255;
    private static final int MAX_LABEL = 63;

    private DomainName() {}

    /**
     * Checks a domain name.
     *
     * @param what what the name is, for the exception's message
     * @param name a domain name; no address literal
     * @return the name with A-labels for all labels beyond ASCII
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static String requireAscii(String what, String name) {
        Text.requirePrintable(what, name);
        if (name.startsWith("[")) {
            throw new SmtpSyntaxException(what + " must be a domain name, found an address literal", 0);
        }
        return toAscii(require(what, name, 0));
    }

    /** Checks {@code text} as a domain or address literal; {@code offset} is where it begins in the argument. */
    static String require(String what, String text, int offset) {
        if (text.isEmpty()) {
            throw new SmtpSyntaxException(what + " is missing", offset);
        }
        if (text.charAt(0) == '[') {
            requireLiteral(what, text, offset);
        } else {
            requireLabels(what, text, offset);
        }
        return text;
    }

    /** The address literal of {@code address}, without a zone (R-5321-19). */
    static String literalOf(InetAddress address) {
        String text = address.getHostAddress();
        if (!(address instanceof Inet6Address)) {
            return "[" + text + "]";
        }
        int zone = text.indexOf('%');
        return "[IPv6:" + compress(zone < 0 ? text : text.substring(0, zone)) + "]";
    }

    /** {@code domain} with every label beyond ASCII as an A-label; the same string if there is none. */
    static String toAscii(String domain) {
        if (Text.indexOfNonAscii(domain) < 0) {
            return domain;
        }
        StringBuilder out = new StringBuilder(domain.length() + 16);
        for (String label : domain.split("\\.", -1)) {
            if (!out.isEmpty()) {
                out.append('.');
            }
            out.append(Text.indexOfNonAscii(label) < 0 ? label : "xn--" + Punycode.encode(label));
        }
        return out.toString();
    }

    private static void requireLabels(String what, String text, int offset) {
        // No A-label has fewer characters than half its U-label's UTF-16 units. Keeps the rest in bounds (S-27).
        if (text.length() > 2 * MAX_DOMAIN) {
            throw new SmtpSyntaxException(what + " is longer than 255 octets", offset);
        }
        int start = 0;
        while (true) {
            int dot = text.indexOf('.', start);
            int end = dot < 0 ? text.length() : dot;
            requireLabel(what, text.substring(start, end), offset + start);
            if (dot < 0) {
                break;
            }
            start = dot + 1;
        }
        int length = toAscii(text).length();
        if (length > MAX_DOMAIN) {
            throw new SmtpSyntaxException(what + " is longer than 255 octets: " + length, offset);
        }
    }

    private static void requireLabel(String what, String label, int offset) {
        if (label.isEmpty()) {
            throw new SmtpSyntaxException(what + " has an empty label", offset);
        }
        if (label.length() > MAX_DOMAIN) {
            throw new SmtpSyntaxException(what + " has a label longer than 63 octets", offset);
        }
        if (label.charAt(0) == '-' || label.charAt(label.length() - 1) == '-') {
            throw new SmtpSyntaxException(what + " has a label that begins or ends with a hyphen", offset);
        }
        boolean ascii = true;
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            if (c >= 0x80) {
                ascii = false;
            } else if (!Text.isLetterOrDigit(c) && c != '-') {
                throw new SmtpSyntaxException(
                        "%s may hold letters, digits, hyphens and dots, found U+%04X".formatted(what, (int) c),
                        offset + i);
            }
        }
        int length = label.length();
        if (!ascii) {
            requireULabel(what, label, offset);
            length = 4 + Punycode.encode(label).length();
        } else if (label.regionMatches(true, 0, "xn--", 0, 4)) {
            requireALabel(what, label.toLowerCase(Locale.ROOT), offset);
        }
        if (length > MAX_LABEL) {
            throw new SmtpSyntaxException(what + " has a label longer than 63 octets", offset);
        }
    }

    /** A U-label in the form that no mapping would change. */
    private static void requireULabel(String what, String label, int offset) {
        if (label.length() > 3 && label.charAt(2) == '-' && label.charAt(3) == '-') {
            throw new SmtpSyntaxException(what + " has a label with hyphens in third and fourth place", offset);
        }
        for (int i = 0; i < label.length(); ) {
            int c = label.codePointAt(i);
            boolean allowed =
                    c < 0x80 || Character.isLetterOrDigit(c) || (isMark(c) && i > 0) || c == 0x00B7 || c == 0x30FB;
            if (!allowed || isMapped(c)) {
                throw new SmtpSyntaxException(
                        "%s has a label that IDNA2008 does not allow as it stands, found U+%04X".formatted(what, c),
                        offset + i);
            }
            i += Character.charCount(c);
        }
        // Sharp s and final sigma stand for themselves in IDNA2008, though compatibility mappings fold neither.
        if (!Normalizer.isNormalized(label, Normalizer.Form.NFKC)) {
            throw new SmtpSyntaxException(what + " has a label that is not in normal form (NFKC)", offset);
        }
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    /** What a mapping drops, or takes for another character: capitals, and small letters that fold to others. */
    private static boolean isMapped(int c) {
        if (c < 0x80) {
            return Character.isUpperCase(c);
        }
        return isMappedToNothing(c) || isSmallCherokee(c) || (isFolded(c) && !standsForItself(c));
    }

    /** Fillers, vowels that are not seen, the grapheme joiner and the variation selectors. */
    private static boolean isMappedToNothing(int c) {
        return c == 0x034F
                || c == 0x115F
                || c == 0x1160
                || c == 0x17B4
                || c == 0x17B5
                || (c >= 0x180B && c <= 0x180F)
                || (c >= 0xFE00 && c <= 0xFE0F)
                || (c >= 0xE0100 && c <= 0xE01EF);
    }

    /** The only script whose small letters fold to its capitals. */
    private static boolean isSmallCherokee(int c) {
        return (c >= 0x13F8 && c <= 0x13FD) || (c >= 0xAB70 && c <= 0xABBF);
    }

    /** As RFC 5892 section 2.2 tells what is unstable; both cases, as the JDK does not fold. */
    private static boolean isFolded(int c) {
        String text = Character.toString(c);
        String folded = text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return !Normalizer.normalize(folded, Normalizer.Form.NFKC).equals(text);
    }

    /** Sharp s, dotless i, final sigma and Cherokee capitals: valid as they are, whatever their other case is. */
    private static boolean standsForItself(int c) {
        return c == 0x00DF || c == 0x0131 || c == 0x03C2 || (c >= 0x13A0 && c <= 0x13F5);
    }

    private static void requireALabel(String what, String label, int offset) {
        String unicode = Punycode.decode(label.substring(4));
        if (unicode == null
                || Text.indexOfNonAscii(unicode) < 0
                || !Punycode.encode(unicode).equals(label.substring(4))) {
            throw new SmtpSyntaxException(what + " has a label that begins with xn-- and is no A-label", offset);
        }
        requireULabel(what, unicode, offset);
    }

    private static void requireLiteral(String what, String text, int offset) {
        if (text.charAt(text.length() - 1) != ']') {
            throw new SmtpSyntaxException(what + ": an address literal must end with ]", offset + text.length());
        }
        String inside = text.substring(1, text.length() - 1);
        boolean valid = inside.regionMatches(true, 0, "IPv6:", 0, 5) ? isIpv6(inside.substring(5)) : isIpv4(inside);
        if (!valid) {
            throw new SmtpSyntaxException(
                    what + ": an address literal must be [a.b.c.d] or [IPv6:...] with a valid address", offset);
        }
    }

    static boolean isIpv4(String text) {
        int octets = 0;
        int i = 0;
        while (i < text.length() && octets < 4) {
            int start = i;
            int value = 0;
            while (i < text.length() && i < start + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                value = value * 10 + text.charAt(i++) - '0';
            }
            if (i == start || value > 255 || (i > start + 1 && text.charAt(start) == '0')) {
                return false;
            }
            octets++;
            if (octets < 4) {
                if (i == text.length() || text.charAt(i) != '.') {
                    return false;
                }
                i++;
            }
        }
        return octets == 4 && i == text.length();
    }

    static boolean isIpv6(String text) {
        int elision = text.indexOf("::");
        if (elision < 0) {
            return groups(text) == 8;
        }
        String head = text.substring(0, elision);
        String tail = text.substring(elision + 2);
        int before = head.isEmpty() ? 0 : groups(head);
        int after = tail.isEmpty() ? 0 : groups(tail);
        return before >= 0 && after >= 0 && before + after <= 7 && (head.isEmpty() || head.indexOf('.') < 0);
    }

    /** Number of 16-bit groups in colon-separated hex, the last two perhaps as a dotted quad; -1 if malformed. */
    private static int groups(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length > 8) {
            return -1;
        }
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                if (!isIpv4(parts[i])) {
                    return -1;
                }
                count += 2;
            } else if (isHexGroup(parts[i])) {
                count++;
            } else {
                return -1;
            }
        }
        return count;
    }

    private static boolean isHexGroup(String part) {
        if (part.isEmpty() || part.length() > 4) {
            return false;
        }
        for (int i = 0; i < part.length(); i++) {
            if (Character.digit(part.charAt(i), 16) < 0 || part.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** The longest run of two or more zero groups becomes {@code ::} (RFC 5952). */
    private static String compress(String full) {
        String[] groups = full.split(":");
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < groups.length; i++) {
            int j = i;
            while (j < groups.length && groups[j].equals("0")) {
                j++;
            }
            if (j - i > bestLength) {
                best = i;
                bestLength = j - i;
            }
        }
        if (best < 0) {
            return full;
        }
        String head = String.join(":", java.util.Arrays.copyOfRange(groups, 0, best));
        String tail = String.join(":", java.util.Arrays.copyOfRange(groups, best + bestLength, groups.length));
        return head + "::" + tail;
    }
}
