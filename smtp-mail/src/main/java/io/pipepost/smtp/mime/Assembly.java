/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.internal.Piece;
import io.pipepost.smtp.mail.internal.PieceStream;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a message together: text that is written out, and bodies that are encoded while they are sent, if they are large
 * or not in memory.
 */
final class Assembly {
    private static final int BASE64_LINE = 76;

    private final boolean inMemory;
    private final List<Piece> pieces = new ArrayList<>();
    private final ContentScanner scanner = new ContentScanner();
    private ByteArrayOutputStream text = new ByteArrayOutputStream();

    /** Octets that are not in the text; -1 once that is unknown. */
    private long streamed;

    /**
     * Creates an assembly.
     *
     * @param inMemory whether to encode all at once; not for bodies that are elsewhere
     */
    Assembly(boolean inMemory) {
        this.inMemory = inMemory;
    }

    void write(String ascii) {
        write(ascii.getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] octets) {
        text.writeBytes(octets);
    }

    void write(Body body) {
        if (body instanceof Body.Ready ready) {
            write(ready.octets());
        } else if (body instanceof Body.Plain plain) {
            if (inMemory) {
                write(plain.encoded());
            } else {
                stream(plain.piece(), plain.size());
            }
        } else {
            Body.Streamed elsewhere = (Body.Streamed) body;
            stream(elsewhere.piece(), elsewhere.size());
        }
    }

    /** What is written last is in the text always: only a multipart can hold what is not. */
    void endLine() {
        byte[] octets = text.toByteArray();
        if (octets.length < 2 || octets[octets.length - 2] != '\r' || octets[octets.length - 1] != '\n') {
            write("\r\n");
        }
    }

    private void stream(Piece piece, long size) {
        endText();
        pieces.add(piece);
        streamed = streamed < 0 || size < 0 ? -1 : streamed + size;
    }

    private void endText() {
        byte[] octets = text.toByteArray();
        scanner.scan(octets, 0, octets.length);
        pieces.add(Piece.of(octets));
        text = new ByteArrayOutputStream();
    }

    Content content() {
        if (pieces.isEmpty()) {
            return Content.of(text.toByteArray());
        }
        endText();
        List<Piece> all = List.copyOf(pieces);
        return streamed < 0
                ? Content.ofPublisher(blocking -> new PieceStream(all, blocking))
                : Content.ofPublisher(blocking -> new PieceStream(all, blocking), facts());
    }

    /** What is streamed stands between line ends, and is base64: it only makes the content longer. */
    private ContentFacts facts() {
        ContentFacts found = scanner.facts();
        return new ContentFacts(
                found.octets() + streamed,
                found.canonicalOctets() + streamed,
                found.linesWithDot(),
                Math.max(found.longestLine(), BASE64_LINE),
                found.eightBit(),
                found.eightBitHeader(),
                found.hasBcc(),
                found.firstNul(),
                found.firstBareNewline(),
                found.endsWithCrlf());
    }
}
