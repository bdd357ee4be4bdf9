/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.pipepost.smtp.protocol.Verb;

/** The points of a session at which {@link SmtpSink} replies, and so can be told to reply otherwise or to hang up. */
public enum Phase {
    /** The client has connected. */
    GREETING,
    /** EHLO. */
    EHLO,
    /** HELO. */
    HELO,
    /** STARTTLS. */
    STARTTLS,
    /** AUTH, before its exchange of challenges and responses. */
    AUTH,
    /** MAIL. */
    MAIL,
    /** RCPT. */
    RCPT,
    /** DATA. */
    DATA,
    /** BDAT, once the chunk has been read. */
    BDAT,
    /** RSET. */
    RSET,
    /** NOOP. */
    NOOP,
    /** VRFY. */
    VRFY,
    /** EXPN. */
    EXPN,
    /** HELP. */
    HELP,
    /** QUIT. */
    QUIT,
    /** The content is complete: behind the lone dot, or the chunk marked LAST. */
    END_OF_DATA;

    /**
     * The phase of a command.
     *
     * @param verb its verb
     * @return the phase of the same name
     */
    public static Phase of(Verb verb) {
        return valueOf(verb.name());
    }
}
