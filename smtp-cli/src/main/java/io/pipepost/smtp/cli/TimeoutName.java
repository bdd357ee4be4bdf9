/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Phase;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --timeout} limits.
 *
 * @param phase a step of the dialogue; null for a message from being handed in to its outcome
 */
record TimeoutName(@Nullable Phase phase) {
    static final TimeoutName TOTAL = new TimeoutName(null);
}
