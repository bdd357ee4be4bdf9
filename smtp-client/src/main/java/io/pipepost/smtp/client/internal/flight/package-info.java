/** The mail transactions of one connection, in their order; RSET between them, how many there may be, and the proofs of what the server can do. */
@NullMarked
package io.pipepost.smtp.client.internal.flight;

import org.jspecify.annotations.NullMarked;
