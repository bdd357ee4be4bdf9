/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import org.jspecify.annotations.Nullable;

/** What the reader of the input has come to. */
sealed interface BulkFinding {
    /** A message that is to be sent; it has its place in the window. */
    record ToSend(BulkAttempt attempt) implements BulkFinding {}

    /** A message of which nothing is to be sent, for what the ledger says. */
    record Left(LedgerIndex.State state) implements BulkFinding {}

    /** A message that may have arrived, as the program was killed meanwhile; this is now its result. */
    record InDoubt(LedgerResult result) implements BulkFinding {}

    /** Input that cannot be read. */
    record Broken(String reason) implements BulkFinding {}

    /** The window is full: nothing comes before something of what was found has its result. */
    record Full() implements BulkFinding {}

    /**
     * Nothing more comes.
     *
     * @param failure why, if this is not the end of the input
     */
    record End(@Nullable Throwable failure) implements BulkFinding {}
}
