/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** The command verbs that this library speaks (RFC 5321 section 4.1, RFC 3030, RFC 3207, RFC 4954). */
public enum Verb {
    /** Opens a session with extensions (RFC 5321 section 4.1.1.1). */
    EHLO(true),
    /** Opens a session without extensions (RFC 5321 section 4.1.1.1). */
    HELO(true),
    /** Starts TLS (RFC 3207). */
    STARTTLS(true),
    /** Authenticates (RFC 4954). */
    AUTH(true),
    /** Opens a mail transaction (RFC 5321 section 4.1.1.2). */
    MAIL(false),
    /** Names a recipient (RFC 5321 section 4.1.1.3). */
    RCPT(false),
    /** Announces content that ends with a lone dot (RFC 5321 section 4.1.1.4). */
    DATA(true),
    /** Announces a counted chunk of content (RFC 3030 section 2). */
    BDAT(false),
    /** Aborts the mail transaction (RFC 5321 section 4.1.1.5). */
    RSET(false),
    /** Does nothing (RFC 5321 section 4.1.1.9). */
    NOOP(true),
    /** Asks whether a mailbox exists (RFC 5321 section 4.1.1.6). */
    VRFY(true),
    /** Asks who is on a list (RFC 5321 section 4.1.1.7). */
    EXPN(true),
    /** Asks for help (RFC 5321 section 4.1.1.8). */
    HELP(true),
    /** Ends the session (RFC 5321 section 4.1.1.10). */
    QUIT(true);

    private final boolean endsGroup;

    Verb(boolean endsGroup) {
        this.endsGroup = endsGroup;
    }

    /**
     * Tells whether this command may only stand last in a pipelined group (RFC 2920 section 3.1). An extension's verb
     * ends its group by default; BDAT need not (RFC 3030 section 2 shows several in a row).
     *
     * @return true if nothing may be written behind this command before its reply has come
     */
    public boolean endsGroup() {
        return endsGroup;
    }
}
