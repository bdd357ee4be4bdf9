/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/**
 * What one pass over a message's content has found; see {@link ContentScanner}. Positions count octets of the content
 * as given, from 0; -1 means "none".
 *
 * @param octets octets as given
 * @param canonicalOctets octets after every line end has become CRLF and the last line has one: what SIZE and BDAT count
 * @param linesWithDot lines that begin with a dot: the octets that dot-stuffing adds
 * @param longestLine octets of the longest line, without its line end
 * @param eightBit whether any octet is 0x80 or above
 * @param eightBitHeader whether such an octet stands before the first empty line
 * @param hasBcc whether a Bcc or Resent-Bcc field stands there
 * @param firstNul position of the first NUL
 * @param firstBareNewline position of the first CR without LF or LF without CR
 * @param endsWithCrlf whether the last two octets are CRLF
 */
public record ContentFacts(
        long octets,
        long canonicalOctets,
        long linesWithDot,
        long longestLine,
        boolean eightBit,
        boolean eightBitHeader,
        boolean hasBcc,
        long firstNul,
        long firstBareNewline,
        boolean endsWithCrlf) {

    /**
     * Tells whether the content is canonical as given: CRLF at the end of every line, the last included.
     *
     * @return true if sending it by BDAT changes no octet
     */
    public boolean isCanonical() {
        return canonicalOctets == octets;
    }
}
