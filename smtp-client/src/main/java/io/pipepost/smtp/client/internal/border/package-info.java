/** The line between the client and what is not its own: callbacks, threads, texts. All that lies behind it may throw, lie, stall or never answer. */
@NullMarked
package io.pipepost.smtp.client.internal.border;

import org.jspecify.annotations.NullMarked;
