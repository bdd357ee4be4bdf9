/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.util.Locale;

/** Why a message was not sent, or why its outcome is not known. */
public enum FailureCause {
    /** The server said no: its reply tells why, and whether to try again. */
    REJECTED(false),
    /** The message or its envelope is not allowed; refused before anything was sent. */
    INVALID_ARGUMENT(false),
    /** The message needs an extension that the server does not offer. */
    EXTENSION_MISSING(false),
    /** The message is larger than the server's SIZE limit (RFC 1870). */
    MESSAGE_TOO_LARGE(false),
    /** No address of the host could be connected to. */
    CONNECT_FAILED(true),
    /** TLS is required and the server does not offer it. */
    TLS_REQUIRED(false),
    /** The TLS handshake failed, the check of the certificate included. */
    TLS_FAILED(false),
    /** The server, or somebody in between, sent octets across the switch to TLS (RFC 3207). */
    TLS_INJECTION(false),
    /** The server refused the credentials, or the SASL dialogue went wrong. */
    AUTH_FAILED(false),
    /** Authentication is needed and no allowed mechanism is offered, or not under these conditions. */
    AUTH_UNAVAILABLE(false),
    /** A step took longer than its timeout. */
    TIMEOUT(true),
    /** The connection ended. */
    CONNECTION_LOST(true),
    /** The server closes the connection (421). */
    SERVER_CLOSING(true),
    /** The server broke the rules of the protocol; its replies cannot be trusted any more. */
    PROTOCOL_VIOLATION(true),
    /** The source of the content failed. */
    CONTENT_FAILED(false),
    /** The message was given up: cancelled by the caller, or another recipient was refused under all-or-nothing. */
    CANCELLED(true),
    /** The client's queue is full, or no session was free in time. */
    OVERLOADED(true),
    /** The client was closed. */
    CLIENT_CLOSED(true);

    private final boolean isTransient;

    FailureCause(boolean isTransient) {
        this.isTransient = isTransient;
    }

    /**
     * Tells whether the same attempt may succeed later; a reply that came with the failure can say otherwise.
     *
     * @return true if trying again unchanged makes sense
     */
    public boolean isTransient() {
        return isTransient;
    }

    /**
     * The name in lower case with hyphens.
     *
     * @return for example {@code connection-lost}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
