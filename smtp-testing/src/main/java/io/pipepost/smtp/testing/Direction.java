/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

/** Which way octets travel through a {@link FaultProxy}. */
public enum Direction {
    /** From the client to the server. */
    TO_SERVER("to server"),
    /** From the server to the client. */
    TO_CLIENT("to client");

    private final String label;

    Direction(String label) {
        this.label = label;
    }

    /**
     * The name in words.
     *
     * @return for example {@code to server}
     */
    @Override
    public String toString() {
        return label;
    }
}
