/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Messages to send, read one after the other. */
interface BulkInput extends Closeable {
    static BulkInput open(Path input) throws IOException {
        return Files.isDirectory(input) ? new DirectoryInput(input) : new JsonLinesInput(input);
    }

    /**
     * The next message; null at the end.
     *
     * @throws BrokenInputException if it cannot be told which message it is; there may be more behind it
     * @throws IOException if nothing more can be read
     */
    @Nullable
    Entry next() throws IOException, BrokenInputException;

    /** How much has been read, from 0 to 1; not a number if nobody knows how much there is. */
    double fraction();

    /** A message of which so far only the name is known, since most of a second run's need not be looked at. */
    interface Entry {
        String id();

        /** Where it is, for people. */
        String place();

        /** Reads the envelope. */
        BulkEnvelope envelope() throws BrokenInputException;

        /** Reads the content, if it is small, or names its file. */
        Content content() throws BrokenInputException;
    }
}
