/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.PieceSource;
import io.pipepost.smtp.protocol.Mailbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Messages of every kind, and what a reader must find in each. The same for the same seed. */
final class MailGenerator {
    private static final List<String> DOMAINS =
            List.of("d.test", "example.com", "bücher.example", "пример.example", "例え.example", "[192.0.2.1]");
    private static final List<String> LOCAL_PARTS =
            List.of("jo", "a.b", "x+tag", "O'Neil", "with space", "quo\"te", "back\\slash", ".dot.", "a@b", "=_=");

    private final Random random;
    private final Path directory;
    private final boolean forPython;
    private int files;

    MailGenerator(long seed, Path directory) {
        this(seed, directory, false);
    }

    /**
     * Creates a generator.
     *
     * @param forPython whether to leave out what Python's reader changes: spaces of any kind at the ends of names, and
     *     local-parts that need quotes for the sake of a dot
     */
    MailGenerator(long seed, Path directory, boolean forPython) {
        this.random = new Random(seed);
        this.directory = directory;
        this.forPython = forPython;
    }

    /** A message and its {@link Description}. */
    record Mail(MailMessage message, String description) {}

    Mail next() {
        MailMessage.Builder builder = MailMessage.builder();
        Description expected = new Description();
        String subject = Texts.random(random, 30);
        builder.subject(subject);
        expected.text("Subject", subject);
        addresses(builder, expected);
        body(builder, expected);
        return new Mail(builder.build(), expected.toString());
    }

    // ---- the header

    private void addresses(MailMessage.Builder builder, Description expected) {
        List<MailAddress> from = Stream.generate(this::address)
                .limit(random.nextInt(10) == 0 ? 2 : 1)
                .toList();
        builder.from(from.toArray(MailAddress[]::new));
        describe("From", from, expected);
        if (from.size() > 1 || random.nextInt(10) == 0) {
            MailAddress sender = address();
            builder.sender(sender);
            describe("Sender", List.of(sender), expected);
        }
        if (random.nextInt(5) == 0) {
            builder.replyTo(list("Reply-To", expected));
        }
        builder.to(list("To", expected));
        if (random.nextBoolean()) {
            builder.cc(list("Cc", expected));
        }
        builder.bcc(MailAddress.of("secret" + random.nextInt(1000) + "@hidden.test"));
    }

    private String tame(String name) {
        return forPython ? name.replaceAll("[ \u00a0\u0085\u2028]+", " ").strip() : name;
    }

