/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.buffer.ByteBuf;

/** Finds where replies and TLS records end in a stream of octets; from the first record on it looks for records only. */
final class UnitScanner {
    private static final int HEADER = 5;
    private static final int FIRST_TYPE = 20;
    private static final int LAST_TYPE = 23;

    private long replies;
    private long records;
    private boolean tls;
    private int inUnit;
    private int hyphenOrSpace;
    private int recordLength;

    long count(Stop.Unit unit) {
        return unit == Stop.Unit.REPLIES ? replies : records;
    }

    /** Reads up to the end of the next reply or record, but no further than so many octets; tells how many it read. */
    int scan(ByteBuf octets, int limit) {
        for (int i = 0; i < limit; i++) {
            if (endsUnit(octets.getUnsignedByte(octets.readerIndex() + i))) {
                return i + 1;
            }
        }
        return limit;
    }

    private boolean endsUnit(int octet) {
        if (inUnit == 0 && octet >= FIRST_TYPE && octet <= LAST_TYPE) {
            tls = true;
        }
        inUnit++;
        return tls ? endsRecord(octet) : endsReply(octet);
    }

    private boolean endsRecord(int octet) {
        if (inUnit == HEADER - 1) {
            recordLength = octet << Byte.SIZE;
        } else if (inUnit == HEADER) {
            recordLength |= octet;
        }
        if (inUnit < HEADER || inUnit < HEADER + recordLength) {
            return false;
        }
        records++;
        inUnit = 0;
        return true;
    }

    private boolean endsReply(int octet) {
        if (inUnit == 4) {
            hyphenOrSpace = octet;
        }
        if (octet != '\n') {
            return false;
        }
        boolean last = inUnit <= 4 || hyphenOrSpace != '-';
        replies += last ? 1 : 0;
        inUnit = 0;
        return last;
    }
}
