/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What the ledger says of each message, in less than 50 octets for each, however long its id: half of the id's SHA-256,
 * and one number. Not thread-safe.
 */
final class LedgerIndex {
    /** What the newest result of a message says. */
    enum State {
        /** There is none. */
        NONE(0),
        /** Everybody accepted. */
        ACCEPTED(1),
        /** Everybody accepted or rejected, and somebody rejected. */
        REJECTED(2),
        /** Somebody's is not sent or not known. */
        OPEN(3);

        private final long code;

        State(long code) {
            this.code = code;
        }

        private static State of(long code) {
            return code == 0 ? NONE : code == 1 ? ACCEPTED : code == 2 ? REJECTED : OPEN;
        }
    }

    /**
     * What is known of a message.
     *
     * @param state what its newest result says
     * @param started whether it was started again behind that
     * @param offset where that result is
     */
    record Known(State state, boolean started, long offset) {}

    /** Tells a place in use from a free one. */
    private static final int USED = 1;

    private static final int SEEN = 1 << 1;
    private static final int STARTED = 1 << 2;
    private static final int STATE_SHIFT = 3;
    private static final int OFFSET_SHIFT = 5;

    private final MessageDigest digest = sha256();
    private long[] high = new long[1024];
    private long[] low = new long[1024];
    private long[] values = new long[1024];
    private int size;

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Known get(String id) {
        int place = place(id);
        long value = values[place];
        State state = State.of((value >> STATE_SHIFT) & 3);
        return new Known(state, (value & STARTED) != 0, value >>> OFFSET_SHIFT);
    }

    void start(String id) {
        int place = place(id);
        values[place] |= STARTED;
    }

    void result(String id, State state, long offset) {
        int place = place(id);
        long seen = values[place] & SEEN;
        values[place] = USED | seen | (state.code << STATE_SHIFT) | (offset << OFFSET_SHIFT);
    }

    /** Whether the input of this run has named the id for the first time. */
    boolean see(String id) {
        int place = place(id);
        boolean first = (values[place] & SEEN) == 0;
        values[place] |= SEEN;
        return first;
    }

    /** Where an id is; from here on there may be other arrays. */
    private int place(String id) {
        if (size * 2 > values.length) {
            grow();
        }
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
        return place(hash.getLong(), hash.getLong());
    }

    private int place(long first, long second) {
        int place = (int) first & (values.length - 1);
        while (values[place] != 0 && (high[place] != first || low[place] != second)) {
            place = (place + 1) & (values.length - 1);
        }
        if (values[place] == 0) {
            high[place] = first;
            low[place] = second;
            values[place] = USED;
            size++;
        }
        return place;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        long[] oldValues = values;
        high = new long[oldHigh.length * 2];
        low = new long[oldLow.length * 2];
        values = new long[oldValues.length * 2];
        size = 0;
        for (int i = 0; i < oldValues.length; i++) {
            if (oldValues[i] != 0) {
                int place = place(oldHigh[i], oldLow[i]);
                values[place] = oldValues[i];
            }
        }
    }
}
