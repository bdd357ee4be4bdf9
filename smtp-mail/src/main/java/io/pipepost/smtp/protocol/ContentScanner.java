/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.nio.ByteBuffer;

/**
 * Looks through a message's content once, in pieces of any size, and finds everything that decides how it may be sent:
 * line ends (RFC 5321 section 2.3.8), line length (4.5.3.1.6), leading dots (4.5.2), octets beyond ASCII (RFC 6152), NUL,
 * and header fields that nobody else should see (RFC 5322 section 3.6.3). Linear, keeps no content. Not thread-safe.
 */
public final class ContentScanner {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte[] BCC = {'b', 'c', 'c', ':'};
    private static final byte[] RESENT_BCC = {'r', 'e', 's', 'e', 'n', 't', '-', 'b', 'c', 'c', ':'};

    private long octets;
    private long extra;
    private long dots;
    private long longestLine;
    private boolean eightBit;
    private boolean eightBitHeader;
    private boolean inHeader = true;
    private long firstNul = -1;
    private long firstBareNewline = -1;
    private boolean endsWithCrlf;
    private boolean bcc;

    /** How the current line begins, in the header. */
    private final byte[] lineStart = new byte[RESENT_BCC.length];

    /** Octets of the current line so far. */
    private long line;

    /** Whether the last octet was a CR whose LF may still come. */
    private boolean pendingCr;

    /** Creates a scanner for one message. */
    public ContentScanner() {}

    /**
     * Looks through a piece.
     *
     * @param content an array that holds the piece
     * @param offset where the piece begins
     * @param length its octets
     */
    public void scan(byte[] content, int offset, int length) {
        int i = offset;
        int end = offset + length;
        if (i < end) {
            endsWithCrlf = false;
        }
        while (i < end) {
            if (pendingCr) {
                pendingCr = false;
                if (content[i] == LF) {
                    i++;
                    endsWithCrlf = i == end;
                    endLine();
                    continue;
                }
                bareNewline(octets + (i - offset) - 1);
                endLine();
                continue;
            }
            if (line == 0 && content[i] == '.') {
                dots++;
            }
            int start = i;
            i = skipText(content, start, end, offset);
            if (inHeader && line < lineStart.length) {
                System.arraycopy(
                        content, start, lineStart, (int) line, (int) Math.min(i - start, lineStart.length - line));
            }
            line += i - start;
            if (i < end) {
                if (content[i] == CR) {
                    pendingCr = true;
                } else {
                    bareNewline(octets + (i - offset));
                    endLine();
                }
                i++;
            }
        }
        octets += length;
    }

    /** Returns the index of the next CR or LF, or {@code end}. */
    private int skipText(byte[] content, int start, int end, int offset) {
        int i = start;
        int seen = 0;
        for (; i < end; i++) {
            byte b = content[i];
            if (b > CR) {
                continue;
            }
            if (b == CR || b == LF) {
                break;
            }
            seen |= b;
            if (b == 0 && firstNul < 0) {
                firstNul = octets + (i - offset);
            }
        }
        if (seen < 0) {
            eightBit = true;
            eightBitHeader |= inHeader;
        }
        return i;
    }

    /**
     * Looks through a piece; the buffer's position does not move.
     *
     * @param piece the piece
     */
    public void scan(ByteBuffer piece) {
        if (piece.hasArray()) {
            scan(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
            return;
        }
        ByteBuffer rest = piece.duplicate();
        byte[] block = new byte[Math.min(rest.remaining(), 8192)];
        while (rest.hasRemaining()) {
            int n = Math.min(rest.remaining(), block.length);
            rest.get(block, 0, n);
            scan(block, 0, n);
        }
    }

    private void bareNewline(long position) {
        extra++;
        if (firstBareNewline < 0) {
            firstBareNewline = position;
        }
    }

    private void endLine() {
        if (line == 0) {
            inHeader = false;
        }
        bcc |= isBcc();
        longestLine = Math.max(longestLine, line);
        line = 0;
    }

    private boolean isBcc() {
        return inHeader && (beginsWith(BCC) || beginsWith(RESENT_BCC));
    }

    private boolean beginsWith(byte[] lowerCase) {
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = lineStart[i];
            if (i >= line || (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * What was found in the pieces so far, taken as the whole content.
     *
     * @return the facts
     */
    public ContentFacts facts() {
        long bare = firstBareNewline;
        long canonical = octets + extra;
        if (pendingCr) {
            canonical++;
            bare = bare < 0 ? octets - 1 : bare;
        } else if (line > 0) {
            canonical += 2;
        }
        return new ContentFacts(
                octets,
                canonical,
                dots,
                Math.max(longestLine, line),
                eightBit,
                eightBitHeader,
                bcc || isBcc(),
                firstNul,
                bare,
                endsWithCrlf);
    }

    /**
     * Facts about content in one array.
     *
     * @param content the content
     * @return the facts
     */
    public static ContentFacts factsOf(byte[] content) {
        ContentScanner scanner = new ContentScanner();
        scanner.scan(content, 0, content.length);
        return scanner.facts();
    }
}
