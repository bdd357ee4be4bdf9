/** Which session gets the next transaction; when sessions are opened, and retired. Thread-safe. */
@NullMarked
package io.pipepost.smtp.client.internal.pool;

import org.jspecify.annotations.NullMarked;
