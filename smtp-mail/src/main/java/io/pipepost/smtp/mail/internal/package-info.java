/* SPDX-License-Identifier: Apache-2.0 */
/** Reads content piece by piece, as it is asked for. Exported to the client only. */
@NullMarked
package io.pipepost.smtp.mail.internal;

import org.jspecify.annotations.NullMarked;
