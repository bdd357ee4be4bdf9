/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A directory of {@code X.eml}, each with its envelope in {@code X.json}; X is the id. In the order of the directory. */
final class DirectoryInput implements BulkInput {
    private static final String SUFFIX = ".eml";

    /** Some hundred thousand recipients. */
    private static final int MAX_ENVELOPE = 16 << 20;

    private final long total;
    private final DirectoryStream<Path> stream;
    private final Iterator<Path> files;
    private final AtomicLong read = new AtomicLong();

    DirectoryInput(Path directory) throws IOException {
        total = count(directory);
        stream = open(directory);
        files = stream.iterator();
    }

    @SuppressWarnings("StreamResourceLeak") // the callers close it
    private static DirectoryStream<Path> open(Path directory) throws IOException {
        return Files.newDirectoryStream(directory, file -> name(file).endsWith(SUFFIX));
    }

    private static long count(Path directory) throws IOException {
        try (DirectoryStream<Path> all = open(directory)) {
            long count = 0;
            for (Path ignored : all) {
                count++;
            }
            return count;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    @Override
    public @Nullable Entry next() throws IOException, BrokenInputException {
        try {
            if (!files.hasNext()) {
                return null;
            }
            read.incrementAndGet();
            FileEntry entry = new FileEntry(files.next());
            if (!ArgumentCharset.isText(entry.file)) {
                throw new BrokenInputException(
                        entry.place(), "the name of the file is no text in " + ArgumentCharset.name());
            }
            return entry;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    @Override
    public double fraction() {
        return total == 0 ? 1 : Math.min(1, (double) read.get() / total);
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }

    private record FileEntry(Path file) implements Entry {
        @Override
        public String id() {
            String name = name(file);
            return name.substring(0, name.length() - SUFFIX.length());
        }

        @Override
        public String place() {
            return Text.printable(file.toString());
        }

        @Override
        public BulkEnvelope envelope() throws BrokenInputException {
            Path envelope = file.resolveSibling(id() + ".json");
            try {
                return BulkEnvelope.of(
                        envelope.toString(), JsonReader.object(InputFiles.readAll(envelope, MAX_ENVELOPE)));
            } catch (IOException e) {
                throw new BrokenInputException(place(), "cannot read the envelope " + envelope + ": " + Text.reason(e));
            }
        }

        @Override
        public Content content() throws BrokenInputException {
            return BulkEnvelope.content(place(), file);
        }
    }
}
