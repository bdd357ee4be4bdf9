/* SPDX-License-Identifier: Apache-2.0 */
/** Brings load on by the Vert.x mail client. */
@NullMarked
package io.pipepost.smtp.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
