/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.io.ByteArrayOutputStream;

/** Quoted-printable for text with CRLF (R-2045-02). */
final class QuotedPrintable {
    private static final int LINE = 76;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};
    private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};

    private final byte[] text;
    private final ByteArrayOutputStream out;
    private int column;

    private QuotedPrintable(byte[] text) {
        this.text = text;
        this.out = new ByteArrayOutputStream(text.length + text.length / 8 + 16);
    }

    static byte[] encode(byte[] text) {
        return new QuotedPrintable(text).encode();
    }

    private byte[] encode() {
        for (int i = 0; i < text.length; ) {
            if (endsLine(i)) {
                out.write('\r');
                out.write('\n');
                column = 0;
                i += 2;
            } else {
                i = writeCharacter(i);
            }
        }
        return out.toByteArray();
    }

    private boolean endsLine(int i) {
        return i + 1 < text.length && text[i] == '\r' && text[i + 1] == '\n';
    }

    /** A line is broken between characters only, so that half of one is never shown. */
    private int writeCharacter(int start) {
        int end = start + 1;
        while (end < text.length && (text[end] & 0xC0) == 0x80) {
            end++;
        }
        int width = isLiteral(start) ? 1 : 3 * (end - start);
        boolean last = end == text.length || endsLine(end);
        if (column + width > (last ? LINE : LINE - 1)) {
            out.write('=');
            out.write('\r');
            out.write('\n');
            column = 0;
        }
        write(start, end);
        return end;
    }

    private void write(int start, int end) {
        if (isLiteral(start)) {
            out.write(text[start]);
            column++;
            return;
        }
        for (int i = start; i < end; i++) {
            out.write('=');
            out.write(HEX[(text[i] & 0xF0) >> 4]);
            out.write(HEX[text[i] & 0x0F]);
            column += 3;
        }
    }

    private boolean isLiteral(int i) {
        byte c = text[i];
        if (c == ' ' || c == '\t') {
            return i + 1 < text.length && !endsLine(i + 1);
        }
        return c > ' ' && c < 0x7F && c != '=' && !(column == 0 && isFragileAtLineStart(i));
    }

    /** What a careless gateway takes for the end of the message, or for the beginning of another. */
    private boolean isFragileAtLineStart(int i) {
        if (text[i] == '.') {
            return true;
        }
        for (int k = 0; k < FROM.length; k++) {
            if (i + k == text.length || text[i + k] != FROM[k]) {
                return false;
            }
        }
        return true;
    }
}
