/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

/** What {@link CommandDecoder} delivers behind the last piece of content. */
public enum ContentEnd {
    /** The lone dot that ends content behind DATA (RFC 5321 section 4.1.1.4); the dot itself is not delivered. */
    LONE_DOT,
    /** The last octet of a counted chunk behind BDAT (RFC 3030 section 2). */
    CHUNK
}
