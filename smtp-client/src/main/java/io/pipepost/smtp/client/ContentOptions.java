/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/**
 * What content may look like.
 *
 * @param bareNewlines what to do with a CR without LF or an LF without CR; default {@link BareNewlines#NORMALIZE}
 * @param longLines whether lines of more than 998 octets are sent all the same, though RFC 5321 section 4.5.3.1.6 lets
 *     servers refuse them; default false
 * @param bccFields what to do with a Bcc field in the header (RFC 5322 section 3.6.3); default {@link BccFields#SEND}
 */
public record ContentOptions(BareNewlines bareNewlines, boolean longLines, BccFields bccFields) {
    /** The defaults. */
    public static final ContentOptions DEFAULT = new ContentOptions(BareNewlines.NORMALIZE, false, BccFields.SEND);

    /** CR and LF go out as CRLF only (RFC 5321 section 2.3.8), so there is no third choice. */
    public enum BareNewlines {
        /** Each becomes one CRLF. */
        NORMALIZE,
        /** The message is refused. */
        REJECT
    }

    /** Content is never edited: what names the hidden recipients goes out to everybody, or not at all. */
    public enum BccFields {
        /** The message is sent as it is. The first time that this is seen beforehand, a client logs a warning. */
        SEND,
        /** The message is refused. */
        REJECT
    }

    /**
     * Sets what to do with lone CR and LF.
     *
     * @param choice what to do
     * @return a changed copy
     */
    public ContentOptions withBareNewlines(BareNewlines choice) {
        return new ContentOptions(choice, longLines, bccFields);
    }

    /**
     * Permits lines of more than 998 octets.
     *
     * @param allowed whether they are sent
     * @return a changed copy
     */
    public ContentOptions withLongLines(boolean allowed) {
        return new ContentOptions(bareNewlines, allowed, bccFields);
    }

    /**
     * Sets what to do with Bcc and Resent-Bcc fields.
     *
     * @param choice what to do
     * @return a changed copy
     */
    public ContentOptions withBccFields(BccFields choice) {
        return new ContentOptions(bareNewlines, longLines, choice);
    }
}
