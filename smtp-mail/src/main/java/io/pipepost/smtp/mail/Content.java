/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.mail.internal.BlockPublisher;
import io.pipepost.smtp.mail.internal.FileSource;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The content of a message: header and body, complete, as RFC 5322 describes them. Replayable: it can be read any number
 * of times, also by several sessions at once.
 *
 * <p>Line ends, line length, octets beyond ASCII and NUL are checked before MAIL where the whole content can be looked
 * at beforehand (bytes and files), and while streaming otherwise. Nothing is changed but line ends (RFC 5321 section
 * 2.3.8): DATA's dots are added and removed in transit.
 */
public abstract sealed class Content {
    private Content() {}

    /**
     * Content in memory.
     *
     * @param octets header and body; not copied, so it must not be changed until the message is settled
     * @return the content
     */
    public static Content of(byte[] octets) {
        return new Bytes(ByteBuffer.wrap(octets));
    }

    /**
     * Content in memory, on the heap or outside of it. What is outside, as in a direct buffer or a mapped file, goes to the
     * socket without a copy, which is most of what large content costs otherwise. A mapped file should be in the page
     * cache: reading it from a disk would hold up an event loop, and {@link #ofFile} does not.
     *
     * @param octets header and body, from its position to its limit; not copied, so what it holds must not be changed
     *     until the message is settled, whereas its position and limit may
     * @return the content
     */
    public static Content of(ByteBuffer octets) {
        return new Bytes(octets.slice());
    }

    /**
     * Content in memory, in UTF-8.
     *
     * @param text header and body
     * @return the content
     * @throws SmtpSyntaxException if the text holds half a surrogate pair
     */
    public static Content of(String text) {
        try {
            ByteBuffer octets = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] copy = new byte[octets.remaining()];
            octets.get(copy);
            return of(copy);
        } catch (CharacterCodingException e) {
            throw new SmtpSyntaxException("Content must be valid Unicode, found half a surrogate pair", -1);
        }
    }

    /**
     * Content in a file. It is read on the client's executor for blocking work: once before sending, to check it and to
     * know its size, and again while it is sent. If the file is changed or replaced in between, the message fails and is
     * not delivered.
     *
     * @param file a readable file of the regular kind: no pipe and no device, which might never end
     * @return the content
     */
    public static Content ofFile(Path file) {
        return new File(file, null);
    }

    /**
     * Content from a publisher, of unknown size.
     *
     * @param source makes a new publisher of the whole content each time; see {@link #ofPublisher(Supplier, long)}
     * @return the content
     */
    public static Content ofPublisher(Supplier<? extends Flow.Publisher<ByteBuffer>> source) {
        return new Published(blocking -> source.get(), -1, null);
    }

    /**
     * Content from a publisher. It is asked for one buffer at a time, and only while the connection takes more; it may
     * signal from any thread. If it fails, or does not keep to its size, the message is given up and never looks
     * complete to the server.
     *
     * @param source makes a new publisher of the whole content each time; called on the session's event loop, so it must
     *     not block
     * @param size the number of octets that it publishes
     * @return the content
     */
    public static Content ofPublisher(Supplier<? extends Flow.Publisher<ByteBuffer>> source, long size) {
        if (size < 0) {
            throw new IllegalArgumentException("Size must not be negative, found " + size);
        }
        return new Published(blocking -> source.get(), size, null);
    }

    /**
     * Content from a publisher that may block, and of which everything is known beforehand. It is sent as a file is: by
     * BDAT where the server takes that and PIPELINING, and without asking for extensions that it does not need. If what is published does
     * not match what is known, the message is given up and not delivered.
     *
     * @param source makes a new publisher of the whole content each time, given an executor for what blocks; called on the
     *     session's event loop, so it must not block itself
     * @param facts what a {@link ContentScanner} finds in the octets that it publishes
     * @return the content
     */
    public static Content ofPublisher(
            Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> source, ContentFacts facts) {
        return new Published(source, facts.octets(), facts);
    }

    /**
     * Content of unknown size from a publisher that may block.
     *
     * @param source makes a new publisher of the whole content each time, given an executor for what blocks; called on the
     *     session's event loop, so it must not block itself
     * @return the content
     */
    public static Content ofPublisher(Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> source) {
        return new Published(source, -1, null);
    }

    /**
     * This content for one message: a file must be each time it is read what it was the first time, or the reading fails.
     * Signers are given such content, so that nothing is sent but what they have signed.
     *
     * @return the same content, or content of the same file
     */
    public Content pinned() {
        return this;
    }

    /**
     * The number of octets, as far as it is known without reading.
     *
     * @return the size, before any change of line ends; empty if unknown
     */
    public abstract OptionalLong size();

    /**
     * Starts a reading.
     *
     * @param blocking reads what cannot be read without blocking, such as files
     * @return a publisher of the whole content for one subscriber, which may signal from any thread
     */
    public abstract Flow.Publisher<ByteBuffer> open(Executor blocking);

    /** Content in memory. */
    public static final class Bytes extends Content {
        private final ByteBuffer octets;

        /** Written by whichever thread asks first; any thread computes the same immutable value. */
        private @Nullable ContentFacts facts;

        private Bytes(ByteBuffer octets) {
            this.octets = octets;
        }

        /**
         * The octets.
         *
         * @return a view of them, not a copy, with a position of its own; they must not be changed
         */
        public ByteBuffer octets() {
            return octets.duplicate();
        }

        /**
         * Some of the octets.
         *
         * @param offset where they begin
         * @param length how many there are
         * @return a view of them, not a copy; they must not be changed
         * @throws IndexOutOfBoundsException if there are not as many
         */
        public ByteBuffer slice(int offset, int length) {
            return octets.slice(offset, length);
        }

        /**
         * What a look through the octets finds; computed once.
         *
         * @return the facts
         */
        public ContentFacts facts() {
            ContentFacts known = facts;
            if (known == null) {
                ContentScanner scanner = new ContentScanner();
                scanner.scan(octets);
                known = scanner.facts();
                facts = known;
            }
            return known;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(octets.remaining());
        }

        @Override
        public Flow.Publisher<ByteBuffer> open(Executor blocking) {
            return BlockPublisher.ofBytes(octets);
        }
    }

    /** Content in a file. */
    public static final class File extends Content {
        private final Path path;

        /** Null for what may be another file each time. */
        private final @Nullable FileSource source;

        private File(Path path, @Nullable FileSource source) {
            this.path = path;
            this.source = source;
        }

        /**
         * Where the content is.
         *
         * @return the file
         */
        public Path path() {
            return path;
        }

        @Override
        public Content pinned() {
            return source == null ? new File(path, new FileSource(path)) : this;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.empty();
        }

        @Override
        public Flow.Publisher<ByteBuffer> open(Executor blocking) {
            return (source == null ? new FileSource(path) : source).open(blocking);
        }
    }

    /** Content from a publisher. */
    public static final class Published extends Content {
        private final Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> source;
        private final long size;
        private final @Nullable ContentFacts facts;

        private Published(
                Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> source,
                long size,
                @Nullable ContentFacts facts) {
            this.source = source;
            this.size = size;
            this.facts = facts;
        }

        /**
         * What is known about the content.
         *
         * @return the facts, or null if nothing is known but perhaps the size
         */
        public @Nullable ContentFacts facts() {
            return facts;
        }

        @Override
        public Flow.Publisher<ByteBuffer> open(Executor blocking) {
            return source.apply(blocking);
        }

        @Override
        public OptionalLong size() {
            return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
        }
    }
}
