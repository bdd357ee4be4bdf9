/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.internal.FileOctets;
import io.pipepost.smtp.mail.internal.FileSource;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file that is looked through before it is sent; if it is small, it is kept. Runs on an executor, which may never come to
 * it. Whoever completes this first decides; the reading then ends behind its next block.
 */
public final class FileReading extends CompletableFuture<PreparedContent> implements Runnable {
    /** Up to this size files are read into memory at once. */
    private static final int SMALL = 64 * 1024;

    private final Path file;
    private final Executor blocking;
    private final Function<ContentFacts, @Nullable Failure> check;

    /** Written by the reader, read by whoever tells why it was given up. */
    private volatile boolean begun;

    FileReading(Path file, Executor blocking, Function<ContentFacts, @Nullable Failure> check) {
        this.file = file;
        this.blocking = blocking;
        this.check = check;
    }

    @Override
    public void run() {
        begun = true;
        try {
            if (!isDone()) {
                complete(read());
            }
        } catch (IOException e) {
            fail(new Failure(FailureCause.CONTENT_FAILED, Phase.ARGUMENT, String.valueOf(e.getMessage()), null, e));
        } catch (Throwable e) {
            completeExceptionally(e);
        }
    }

    void fail(Failure reason) {
        completeExceptionally(SmtpException.of(reason, List.of()));
    }

    private PreparedContent read() throws IOException {
        FileSource source = new FileSource(file);
        long size = source.size();
        return size <= SMALL ? keep(source, (int) size) : lookThrough(source);
    }

    private PreparedContent keep(FileSource source, int size) throws IOException {
        // One more, since the end is known only behind it.
        ByteBuffer octets = ByteBuffer.allocate(size + 1);
        try (FileOctets in = source.read()) {
            while (in.read(octets)) {
                requireWanted();
            }
        }
        Content.Bytes kept = (Content.Bytes) Content.of(octets.flip());
        requireSound(kept.facts());
        return PreparedContent.ofBytes(kept);
    }

    private PreparedContent lookThrough(FileSource source) throws IOException {
        ContentScanner scanner = new ContentScanner();
        ByteBuffer block = ByteBuffer.allocate(SMALL);
        try (FileOctets in = source.read()) {
            while (in.read(block)) {
                requireWanted();
                scanner.scan(block.flip());
                block.clear();
            }
        }
        ContentFacts facts = scanner.facts();
        requireSound(facts);
        return PreparedContent.ofKnownStream(() -> source.open(blocking), facts);
    }

    private void requireWanted() throws IOException {
        if (isDone()) {
            throw new IOException(file + " need not be read any more");
        }
    }

    private void requireSound(ContentFacts facts) {
        Failure broken = check.apply(facts);
        if (broken != null) {
            throw SmtpException.of(broken, List.of());
        }
    }

    /**
     * How far it is.
     *
     * @return a sentence that names the file
     */
    public String progress() {
        return begun
                ? "Reading " + file + " has not ended"
                : "The executor for blocking work has not begun to read " + file;
    }
}
