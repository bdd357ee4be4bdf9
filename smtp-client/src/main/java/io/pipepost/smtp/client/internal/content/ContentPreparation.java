/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ContentFacts;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks through content before it is sent. Thread-safe; files are read on the executor only. */
public final class ContentPreparation {
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
     * @return a future of the prepared content, complete unless it is a {@link FileReading}; fails with
     *     {@link SmtpException} if the content may not be sent or read
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
        FileReading reading = new FileReading(file.path(), blocking, this::check);
        try {
            blocking.execute(reading);
        } catch (Throwable e) {
            reading.fail(new Failure(
                    FailureCause.OVERLOADED,
                    Phase.ARGUMENT,
                    "The executor for blocking work does not take the reading of " + file.path()
                            + ", perhaps since it is full or shut down: "
                            + Border.BLOCKING_EXECUTOR.textOf(e),
                    null,
                    e));
        }
        return reading;
    }

    private CompletableFuture<PreparedContent> completed(ContentFacts facts, PreparedContent prepared) {
        Failure broken = check(facts);
        return broken == null
                ? CompletableFuture.completedFuture(prepared)
                : CompletableFuture.failedFuture(SmtpException.of(broken, List.of()));
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
}
