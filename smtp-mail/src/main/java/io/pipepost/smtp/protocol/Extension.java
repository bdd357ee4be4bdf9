/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** The extensions that this library acts on; others stay readable through {@link Extensions}. */
public enum Extension {
    /** Commands in groups (RFC 2920). */
    PIPELINING("PIPELINING"),
    /** Message size declaration (RFC 1870). */
    SIZE("SIZE"),
    /** Octets beyond ASCII in content (RFC 6152). */
    EIGHT_BIT_MIME("8BITMIME"),
    /** Internationalized addresses and header fields (RFC 6531). */
    SMTPUTF8("SMTPUTF8"),
    /** Content in counted chunks (RFC 3030). */
    CHUNKING("CHUNKING"),
    /** TLS in band (RFC 3207). */
    STARTTLS("STARTTLS"),
    /** Authentication (RFC 4954). */
    AUTH("AUTH"),
    /** Enhanced status codes in replies (RFC 2034). */
    ENHANCEDSTATUSCODES("ENHANCEDSTATUSCODES"),
    /** What a session may hold (RFC 9422). */
    LIMITS("LIMITS");

    private final String keyword;

    Extension(String keyword) {
        this.keyword = keyword;
    }

    /**
     * The EHLO keyword.
     *
     * @return in upper case
     */
    public String keyword() {
        return keyword;
    }
}
