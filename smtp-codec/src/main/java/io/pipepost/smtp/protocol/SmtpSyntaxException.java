/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** An argument that SMTP's grammar does not allow; nothing has been sent. */
public final class SmtpSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

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
}
