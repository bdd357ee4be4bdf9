/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** An argument that SMTP's grammar does not allow; nothing has been sent. */
public final class SmtpSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** What was found and what was expected, without the position. */
    private final String fault;

    /** Where the offending character is. */
    private final int position;

    /**
     * Creates the exception.
     *
     * @param message what was found and what was expected; must not repeat untrusted text unescaped
     * @param position index of the offending character in the argument, or -1 if no single one is at fault
     */
    public SmtpSyntaxException(String message, int position) {
        super(position < 0 ? message : message + " (at index " + position + ")");
        this.fault = message;
        this.position = position;
    }

    /**
     * Returns where the fault is.
     *
     * @return index of the offending character in the argument, or -1
     */
    public int position() {
        return position;
    }

    /**
     * The same fault in a longer text, of which the argument was a part.
     *
     * @param offset where the argument begins in the longer text
     * @return the fault with its position there
     */
    public SmtpSyntaxException shiftedBy(int offset) {
        SmtpSyntaxException shifted = new SmtpSyntaxException(fault, position < 0 ? offset : position + offset);
        shifted.initCause(this);
        return shifted;
    }
}
