/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

/** What to do when the server refuses some of the recipients. */
public enum RecipientPolicy {
    /** Deliver to those accepted and report the rest (RFC 5321 section 3.3). */
    ANY,
    /**
     * Deliver to all or to nobody: a refused recipient aborts the transaction before any content is sent. Costs a round
     * trip, since the content has to wait for every RCPT reply.
     */
    ALL
}
