/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

/** A fault that leaves the client without a connection to the server. */
enum Admission implements Fault {
    REFUSE,
    BLACK_HOLE;

    @Override
    public String toString() {
        return Stop.word(this);
    }
}
