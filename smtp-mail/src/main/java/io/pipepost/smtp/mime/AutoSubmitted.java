/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

/** Why a message was sent without a person's doing (RFC 3834, RFC 5436), so that no machine answers it. */
public enum AutoSubmitted {
    /** Sent by a program on its own account: reports, newsletters, receipts. */
    GENERATED("auto-generated"),
    /** An automatic answer to a message, such as a notice of absence. */
    REPLIED("auto-replied"),
    /** Tells of a message that came in. */
    NOTIFIED("auto-notified");

    private final String value;

    AutoSubmitted(String value) {
        this.value = value;
    }

    HeaderField field() {
        return HeaderField.ascii("Auto-Submitted", value);
    }
}
