/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * One pass over content: keeps the header, hashes the body, finds the facts. Line ends are taken for what they become when
 * the content is sent: each CRLF, lone CR and lone LF is one, and the last line has one (RFC 5321 section 2.3.8).
 */
final class Reading {
    /** Far beyond what servers take. */
    static final int MAX_HEADER = 256 * 1024;

    private static final byte[] CRLF = {'\r', '\n'};

    private final ContentScanner scanner = new ContentScanner();
    private final ByteArrayOutputStream header = new ByteArrayOutputStream(2048);
    private final BodyHash body;

    private boolean inHeader = true;
    private boolean lineEmpty = true;
    private boolean afterCr;

    /**
     * What a pass has found.
     *
     * @param header the fields
     * @param bodyHash of the canonical body, in base64
     * @param facts about the content as it was given
     */
    record Found(HeaderFields header, String bodyHash, ContentFacts facts) {}

    Reading(BodyHash body) {
        this.body = body;
    }

    void read(ByteBuffer piece) {
        if (piece.hasArray()) {
            read(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
            return;
        }
        byte[] copy = new byte[Math.min(piece.remaining(), 64 * 1024)];
        ByteBuffer rest = piece.duplicate();
        while (rest.hasRemaining()) {
            int length = Math.min(rest.remaining(), copy.length);
            rest.get(copy, 0, length);
            read(copy, 0, length);
        }
    }

    void read(byte[] in, int offset, int length) {
        scanner.scan(in, offset, length);
        int end = offset + length;
        int i = offset;
        while (i < end) {
            int start = i;
            while (i < end && in[i] != '\r' && in[i] != '\n') {
                i++;
            }
            if (i > start) {
                afterCr = false;
                text(in, start, i);
            }
            if (i < end) {
                lineEnd(in[i++]);
            }
        }
    }

    private void lineEnd(byte b) {
        boolean endsCrlf = afterCr && b == '\n';
        afterCr = b == '\r';
        if (!endsCrlf) {
            endLine();
        }
    }

    private void text(byte[] in, int from, int to) {
        lineEmpty = false;
        if (inHeader) {
            keep(in, from, to);
        } else {
            body.text(in, from, to);
        }
    }

    private void keep(byte[] in, int from, int to) {
        if (header.size() + to - from > MAX_HEADER) {
            throw new IllegalArgumentException("The content's header is longer than " + MAX_HEADER + " octets");
        }
        header.write(in, from, to - from);
    }

    private void endLine() {
        if (!inHeader) {
            body.endLine();
        } else if (lineEmpty) {
            inHeader = false;
        } else {
            keep(CRLF, 0, CRLF.length);
        }
        lineEmpty = true;
    }

    Found finish() {
        if (!lineEmpty) {
            endLine();
        }
        String hash = Base64.getEncoder().encodeToString(body.finish());
        return new Found(new HeaderFields(header.toByteArray()), hash, scanner.facts());
    }
}
