/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;

/** Content-Transfer-Encoding (RFC 2045 section 6). All three are ASCII, so that no relay has to convert anything. */
enum TransferEncoding {
    SEVEN_BIT("7bit"),
    QUOTED_PRINTABLE("quoted-printable"),
    BASE64("base64");

    private static final int MAX_LINE = 998;

    private final String value;

    TransferEncoding(String value) {
        this.value = value;
    }

    /** R-2045-01, for text with CRLF in UTF-8. */
    static TransferEncoding of(byte[] text) {
        if (isSevenBit(ContentScanner.factsOf(text))) {
            return SEVEN_BIT;
        }
        int encoded = 0;
        for (byte c : text) {
            encoded += c < 0 || c == '=' || c == 0 ? 1 : 0;
        }
        return encoded <= text.length / 2 ? QUOTED_PRINTABLE : BASE64;
    }

    /** Whether octets can stand in a message as they are; their last line may lack its end. */
    static boolean isSevenBit(ContentFacts facts) {
        return !facts.eightBit()
                && facts.firstNul() < 0
                && facts.firstBareNewline() < 0
                && facts.longestLine() <= MAX_LINE;
    }

    byte[] encode(byte[] octets) {
        return switch (this) {
            case SEVEN_BIT -> octets;
            case QUOTED_PRINTABLE -> QuotedPrintable.encode(octets);
            case BASE64 -> Base64Encoder.encode(octets);
        };
    }

    HeaderField field() {
        return HeaderField.ascii("Content-Transfer-Encoding", value);
    }
}