    private AddressEntry[] list(String field, Description expected) {
        List<AddressEntry> entries = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            if (random.nextInt(8) == 0) {
                List<MailAddress> members = Stream.generate(this::address)
                        .limit(1 + random.nextInt(3))
                        .toList();
                entries.add(new AddressGroup("Group " + random.nextInt(100), members));
            } else {
                entries.add(address());
            }
        }
        entries.forEach(entry -> describe(field, entry.addresses(), expected));
        return entries.toArray(AddressEntry[]::new);
    }

    private static void describe(String field, List<MailAddress> addresses, Description expected) {
        for (MailAddress address : addresses) {
            expected.address(field, address.name(), address.mailbox().toString());
        }
    }

    private MailAddress address() {
        String name = random.nextInt(4) == 0 ? null : tame(Texts.random(random, 10));
        String localPart = LOCAL_PARTS.get(random.nextInt(random.nextInt(3) == 0 ? LOCAL_PARTS.size() : 4));
        localPart = forPython ? localPart.replace(".dot.", "dot") : localPart;
        return new MailAddress(name, Mailbox.of(localPart, DOMAINS.get(random.nextInt(DOMAINS.size()))));
    }

    // ---- the body

    private void body(MailMessage.Builder builder, Description expected) {
        List<Description.Part> texts = new ArrayList<>();
        List<Description.Part> inline = new ArrayList<>();
        List<Description.Part> attached = new ArrayList<>();
        int kind = random.nextInt(6);
        if (kind != 1 && kind != 5) {
            String text = MimeText.random(random, random.nextInt(60));
            builder.text(text);
            texts.add(text("text/plain", text));
        }
        if (kind == 1 || kind == 2 || kind == 3) {
            String html = "<p>" + MimeText.random(random, random.nextInt(60)) + "</p>";
            builder.html(html);
            texts.add(text("text/html", html));
            for (int i = random.nextInt(3); i > 0; i--) {
                builder.inline(attachment("inline", "part" + i + "@d.test", inline));
            }
        }
        if (kind == 3 || kind == 4) {
            String calendar =
                    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nSUMMARY:" + Texts.random(random, 5) + "\nEND:VCALENDAR\n";
            builder.calendar(calendar);
            texts.add(text("text/calendar", calendar));
        }
        for (int i = kind == 5 ? 1 : random.nextInt(4) - 1; i > 0; i--) {
            builder.attach(attachment("attachment", null, attached));
        }
        describe(texts, inline, attached, expected);
    }

    private static void describe(
            List<Description.Part> texts,
            List<Description.Part> inline,
            List<Description.Part> attached,
            Description expected) {
        int depth = 0;
        if (!attached.isEmpty()) {
            expected.multipart(depth++, "multipart/mixed");
        }
        if (!inline.isEmpty()) {
            expected.multipart(depth++, "multipart/related");
        }
        boolean alternative = texts.size() > 1;
        if (alternative) {
            expected.multipart(depth++, "multipart/alternative");
        }
        int textDepth = depth;
        boolean alone = depth == 0;
        texts.forEach(part -> expected.part(textDepth, alone ? withLineEnd(part) : part));
        int inlineDepth = textDepth - (alternative ? 1 : 0);
        inline.forEach(part -> expected.part(inlineDepth, part));
        attached.forEach(part -> expected.part(1, part));
    }

    /** A message ends with a line end, which belongs to its body unless that is base64. */
    private static Description.Part withLineEnd(Description.Part part) {
        byte[] octets = part.octets();
        int length = octets.length;
        boolean ends = length == 0 || (length > 1 && octets[length - 2] == '\r' && octets[length - 1] == '\n');
        if (ends || TransferEncoding.of(octets) == TransferEncoding.BASE64) {
            return part;
        }
        byte[] longer = Arrays.copyOf(octets, length + 2);
        longer[length] = '\r';
        longer[length + 1] = '\n';
        return new Description.Part(part.type(), longer, null, null, null);
    }

    private static Description.Part text(String type, String text) {
        return new Description.Part(type, CanonicalText.octets("text", text), null, null, null);
    }

    private Attachment attachment(String disposition, @Nullable String id, List<Description.Part> expected) {
        String name = fileName();
        byte[] octets = new byte[random.nextInt(3) == 0 ? random.nextInt(60) : random.nextInt(5000)];
        random.nextBytes(octets);
        String type = random.nextBoolean() ? "image/png" : "application/x-test; p=\"a b\"";
        Attachment made = attachment(name, octets).withMediaType(type);
        expected.add(new Description.Part(
                type.split(";", -1)[0].toLowerCase(Locale.ROOT),
                octets,
                name,
                id == null ? null : '<' + id + '>',
                disposition));
        return id == null ? made : made.withContentId(id);
    }

    /** Mime4j takes two apostrophes anywhere in a name for those of RFC 2231, and Python one at its beginning. */
    private String fileName() {
        String name = Texts.fileName(random);
        boolean few = !forPython && name.indexOf('\'') == name.lastIndexOf('\'');
        return tame(few ? name : name.replace("'", ""));
    }

    private Attachment attachment(String name, byte[] octets) {
        return switch (random.nextInt(5)) {
            case 0 -> Attachment.ofFile(file(octets)).withFileName(name);
            case 1 -> Attachment.ofPublisher(name, () -> publisher(octets));
            case 2 -> Attachment.ofPublisher(name, () -> publisher(octets), octets.length);
            default -> Attachment.of(name, octets);
        };
    }

    private Path file(byte[] octets) {
        try {
            return Files.write(directory.resolve("file" + files++), octets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In pieces of a size that divides nothing. */
    static Flow.Publisher<ByteBuffer> publisher(byte[] octets) {
        return PieceSource.split(octets, 101);
    }
}
