/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.util.Locale;

/** A step on a message's way; each has its own timeout where waiting is involved (RFC 5321 section 4.5.3.2). */
public enum Phase {
    /** Checks before anything is sent. */
    ARGUMENT,
    /** Waiting for a session. */
    QUEUE,
    /** Name lookup and TCP connect. */
    CONNECT,
    /** TLS handshake. */
    TLS,
    /** Waiting for the server's greeting. */
    GREETING,
    /** EHLO or HELO. */
    EHLO,
    /** STARTTLS. */
    STARTTLS,
    /** The SASL dialogue. */
    AUTH,
    /** MAIL. */
    MAIL,
    /** RCPT. */
    RCPT,
    /** Waiting for the 354 to DATA. */
    DATA,
    /** Writing content. */
    WRITE,
    /** Waiting for the reply that decides: to the end of the data, or to BDAT LAST. */
    END_OF_DATA,
    /** Between messages: nothing is awaited from the server, nor sent to it. */
    IDLE,
    /** RSET, and other commands between messages. */
    RSET,
    /** QUIT. */
    QUIT;

    /**
     * The name in lower case with hyphens.
     *
     * @return for example {@code end-of-data}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
