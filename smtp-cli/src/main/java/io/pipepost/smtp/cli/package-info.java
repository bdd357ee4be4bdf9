/* SPDX-License-Identifier: Apache-2.0 */
/** The command-line program: a thin layer over the client's and the testing servers' public API. */
@NullMarked
package io.pipepost.smtp.cli;

import org.jspecify.annotations.NullMarked;
