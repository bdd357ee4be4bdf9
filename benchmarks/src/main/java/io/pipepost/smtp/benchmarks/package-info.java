/* SPDX-License-Identifier: Apache-2.0 */
/** JMH micro-benchmarks. */
@NullMarked
package io.pipepost.smtp.benchmarks;

import org.jspecify.annotations.NullMarked;
