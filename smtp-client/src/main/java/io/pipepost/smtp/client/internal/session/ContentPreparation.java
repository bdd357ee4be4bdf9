/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks through content before it is sent. Thread-safe; files are read on the executor only. */
public final class ContentPreparation {
    /** Files up to this size are read into memory at once. */
    private static final int SMALL_FILE = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.content");

    /** Of a Bcc field; once, since there is no saying how often it comes. */
    private final AtomicBoolean hasWarned = new AtomicBoolean();

    private final ContentOptions options;
    private final Executor blocking;

    /**
     * Creates a preparation.
     *
     * @param options what content may look like
     * @param blocking runs reads of files
     */
    public ContentPreparation(ContentOptions options, Executor blocking) {
        this.options = options;
        this.blocking = blocking;
    }

    /**
     * The short way for content that can be sent as it is.
     *
     * @param content the content
     * @return the prepared content; null if {@link #prepare} is needed to read it, or to say what is wrong with it
     */
    public @Nullable PreparedContent ready(Content content) {
        return content instanceof Content.Bytes bytes && check(bytes.facts()) == null
                ? PreparedContent.ofBytes(bytes)
                : null;
    }

    /**
     * Prepares content.
     *
     * @param content the content
     * @return a future of the prepared content; fails with {@link SmtpException} if the content may not be sent or read
     */
    public CompletableFuture<PreparedContent> prepare(Content content) {
        if (content instanceof Content.Bytes bytes) {
            return completed(bytes.facts(), PreparedContent.ofBytes(bytes));
        }
        if (content instanceof Content.File file) {
            return readOnExecutor(file);
        }
        return prepareStream((Content.Published) content);
    }

    private CompletableFuture<PreparedContent> prepareStream(Content.Published content) {
        ContentFacts facts = content.facts();
        if (facts == null) {
            return CompletableFuture.completedFuture(PreparedContent.ofUnknownStream(
                    opening(content), content.size().orElse(-1)));
        }
        return completed(facts, PreparedContent.ofKnownStream(opening(content), facts));
    }

    private Supplier<Flow.Publisher<ByteBuffer>> opening(Content content) {
        return () -> content.open(blocking);
    }

    private CompletableFuture<PreparedContent> readOnExecutor(Content.File file) {
        try {
            return CompletableFuture.supplyAsync(() -> readFile(file), blocking);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(SmtpException.of(
                    new Failure(
                            FailureCause.CLIENT_CLOSED,
                            Phase.ARGUMENT,
                            "The executor for blocking work takes no more: the client is closed",
                            null,
                            e),
                    List.of()));
        }
    }

    private CompletableFuture<PreparedContent> completed(ContentFacts facts, PreparedContent prepared) {
        Failure broken = check(facts);
        return broken == null
                ? CompletableFuture.completedFuture(prepared)
                : CompletableFuture.failedFuture(SmtpException.of(broken, List.of()));
    }

    private PreparedContent readFile(Content.File content) {
        Path file = content.path();
        try {
            if (Files.size(file) <= SMALL_FILE) {
                Content.Bytes bytes = (Content.Bytes) Content.of(Files.readAllBytes(file));
                requireSound(bytes.facts());
                return PreparedContent.ofBytes(bytes);
            }
            ContentFacts facts = scan(file);
            requireSound(facts);
            return PreparedContent.ofKnownStream(opening(content), facts);
        } catch (IOException e) {
            String what = e instanceof NoSuchFileException ? "no such file" : String.valueOf(e.getMessage());
            throw failed(new Failure(
                    FailureCause.CONTENT_FAILED,
                    Phase.ARGUMENT,
                    "Cannot read content from " + file + ": " + what,
                    null,
                    e));
        }
    }

    private static ContentFacts scan(Path file) throws IOException {
        ContentScanner scanner = new ContentScanner();
        byte[] block = new byte[SMALL_FILE];
        try (InputStream in = Files.newInputStream(file)) {
            int n;
            while ((n = in.read(block)) >= 0) {
                scanner.scan(block, 0, n);
            }
        }
        return scanner.facts();
    }

    private void requireSound(ContentFacts facts) {
        Failure broken = check(facts);
        if (broken != null) {
            throw failed(broken);
        }
    }

    private @Nullable Failure check(ContentFacts facts) {
        Failure broken =
                facts.octets() == 0 ? ContentRules.empty() : ContentRules.broken(facts, options, Phase.ARGUMENT);
        if (broken == null && facts.hasBcc() && hasWarned.compareAndSet(false, true)) {
            LOG.warn(
                    "Content has a Bcc field, which every recipient sees; it is sent as it is, and so are others like it");
        }
        return broken;
    }

    private static CompletionException failed(Failure failure) {
        return new CompletionException(SmtpException.of(failure, List.of()));
    }
}
