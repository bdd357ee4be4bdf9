/* SPDX-License-Identifier: Apache-2.0 */
/** Brings load on by NioSmtpClient. */
@NullMarked
package io.pipepost.smtp.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
