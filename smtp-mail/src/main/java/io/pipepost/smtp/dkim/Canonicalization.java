/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.util.Locale;

/** What may change on the way without breaking a signature (RFC 6376 section 3.4). */
public enum Canonicalization {
    /** Almost nothing: empty lines at the end of the body. */
    SIMPLE,
    /** White space, how header fields are folded, and the case of their names. */
    RELAXED;

    /**
     * The name as it stands in signatures.
     *
     * @return {@code simple} or {@code relaxed}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
