/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.mail.FailureCause;

/** Why the connection is ended for the transaction's sake; what others on it hear. */
enum Ending {
    /** For those behind it the connection is lost, and this reply is not theirs. */
    REFUSED_EARLY(FailureCause.CONNECTION_LOST, "The server refused the message while it was being sent"),
    ANSWERED_EARLY(FailureCause.PROTOCOL_VIOLATION, "The server answered the end of the data before it was sent"),
    CHUNK_IGNORED(FailureCause.PROTOCOL_VIOLATION, "The server refused a chunk and accepted the last one all the same"),
    REFUSAL_IGNORED(FailureCause.PROTOCOL_VIOLATION, "The server refused MAIL and accepted content all the same");

    private final FailureCause cause;
    private final String message;

    Ending(FailureCause cause, String message) {
        this.cause = cause;
        this.message = message;
    }

    FailureCause cause() {
        return cause;
    }

    String message() {
        return message;
    }
}
