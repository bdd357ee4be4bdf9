/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

/** What may become of a mail transaction, or of those of its recipients whom no reply of their own has decided. */
enum Decision {
    /** Nothing yet: the connection is ended for its sake, and its end decides. */
    BREAK_OFF("nothing yet, the end decides"),
    /** Nothing yet: the final reply is believed, or not, once more is known. */
    HOLD("hold the final reply"),
    /** Nothing: it is too late, and the final reply will tell. */
    GO_ON("go on"),
    ACCEPT("ACCEPTED by the reply"),
    /** By the reply in question; MAIL's, if that was a refusal. */
    REFUSE("REJECTED by the reply"),
    REFUSE_BY_CHUNK("REJECTED by the chunk's reply"),
    /** MAIL's reply speaks, if that was a refusal. */
    NOT_SENT("NOT_SENT"),
    /** The same transaction on another connection, however often; if there is none, {@link #NOT_SENT}. */
    REPLAY("send again elsewhere, else NOT_SENT"),
    /** The same transaction on another connection, unless this was one; NOT_SENT then, whatever MAIL's reply was. */
    REPLAY_ONCE("send again elsewhere once, else NOT_SENT"),
    /** For whom MAIL's reply does not speak, and for those who were accepted all the same. */
    INDETERMINATE("INDETERMINATE"),
    /** For everybody, whatever MAIL's reply was. */
    ALL_INDETERMINATE("INDETERMINATE for everybody");

    private final String text;

    Decision(String text) {
        this.text = text;
    }

    /** For people. */
    String text() {
        return text;
    }
}
