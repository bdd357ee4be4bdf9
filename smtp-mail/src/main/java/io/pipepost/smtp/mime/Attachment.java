/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.internal.FileSource;
import io.pipepost.smtp.protocol.ContentScanner;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file that goes along with a message, attached or shown inline: its octets, the name it is offered under, and what it
 * is. Immutable. Octets in files and publishers are read while the message is sent, a buffer at a time, and again each
 * time it is sent; they become base64.
 */
public final class Attachment {
    private final Source source;
    private final String fileName;
    private final @Nullable MediaType type;
    private final @Nullable String contentId;

    private Attachment(Source source, String fileName, @Nullable MediaType type, @Nullable String contentId) {
        this.source = source;
        this.fileName = fileName;
        this.type = type;
        this.contentId = contentId;
    }

    /** Where octets come from. Asked when the message is built. */
    private interface Source {
        Body body(String name);

        /** The octets, if they can be looked at beforehand. */
        default byte @Nullable [] octets() {
            return null;
        }
    }

    private static Attachment of(String fileName, Source source) {
        return new Attachment(source, FileName.require(fileName), null, null);
    }

    /**
     * Octets in memory.
     *
     * @param fileName the name, in any script, without a path
     * @param octets the file; not copied, so it must not be changed until the message is sent
     * @return the attachment
     * @throws SmtpSyntaxException if the name holds a path, controls or marks that change the direction of text
     */
    public static Attachment of(String fileName, byte[] octets) {
        Objects.requireNonNull(octets, "octets");
        return of(fileName, new Source() {
            @Override
            public Body body(String name) {
                return new Body.Plain(octets);
            }

            @Override
            public byte[] octets() {
                return octets;
            }
        });
    }

    /**
     * A file, under its own name. Its size is asked for when the message is built; if it is changed or replaced between
     * then and the end of its reading, the message fails and is not delivered.
     *
     * @param file a readable file of the regular kind: no pipe and no device
     * @return the attachment
     * @throws SmtpSyntaxException if the name cannot be offered; see {@link #withFileName}
     */
    public static Attachment ofFile(Path file) {
        Path name = file.getFileName();
        return of(name == null ? "" : name.toString(), ignored -> fileBody(file));
    }

    private static Body fileBody(Path file) {
        FileSource source = new FileSource(file);
        try {
            return new Body.Streamed(file.toString(), source::open, source.size());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot attach the file: " + e.getMessage(), e);
        }
    }

    /**
     * Octets from a publisher, as many as it has. The message's size is then not known before it is sent: servers cannot
     * refuse it early, and get it by DATA.
     *
     * @param fileName the name, in any script, without a path
     * @param octets makes a new publisher of the whole file for each reading; must not block, see
     *     {@link Content#ofPublisher(Supplier, long)}
     * @return the attachment
     * @throws SmtpSyntaxException if the name cannot be offered
     */
    public static Attachment ofPublisher(String fileName, Supplier<? extends Flow.Publisher<ByteBuffer>> octets) {
        Objects.requireNonNull(octets, "octets");
        return of(fileName, name -> new Body.Streamed(name, blocking -> octets.get(), -1));
    }

    /**
     * Octets from a publisher, of known size.
     *
     * @param fileName the name, in any script, without a path
     * @param octets makes a new publisher of the whole file for each reading; must not block
     * @param size how many octets; if there are more or less, the message fails and is not delivered
     * @return the attachment
     * @throws SmtpSyntaxException if the name cannot be offered
     */
    public static Attachment ofPublisher(
            String fileName, Supplier<? extends Flow.Publisher<ByteBuffer>> octets, long size) {
        Objects.requireNonNull(octets, "octets");
        if (size < 0) {
            throw new IllegalArgumentException("Size must not be negative, found " + size);
        }
        return of(fileName, name -> new Body.Streamed(name, blocking -> octets.get(), size));
    }

    /**
     * Sets the name.
     *
     * @param name the name, in any script, without a path
     * @return a changed copy
     * @throws SmtpSyntaxException if the name holds a path, controls or marks that change the direction of text
     */
    public Attachment withFileName(String name) {
        return new Attachment(source, FileName.require(name), type, contentId);
    }

    /**
     * Sets the media type. Without, the suffix of the file name decides, and {@code application/octet-stream} is for
     * those that mean nothing here.
     *
     * <p>A {@code message/rfc822} is sent as it is but for its line ends, so its octets must be in memory; if it is more
     * than ASCII it becomes a {@code message/global} (RFC 6532 section 3.7).
     *
     * @param mediaType such as {@code application/pdf} or {@code text/csv; charset=utf-8}; not {@code multipart}
     * @return a changed copy
     * @throws SmtpSyntaxException with the position of the fault
     */
    public Attachment withMediaType(String mediaType) {
        MediaType parsed = MediaType.parse(mediaType);
        parsed.field();
        if (parsed.name().startsWith("multipart/")) {
            throw new SmtpSyntaxException("media type: an attachment cannot be a multipart", 0);
        }
        return new Attachment(source, fileName, parsed, contentId);
    }

    /**
     * Sets what other parts refer to this one by: {@code cid:logo@example.com} in HTML.
     *
     * @param id such as {@code logo@example.com} (RFC 2392); readers take {@code logo} as well
     * @return a changed copy
     * @throws SmtpSyntaxException with the position of the fault
     */
    public Attachment withContentId(String id) {
        return new Attachment(source, fileName, type, MessageId.requireContentId(id));
    }

    @Nullable
    String contentId() {
        return contentId;
    }

    /**
     * Makes the part.
     *
     * @param disposition {@code attachment} or {@code inline}
     */
    Entity entity(String disposition) {
        List<HeaderField> others = new ArrayList<>();
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("filename", fileName);
        others.add(HeaderField.parameterised("Content-Disposition", disposition, parameters));
        String id = contentId;
        if (id != null) {
            others.add(HeaderField.ids("Content-ID", List.of(id)));
        }
        MediaType known = type == null ? MediaTypes.ofFileName(fileName) : type;
        Entity.Leaf leaf =
                known.isMessage() ? message(known, others) : new Entity.Leaf(known, others, source.body(fileName));
        // The name stands here too, for readers that know nothing of Content-Disposition.
        return new Entity.Leaf(leaf.type().with("name", fileName), others, leaf.body());
    }

    /** RFC 2046 section 5.2.1, RFC 6532 section 3.7: only a message/global may be encoded. */
    private Entity.Leaf message(MediaType known, List<HeaderField> others) {
        if (known.name().equals("message/global")) {
            return new Entity.Leaf(known, others, source.body(fileName));
        }
        byte[] octets = source.octets();
        if (octets == null) {
            throw new SmtpSyntaxException(known.name() + " needs its octets in memory; message/global does not", -1);
        }
        byte[] lines = CanonicalText.withCrlf(octets);
        if (TransferEncoding.isSevenBit(ContentScanner.factsOf(lines))) {
            return new Entity.Leaf(known, others, new Body.Ready(TransferEncoding.SEVEN_BIT, lines));
        }
        if (!known.name().equals("message/rfc822")) {
            throw new SmtpSyntaxException(known.name() + " must be ASCII in lines of at most 998 octets", -1);
        }
        MediaType global = new MediaType("message/global", known.parameters());
        return new Entity.Leaf(global, others, new Body.Plain(lines));
    }
}
