/** Gives mail transactions to sessions, opens sessions as they are needed, and retires them. Thread-safe. */
@NullMarked
package io.pipepost.smtp.client.internal.pool;

import org.jspecify.annotations.NullMarked;
