/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read as it was when it was first looked at, any number of times, or else not to its end: whether it is the
 * same file, and was not changed, is seen before it is opened, when it is open, and before its end is told; then it must also
 * have the octets of the first reading. Thread-safe; all but {@link #open} blocks. What is thrown is a sentence that names the
 * file.
 */
public final class FileSource {
    /** No checksum of 32 bits. */
    private static final long UNKNOWN = -1;

    private final Path file;
    private final AtomicReference<@Nullable FileStamp> first = new AtomicReference<>();

    /** Of the first reading that came to the end. */
    private final AtomicLong firstSum = new AtomicLong(UNKNOWN);

    /**
     * Creates a source. Looks at nothing yet.
     *
     * @param file a regular file
     */
    public FileSource(Path file) {
        this.file = file;
    }

    /**
     * How large the file is.
     *
     * @return the number of octets
     * @throws IOException if it is not there, no regular file, or not what it was
     */
    public long size() throws IOException {
        return look().size();
    }

    /**
     * Begins a reading.
     *
     * @return the file's octets
     * @throws IOException if it cannot be opened, or is not what it was
     */
    public FileOctets read() throws IOException {
        FileStamp stamp = look();
        FileOctets octets = new FileOctets(this, open(), stamp.size());
        try {
            look();
        } catch (Throwable e) {
            octets.close();
            throw e;
        }
        return octets;
    }

    private FileChannel open() throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Begins a reading.
     *
     * @param blocking reads
     * @return the file's octets, for one subscriber
     */
    public Flow.Publisher<ByteBuffer> open(Executor blocking) {
        return new BlockPublisher(() -> BlockPublisher.blocksOf(read()), blocking);
    }

    /** Sees to it that the file is what it was. */
    FileStamp look() throws IOException {
        FileStamp found;
        try {
            found = FileStamp.of(file);
        } catch (IOException e) {
            throw failed(e);
        }
        FileStamp before = first.compareAndExchange(null, found);
        String change = before == null ? null : found.changeFrom(before);
        if (change != null) {
            throw changed(change);
        }
        return found;
    }

    /** Sees to it that all octets are what they were: times of file systems may be too coarse to tell, or not be kept. */
    void confirm(long sum) throws IOException {
        long before = firstSum.compareAndExchange(UNKNOWN, sum);
        if (before != UNKNOWN && before != sum) {
            throw changed("its octets are others than they were");
        }
    }

    private IOException changed(String how) {
        return new IOException("The file " + file + " has changed since it was looked at first: " + how);
    }

    IOException failed(IOException e) {
        return new IOException("Cannot read " + file + ": " + reason(e), e);
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException of ? of.getReason() : e.getMessage();
        return reason == null ? e.toString() : reason;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
