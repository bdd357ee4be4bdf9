/** Permits to send, and who waits for one. */
@NullMarked
package io.pipepost.smtp.client.internal.throttle;

import org.jspecify.annotations.NullMarked;
