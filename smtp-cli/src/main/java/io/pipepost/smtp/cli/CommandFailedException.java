/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

/** A command cannot do its work, and its message says why in one sentence. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    CommandFailedException(String message) {
        this(ExitStatus.REJECTED, message);
    }

    CommandFailedException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** What the process ends with. */
    int status() {
        return status;
    }
}
