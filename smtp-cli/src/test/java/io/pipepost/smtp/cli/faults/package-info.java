/* SPDX-License-Identifier: Apache-2.0 */
/** What the client says of messages, compared with what servers hold, while connections break. */
@NullMarked
package io.pipepost.smtp.cli.faults;

import org.jspecify.annotations.NullMarked;
