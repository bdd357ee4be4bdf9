/** From the connection to a session that takes mail: greeting, EHLO, TLS, AUTH. */
@NullMarked
package io.pipepost.smtp.client.internal.opening;

import org.jspecify.annotations.NullMarked;
