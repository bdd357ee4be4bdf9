/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/**
 * What content may look like.
 *
 * @param bareNewlines what to do with a CR without LF or an LF without CR; default {@link BareNewlines#NORMALIZE}
 * @param longLines whether lines of more than 998 octets are sent all the same, though RFC 5321 section 4.5.3.1.6 lets
 *     servers refuse them; default false
 */
public record ContentOptions(BareNewlines bareNewlines, boolean longLines) {
    /** The defaults. */
    public static final ContentOptions DEFAULT = new ContentOptions(BareNewlines.NORMALIZE, false);

    /** CR and LF go out as CRLF only (RFC 5321 section 2.3.8), so there is no third choice. */
    public enum BareNewlines {
        /** Each becomes one CRLF. */
        NORMALIZE,
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
        return new ContentOptions(choice, longLines);
    }

    /**
     * Permits lines of more than 998 octets.
     *
     * @param allowed whether they are sent
     * @return a changed copy
     */
    public ContentOptions withLongLines(boolean allowed) {
        return new ContentOptions(bareNewlines, allowed);
    }
}
