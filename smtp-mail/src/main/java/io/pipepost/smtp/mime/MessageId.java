/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Message-ID and Content-ID (RFC 5322 section 3.6.4); always with their angle brackets here. */
final class MessageId {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int OCTETS = 16;
    private static final int MAX_LENGTH = 900;

    private MessageId() {}

    /** A new identifier: 128 random bits, and nothing of who made it, where or when (R-5322-06). */
    static String generate(String domain) {
        byte[] left = new byte[OCTETS];
        RANDOM.nextBytes(left);
        return '<' + HexFormat.of().formatHex(left) + '@' + asciiDomain(domain) + '>';
    }

    /** A domain in A-labels, or an address literal. */
    static String asciiDomain(String domain) {
        // The domain of a mailbox with an ASCII local-part is in A-labels (R-6531-03).
        return Mailbox.of("id", domain).domain();
    }

    /** An identifier of a message or a part that is being made, with or without its brackets. */
    static String require(String what, String id) {
        String inside = inside(what, id);
        int at = inside.indexOf('@');
        int offset = id.startsWith("<") ? 1 : 0;
        requireDotAtom(what, inside.substring(0, at), offset);
        if (inside.charAt(at + 1) == '[' && inside.endsWith("]")) {
            asciiDomain(inside.substring(at + 1));
        } else {
            requireDotAtom(what, inside.substring(at + 1), offset + at + 1);
        }
        return '<' + inside + '>';
    }

    /** What HTML refers to: nobody insists on a domain there, and many programs write none. */
    static String requireContentId(String id) {
        boolean bracketed = id.startsWith("<") && id.endsWith(">");
        String inside = bracketed ? id.substring(1, id.length() - 1) : id;
        boolean whole = inside.isEmpty() || inside.indexOf('@') >= 0 || inside.contains("=?");
        if (whole || inside.length() > MAX_LENGTH) {
            return require("Content-ID", id);
        }
        requireDotAtom("Content-ID", inside, bracketed ? 1 : 0);
        return '<' + inside + '>';
    }

    /** An identifier that somebody else made: many are out there that RFC 5322 does not allow. */
    static String requireReference(String what, String id) {
        return '<' + inside(what, id) + '>';
    }

    private static String inside(String what, String id) {
        boolean bracketed = id.startsWith("<") && id.endsWith(">");
        String inside = bracketed ? id.substring(1, id.length() - 1) : id;
        for (int i = 0; i < inside.length(); i++) {
            char c = inside.charAt(i);
            if (c <= 0x20 || c > 0x7E || c == '<' || c == '>') {
                throw new SmtpSyntaxException(
                        "%s: expected <left@right> in ASCII, found U+%04X".formatted(what, (int) c),
                        bracketed ? i + 1 : i);
            }
        }
        int at = inside.indexOf('@');
        if (at < 1 || at == inside.length() - 1 || inside.length() > MAX_LENGTH || inside.contains("=?")) {
            throw new SmtpSyntaxException(
                    what + ": expected <left@right>, such as logo@example.com, at most 900 octets, no encoded-word",
                    -1);
        }
        return inside;
    }

    private static void requireDotAtom(String what, String text, int offset) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean lonelyDot = c == '.' && (i == 0 || i == text.length() - 1 || text.charAt(i - 1) == '.');
            if (lonelyDot || (c != '.' && !HeaderText.isAtomText(c))) {
                throw new SmtpSyntaxException(
                        "%s: expected atoms with dots between, found U+%04X".formatted(what, (int) c), offset + i);
            }
        }
    }
}
