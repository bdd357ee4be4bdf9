/** Commands and replies on one connection: their order, who owns which reply, and how long it may take. Knows nothing of mail. */
@NullMarked
package io.pipepost.smtp.client.internal.dialogue;

import org.jspecify.annotations.NullMarked;
