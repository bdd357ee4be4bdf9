/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

/** What {@link CommandDecoder} delivers in place of a line that it does not accept; a server answers it with 500. */
public enum LineFault {
    /** The line is over the limit. Delivered once, when the limit is passed; the rest of the line is dropped. */
    TOO_LONG,
    /** The line ends in LF without CR (RFC 5321 section 2.3.8). */
    LONE_LF,
    /** The line holds a NUL, or a CR that is not part of its end. */
    CONTROL
}
