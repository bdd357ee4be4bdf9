/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/** When a connection is protected by TLS. */
public enum TlsMode {
    /** TLS from the first octet (RFC 8314 section 3.3); the default on port 465. */
    IMPLICIT,
    /** STARTTLS (RFC 3207), or failure; the default on every other port. */
    STARTTLS,
    /**
     * STARTTLS if the server offers it, else plain text. A certificate that cannot be verified is accepted, since plain
     * text would be too; credentials are not sent on such a session.
     */
    IF_OFFERED,
    /** Plain text. */
    NONE
}
