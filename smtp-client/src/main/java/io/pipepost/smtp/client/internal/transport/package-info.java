/** Opens connections: event loops, name resolution, TLS, and the pipeline of handlers. */
@NullMarked
package io.pipepost.smtp.client.internal.transport;

import org.jspecify.annotations.NullMarked;
