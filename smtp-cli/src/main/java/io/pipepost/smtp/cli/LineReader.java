/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of a stream with their numbers and places. A line that is too long is read past, and kept only in part. */
final class LineReader implements Closeable {
    private final InputStream in;
    private final int maxLength;
    private final byte[] buffer = new byte[64 * 1024];
    private int position;
    private int limit;
    private long consumed;
    private long start;
    private long number;
    private boolean ended;
    private boolean tooLong;

    LineReader(InputStream in, int maxLength) {
        this.in = in;
        this.maxLength = maxLength;
    }

    /** The next line without its line feed; null at the end. */
    byte @Nullable [] next() throws IOException {
        start = consumed;
        ended = false;
        tooLong = false;
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        while (!ended && fill()) {
            takeUpToLineEnd(line);
        }
        if (consumed == start) {
            return null;
        }
        number++;
        return line.toByteArray();
    }

    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, in.read(buffer));
        }
        return position < limit;
    }

    private void takeUpToLineEnd(ByteArrayOutputStream line) {
        int end = position;
        while (end < limit && buffer[end] != '\n') {
            end++;
        }
        ended = end < limit;
        int taken = Math.min(end - position, maxLength - line.size());
        tooLong |= taken < end - position;
        line.write(buffer, position, taken);
        int next = ended ? end + 1 : end;
        consumed += next - position;
        position = next;
    }

    /** The number of the line that {@link #next} returned, from 1. */
    long number() {
        return number;
    }

    /** Where that line starts. */
    long start() {
        return start;
    }

    /** Where the next one starts. */
    long consumed() {
        return consumed;
    }

    /** Whether that line had a line feed at its end. */
    boolean ended() {
        return ended;
    }

    boolean tooLong() {
        return tooLong;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
