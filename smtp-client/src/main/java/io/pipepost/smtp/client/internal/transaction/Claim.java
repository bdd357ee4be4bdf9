/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

/** Who may go on with a transaction: whoever moves it on from {@link #WAITING}, and nobody else. */
enum Claim {
    /** It waits for a session; anybody may give it up. */
    WAITING,
    /** A session has it; whoever wants it stopped asks on that session's event loop. */
    TAKEN,
    /** It was given up before a session took it. */
    OVER
}
