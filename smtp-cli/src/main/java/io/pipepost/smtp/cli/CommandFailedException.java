/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

/** A command cannot do its work, and its message says why in one sentence. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
        super(message);
    }
}
