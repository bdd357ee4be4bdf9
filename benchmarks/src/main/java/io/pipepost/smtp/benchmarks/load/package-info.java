/* SPDX-License-Identifier: Apache-2.0 */
/** The processes of the load comparison that need Pipepost or the Netty that it is built on. */
@NullMarked
package io.pipepost.smtp.benchmarks.load;

import org.jspecify.annotations.NullMarked;
