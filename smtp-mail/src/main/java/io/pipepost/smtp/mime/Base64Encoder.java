/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.internal.Encoder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/** Base64 in lines of 76 with CRLF between, none behind the last (R-2045-03). */
final class Base64Encoder implements Encoder {
    private static final int LINE_OCTETS = 57;
    private static final int LINE = 76;
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(LINE, new byte[] {'\r', '\n'});

    /** Up to a whole line: whether CRLF follows it is known only once there is more. */
    private final byte[] held = new byte[LINE_OCTETS];

    private int heldLength;

    /** How long so many octets become. */
    static long encodedLength(long octets) {
        long lines = (octets + LINE_OCTETS - 1) / LINE_OCTETS;
        return (octets + 2) / 3 * 4 + 2 * Math.max(0, lines - 1);
    }

    static byte[] encode(byte[] octets) {
        return LINES.encode(octets);
    }

    @Override
    public ByteBuffer encode(ByteBuffer piece) {
        int available = heldLength + piece.remaining();
        int length = available <= LINE_OCTETS ? 0 : (available - 1) / LINE_OCTETS * LINE_OCTETS;
        ByteBuffer encoded = length == 0 ? ByteBuffer.allocate(0) : encodeLines(piece, length);
        int rest = piece.remaining();
        piece.get(held, heldLength, rest);
        heldLength += rest;
        return encoded;
    }

    private ByteBuffer encodeLines(ByteBuffer piece, int length) {
        byte[] octets = Arrays.copyOf(held, length);
        piece.get(octets, heldLength, length - heldLength);
        heldLength = 0;
        byte[] lines = new byte[length / LINE_OCTETS * (LINE + 2)];
        int end = LINES.encode(octets, lines);
        lines[end] = '\r';
        lines[end + 1] = '\n';
        return ByteBuffer.wrap(lines);
    }

    @Override
    public ByteBuffer finish() {
        return ByteBuffer.wrap(encode(Arrays.copyOf(held, heldLength)));
    }
}
