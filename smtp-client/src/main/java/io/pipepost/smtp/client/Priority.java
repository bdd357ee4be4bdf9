/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/**
 * How urgent a message is to its sender, among the other messages of a client; nothing that the server is told. It does not
 * yet change how a message is sent.
 */
public enum Priority {
    /** Somebody waits for it, such as a code to log in with. */
    HIGH,
    /** The default. */
    NORMAL,
    /** It may wait while there is anything else, such as a newsletter. */
    LOW
}
