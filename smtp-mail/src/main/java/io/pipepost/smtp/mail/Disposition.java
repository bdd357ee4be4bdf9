/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

/** What became of a message for one recipient; exactly one of these holds. */
public enum Disposition {
    /** The server took responsibility with a 2yz reply to the end of the data (RFC 5321 section 4.2.5). Never resend. */
    ACCEPTED("accepted"),
    /** A 4yz reply decided: the same message may succeed later. */
    REJECTED_TEMPORARY("rejected-temporary"),
    /** A 5yz reply decided: the same message will fail again. */
    REJECTED_PERMANENT("rejected-permanent"),
    /** The end of the data never left this client: resending cannot make a duplicate. */
    NOT_SENT("not-sent"),
    /** The end of the data left this client and no final reply came: resending may make a duplicate. */
    INDETERMINATE("indeterminate");

    private final String label;

    Disposition(String label) {
        this.label = label;
    }

    /**
     * Tells whether a reply refused the recipient.
     *
     * @return true for both kinds of rejection
     */
    public boolean isRejected() {
        return this == REJECTED_TEMPORARY || this == REJECTED_PERMANENT;
    }

    /**
     * The name in lower case with hyphens.
     *
     * @return for example {@code rejected-temporary}
     */
    @Override
    public String toString() {
        return label;
    }
}
