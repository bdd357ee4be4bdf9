/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** Values of the BODY parameter of MAIL (RFC 6152, RFC 3030 section 3). */
public enum BodyType {
    /** Only ASCII; the default of RFC 5321, so never sent. */
    SEVEN_BIT("7BIT"),
    /** Octets beyond ASCII in lines of at most 998 octets (RFC 6152). */
    EIGHT_BIT_MIME("8BITMIME");

    private final String keyword;

    BodyType(String keyword) {
        this.keyword = keyword;
    }

    /**
     * The value as it goes over the wire.
     *
     * @return for example {@code 8BITMIME}
     */
    public String keyword() {
        return keyword;
    }
}
