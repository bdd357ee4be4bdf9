/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.protocol.Verb;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A command as a server reads it (RFC 5321 section 4.1.1): a verb and an argument, separated by a space.
 *
 * @param verb the verb, or null if it is unknown
 * @param keyword the verb as text, in upper case
 * @param argument what follows the space, without trailing spaces, decoded as UTF-8; empty if there is nothing
 */
public record CommandLine(@Nullable Verb verb, String keyword, String argument) {
    private static final int TO_UPPER = 0xDFDF_DFDF;

    /** Reads the line in {@code in} from {@code start} to {@code end}, its line end excluded. */
    static CommandLine parse(ByteBuf in, int start, int end) {
        int keywordEnd = in.indexOf(start, end, (byte) ' ');
        if (keywordEnd < 0) {
            keywordEnd = end;
        }
        Verb verb = verb(in, start, keywordEnd - start);
        return new CommandLine(
                verb,
                verb == null ? text(in, start, keywordEnd).toUpperCase(Locale.ROOT) : verb.name(),
                argument(in, keywordEnd, end));
    }

    private static String argument(ByteBuf in, int keywordEnd, int end) {
        int last = end;
        while (last > keywordEnd && in.getByte(last - 1) == ' ') {
            last--;
        }
        return last <= keywordEnd ? "" : text(in, keywordEnd + 1, last);
    }

    private static String text(ByteBuf in, int start, int end) {
        return in.toString(start, end - start, StandardCharsets.UTF_8);
    }

    /** Verbs are compared as one number each: this runs for every command. */
    private static @Nullable Verb verb(ByteBuf in, int start, int length) {
        if (length == 8) {
            return text(in, start, start + 8).equalsIgnoreCase("STARTTLS") ? Verb.STARTTLS : null;
        }
        return length == 4 ? verb(in.getInt(start) & TO_UPPER) : null;
    }

    private static @Nullable Verb verb(int upperCase) {
        return switch (upperCase) {
            case 'E' << 24 | 'H' << 16 | 'L' << 8 | 'O' -> Verb.EHLO;
            case 'H' << 24 | 'E' << 16 | 'L' << 8 | 'O' -> Verb.HELO;
            case 'A' << 24 | 'U' << 16 | 'T' << 8 | 'H' -> Verb.AUTH;
            case 'M' << 24 | 'A' << 16 | 'I' << 8 | 'L' -> Verb.MAIL;
            case 'R' << 24 | 'C' << 16 | 'P' << 8 | 'T' -> Verb.RCPT;
            case 'D' << 24 | 'A' << 16 | 'T' << 8 | 'A' -> Verb.DATA;
            case 'B' << 24 | 'D' << 16 | 'A' << 8 | 'T' -> Verb.BDAT;
            case 'R' << 24 | 'S' << 16 | 'E' << 8 | 'T' -> Verb.RSET;
            case 'N' << 24 | 'O' << 16 | 'O' << 8 | 'P' -> Verb.NOOP;
            case 'V' << 24 | 'R' << 16 | 'F' << 8 | 'Y' -> Verb.VRFY;
            case 'E' << 24 | 'X' << 16 | 'P' << 8 | 'N' -> Verb.EXPN;
            case 'H' << 24 | 'E' << 16 | 'L' << 8 | 'P' -> Verb.HELP;
            case 'Q' << 24 | 'U' << 16 | 'I' << 8 | 'T' -> Verb.QUIT;
            default -> null;
        };
    }

    /** Names only the verb for AUTH, whose argument may be a secret. */
    @Override
    public String toString() {
        if (verb == Verb.AUTH) {
            return "AUTH ***";
        }
        return argument.isEmpty() ? keyword : keyword + ' ' + argument;
    }
}
