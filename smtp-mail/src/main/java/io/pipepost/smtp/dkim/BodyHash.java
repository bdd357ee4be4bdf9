/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.security.MessageDigest;

/**
 * The hash of a canonical body (RFC 6376 section 3.4.3 and 3.4.4), from lines in pieces of any size. White space and empty
 * lines are held back as numbers until it is known whether anything follows.
 */
final class BodyHash {
    private final MessageDigest digest;
    private final boolean relaxed;
    private final byte[] out = new byte[8192];

    private int length;
    private boolean blank;
    private boolean anything;
    private long emptyLines;

    BodyHash(MessageDigest digest, Canonicalization canonicalization) {
        this.digest = digest;
        this.relaxed = canonicalization == Canonicalization.RELAXED;
    }

    /** A part of a line, without its end. */
    void text(byte[] in, int from, int to) {
        if (!relaxed) {
            word(in, from, to);
            return;
        }
        int i = from;
        while (i < to) {
            int start = i;
            while (i < to && !isBlank(in[i])) {
                i++;
            }
            word(in, start, i);
            if (i < to) {
                blank = true;
                i++;
            }
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private void word(byte[] in, int from, int to) {
        if (from == to) {
            return;
        }
        for (; emptyLines > 0; emptyLines--) {
            put('\r');
            put('\n');
        }
        if (blank) {
            blank = false;
            put(' ');
        }
        anything = true;
        copy(in, from, to);
    }

    /** The end of a line; also of the last one. */
    void endLine() {
        blank = false;
        emptyLines++;
    }

    byte[] finish() {
        if (anything || !relaxed) {
            put('\r');
            put('\n');
        }
        digest.update(out, 0, length);
        return digest.digest();
    }

    private void put(char c) {
        if (length == out.length) {
            flush();
        }
        out[length++] = (byte) c;
    }

    private void copy(byte[] in, int from, int to) {
        int count = to - from;
        if (count > out.length - length) {
            flush();
        }
        if (count > out.length) {
            digest.update(in, from, count);
            return;
        }
        System.arraycopy(in, from, out, length, count);
        length += count;
    }

    private void flush() {
        digest.update(out, 0, length);
        length = 0;
    }
}
