/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

/**
 * The peer sent something that is no SMTP reply, or a reply beyond the limits. The connection cannot be used any more:
 * whatever came next could be taken for the reply to another command.
 */
public final class MalformedReplyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception, without a stack trace: it tells of the peer, not of this program.
     *
     * @param message what was found and what was expected
     */
    public MalformedReplyException(String message) {
        super(message, null, false, false);
    }
}
