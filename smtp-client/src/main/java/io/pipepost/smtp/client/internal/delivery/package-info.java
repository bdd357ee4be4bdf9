/** One call of send: preparation, signing, splitting, the caller's future; and flows of them. */
@NullMarked
package io.pipepost.smtp.client.internal.delivery;

import org.jspecify.annotations.NullMarked;
