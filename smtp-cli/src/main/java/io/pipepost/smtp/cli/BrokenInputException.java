/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

/** One message of the input cannot be read; the message says where it is and why. The next one may be fine. */
final class BrokenInputException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenInputException(String place, String reason) {
        super(place + ": " + Text.printable(reason));
    }
}
