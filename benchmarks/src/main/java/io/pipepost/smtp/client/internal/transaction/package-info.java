/* SPDX-License-Identifier: Apache-2.0 */
/** Micro-benchmarks of what is private to this package. */
@NullMarked
package io.pipepost.smtp.client.internal.transaction;

import org.jspecify.annotations.NullMarked;
