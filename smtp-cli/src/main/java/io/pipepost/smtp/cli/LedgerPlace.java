/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The path of a file that is open. If the file is removed, renamed or replaced meanwhile, whoever opens the path next
 * knows nothing of what was written; so the two are compared again and again.
 */
final class LedgerPlace {
    private final Path path;
    private final @Nullable Object key;

    /** What has become of the file. */
    enum State {
        FINE(""),
        GONE("was removed or renamed"),
        REPLACED("was replaced by another file"),
        CUT("was cut short"),
        GROWN("was written to by another program");

        private final String words;

        State(String words) {
            this.words = words;
        }

        /** As a predicate, for people. */
        @Override
        public String toString() {
            return words;
        }
    }

    /** The place of a file that was opened just now. */
    LedgerPlace(Path path) throws IOException {
        this.path = path;
        this.key = attributes().fileKey();
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class);
    }

    /** Compares path and file, which should have so many octets. */
    State look(long size) {
        BasicFileAttributes now;
        try {
            now = attributes();
        } catch (IOException e) {
            return State.GONE;
        }
        if (key != null && !key.equals(now.fileKey())) {
            return State.REPLACED;
        }
        return now.size() == size ? State.FINE : now.size() < size ? State.CUT : State.GROWN;
    }

    /** Where what the file held is saved if its path is taken. */
    static Path rescued(Path path) {
        return path.resolveSibling(path.getFileName() + ".rescued");
    }

    /** Saves what the open file holds: at its path if nothing is there, else beside it. Returns where. */
    Path rescue(FileChannel file, long size) throws IOException {
        Path copy = rescued(path);
        try (FileChannel out = FileChannel.open(copy, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            long copied = 0;
            while (copied < size) {
                copied += file.transferTo(copied, size - copied, out);
            }
            out.force(true);
        }
        try {
            attributes();
            return copy;
        } catch (NoSuchFileException e) {
            return Files.move(copy, path);
        }
    }
}
