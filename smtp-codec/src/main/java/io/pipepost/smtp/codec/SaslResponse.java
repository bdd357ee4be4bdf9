/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

/**
 * A line that answers a 334 reply to AUTH (RFC 4954 section 4).
 *
 * @param text the line without its end, as it came: base64, empty, or {@code *} to give up
 */
public record SaslResponse(String text) {
    /** Names only the type: the text is a secret. */
    @Override
    public String toString() {
        return "SaslResponse";
    }
}
