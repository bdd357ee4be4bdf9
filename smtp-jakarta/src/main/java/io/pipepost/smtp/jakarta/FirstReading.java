/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Looks through a message that is written to it, and keeps it if it is small. */
final class FirstReading extends OutputStream {
    static final int MOST_KEPT = 256 * 1024;

    private final byte[] single = new byte[1];
    private final ContentScanner scanner = new ContentScanner();
    private @Nullable ByteArrayOutputStream kept = new ByteArrayOutputStream(8 * 1024);

    @Override
    public void write(int octet) {
        single[0] = (byte) octet;
        write(single, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) {
        scanner.scan(octets, offset, length);
        ByteArrayOutputStream small = kept;
        if (small != null) {
            if (small.size() + length > MOST_KEPT) {
                kept = null;
            } else {
                small.write(octets, offset, length);
            }
        }
    }

    /** All that was written; null if it is too much to be kept. */
    byte @Nullable [] octets() {
        return kept == null ? null : kept.toByteArray();
    }

    ContentFacts facts() {
        return scanner.facts();
    }
}
