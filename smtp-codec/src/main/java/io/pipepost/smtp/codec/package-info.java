/**
 * The bytes of SMTP: Netty handlers that turn octets into replies and commands into octets, and the transformations that
 * they use. Strict, bounded and linear. Handlers hold state for one connection and are confined to its event loop.
 */
@NullMarked
package io.pipepost.smtp.codec;

import org.jspecify.annotations.NullMarked;
