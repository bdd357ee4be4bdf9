/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * A line of the ledger: an object of JSON whose last field is a checksum of all octets in front of that field. One
 * octet that has changed anywhere in the line is seen.
 */
final class LedgerLine {
    /** The name of that field. */
    static final String FIELD = "crc32c";

    private static final String BEFORE = ",\"" + FIELD + "\":\"";
    private static final String BEHIND = "\"}";
    private static final int SEAL = BEFORE.length() + 8 + BEHIND.length();

    private LedgerLine() {}

    /**
     * Adds the checksum.
     *
     * @param json an object with at least one field, as {@link Json} writes it
     */
    static String seal(String json) {
        String start = json.substring(0, json.length() - 1);
        byte[] octets = start.getBytes(StandardCharsets.UTF_8);
        return start + seal(octets, octets.length);
    }

    private static String seal(byte[] octets, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(octets, 0, length);
        return BEFORE + HexFormat.of().toHexDigits((int) checksum.getValue()) + BEHIND;
    }

    /** Whether so many octets of a line are a line with its checksum. */
    static boolean isSealed(byte[] line, int length) {
        int start = length - SEAL;
        return start > 0
                && Arrays.equals(line, start, length, seal(line, start).getBytes(StandardCharsets.US_ASCII), 0, SEAL);
    }
}
