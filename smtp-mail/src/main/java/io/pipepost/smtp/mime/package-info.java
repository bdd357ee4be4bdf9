/**
 * Composes messages: header fields and MIME bodies (RFC 5322, RFC 2045 to 2047, RFC 2231). Immutable values that know
 * nothing of connections.
 *
 * <p>What a caller hands over is checked when it is handed over: nothing that would begin another header field can be
 * built. Faults are {@link io.pipepost.smtp.protocol.SmtpSyntaxException}s with their position.
 */
@NullMarked
package io.pipepost.smtp.mime;

import org.jspecify.annotations.NullMarked;
