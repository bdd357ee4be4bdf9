/**
 * The vocabulary of SMTP (RFC 5321) as immutable values, on the JDK alone.
 *
 * <p>Every value is validated when it is built: nothing that holds CR, LF, NUL or another control character can be
 * constructed, so nothing of the kind can reach a connection. Constructors and factories throw
 * {@link io.pipepost.smtp.protocol.SmtpSyntaxException} and say what was found and what was expected.
 */
@NullMarked
package io.pipepost.smtp.protocol;

import org.jspecify.annotations.NullMarked;
