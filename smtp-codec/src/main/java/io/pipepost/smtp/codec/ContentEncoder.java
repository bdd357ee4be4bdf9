/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Brings a message's content into the form in which it travels, piece by piece: every CRLF, lone CR and lone LF becomes
 * one CRLF and the last line gets one if it has none (RFC 5321 section 2.3.8); for DATA each line that begins with a
 * dot gets another dot (section 4.5.2) and {@link #finish} adds the lone dot. No other octet is added, removed or
 * changed. State is carried over the borders of pieces. Not thread-safe.
 */
public final class ContentEncoder {
    private final boolean dotStuffing;
    private boolean lineStart = true;
    private boolean pendingCr;

    private ContentEncoder(boolean dotStuffing) {
        this.dotStuffing = dotStuffing;
    }

    /**
     * An encoder for content behind DATA.
     *
     * @return with dot-stuffing and the terminating lone dot
     */
    public static ContentEncoder forData() {
        return new ContentEncoder(true);
    }

    /**
     * An encoder for content behind BDAT (RFC 3030).
     *
     * @return without dot-stuffing and terminator
     */
    public static ContentEncoder forBdat() {
        return new ContentEncoder(false);
    }

    /**
     * An upper bound of what {@link #encode} writes for a piece.
     *
     * @param length octets of the piece
     * @return twice as many and a few more
     */
    public static int maxEncodedLength(int length) {
        return 2 * length + 4;
    }

    /**
     * Encodes a piece.
     *
     * @param in the piece; read to its end, not released
     * @param out where to write; grows as needed
     */
    public void encode(ByteBuf in, ByteBuf out) {
        while (in.isReadable()) {
            byte first = in.getByte(in.readerIndex());
            if (pendingCr) {
                pendingCr = false;
                writeCrlf(out);
                if (first == '\n') {
                    in.skipBytes(1);
                }
                continue;
            }
            if (lineStart && dotStuffing && first == '.') {
                out.writeByte('.');
            }
            copyLine(in, out);
        }
    }

    private void copyLine(ByteBuf in, ByteBuf out) {
        int end = in.forEachByte(ByteProcessor.FIND_CRLF);
        int length = (end < 0 ? in.writerIndex() : end) - in.readerIndex();
        if (length > 0) {
            out.writeBytes(in, length);
            lineStart = false;
        }
        if (end >= 0) {
            if (in.readByte() == '\r') {
                pendingCr = true;
            } else {
                writeCrlf(out);
            }
        }
    }

    /**
     * Ends the content: completes the last line and, for DATA, writes the lone dot.
     *
     * @param out where to write
     */
    public void finish(ByteBuf out) {
        if (pendingCr || !lineStart) {
            pendingCr = false;
            writeCrlf(out);
        }
        if (dotStuffing) {
            out.writeByte('.');
            writeCrlf(out);
        }
    }

    private void writeCrlf(ByteBuf out) {
        out.writeByte('\r').writeByte('\n');
        lineStart = true;
    }
}
