/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Measures an SMTP client from inside the process that it has for itself. {@link LoadProcess} is the program,
 * {@link LoadClient} is what a client has to bring.
 */
@NullMarked
package io.pipepost.smtp.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
