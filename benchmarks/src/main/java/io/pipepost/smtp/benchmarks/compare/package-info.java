/* SPDX-License-Identifier: Apache-2.0 */
/** Runs the load comparison, each client and each server as a process of its own, and writes the report. */
@NullMarked
package io.pipepost.smtp.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
