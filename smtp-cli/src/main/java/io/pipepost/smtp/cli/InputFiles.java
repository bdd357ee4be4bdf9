/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What files must be before they are opened: a FIFO without a writer, for one, would never let go. */
final class InputFiles {
    private InputFiles() {}

    /** Says why what is there cannot be read as a file from its start to its end; {@link Text#reason} has the words. */
    static void requireRegular(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new IOException("it is a directory");
        }
        if (!attributes.isRegularFile()) {
            throw new IOException("it is not a regular file");
        }
    }

    /** Opens a regular file. */
    static InputStream open(Path file) throws IOException {
        requireRegular(file);
        return Files.newInputStream(file);
    }

    /** All of a small regular file; what is larger is none. */
    static byte[] readAll(Path file, int atMost) throws IOException {
        try (InputStream in = open(file)) {
            byte[] octets = in.readNBytes(atMost + 1);
            if (octets.length > atMost) {
                throw new IOException("it is larger than " + atMost + " octets");
            }
            return octets;
        }
    }
}
