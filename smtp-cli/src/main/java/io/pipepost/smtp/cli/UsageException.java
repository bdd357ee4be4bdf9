/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

/** The arguments are wrong; the message names the option. */
final class UsageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
