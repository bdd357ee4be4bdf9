/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes letters of all kinds. Everything about a letter follows from the seed and its number, its envelope and its
 * content name that number, and servers are told by the local parts what to refuse: {@code refused-} and {@code later-}
 * at RCPT, as {@code servers/README.md} has it, the others by {@link Refusals}.
 */
final class LetterWriter {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final int TILE = 1 << 20;
    private static final byte[] LINES = lines();

    private final long seed;
    private final Path folder;
    private final String origin;
    private final String domain;
    private final Manners manners;
    private final Executor elsewhere;

    /**
     * What letters may be like.
     *
     * @param maxRecipients the most recipients
     * @param maxOctets about the largest content
     * @param wild whether there may be content without a header or octets, lone CR and LF, and senders to be refused
     * @param broken whether there may be sources of content that throw, fall silent or break rules
     */
    record Manners(int maxRecipients, int maxOctets, boolean wild, boolean broken) {}

    private enum Kind {
        BYTES,
        FILE,
        SIZED,
        UNSIZED,
        COMPOSED,
        ATTACHED_FILE,
        ATTACHED_PIECES,
        FAILING,
        SHORT,
        LONG,
        BROKEN
    }

    private record Written(
            Content content, Letter.Print print, @Nullable Path file) {}

    /**
     * A writer.
     *
     * @param seed the seed
     * @param folder where files are written
     * @param origin the domain of senders
     * @param domain the domain of recipients
     * @param manners what letters may be like
     * @param elsewhere runs what publishers do, of some letters
     */
    LetterWriter(long seed, Path folder, String origin, String domain, Manners manners, Executor elsewhere) {
        this.seed = seed;
        this.folder = folder;
        this.origin = origin;
        this.domain = domain;
        this.manners = manners;
        this.elsewhere = elsewhere;
    }

    /** Lines of all lengths, many of them with dots in front; drawn once for all. */
    private static byte[] lines() {
        SplittableRandom random = new SplittableRandom(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream(TILE + 1_000);
        while (out.size() < TILE) {
            int length = random.nextInt(4) == 0 ? random.nextInt(990) : random.nextInt(80);
            out.writeBytes(".".repeat(random.nextInt(3)).getBytes(US_ASCII));
            for (int i = 0; i < length; i++) {
                out.write('a' + random.nextInt(26));
            }
            out.writeBytes(new byte[] {'\r', '\n'});
        }
        return out.toByteArray();
    }

    Letter write(int number) {
        SplittableRandom random = new SplittableRandom(seed + number * GOLDEN_GAMMA).split();
        Kind kind = kind(number, random);
        String from = from(number, random);
        List<String> to = recipients(number, random);
        byte[] octets = octets(number, from, kind, random);
        Written written = write(kind, number, octets, random);
        RecipientPolicy policy = random.nextInt(5) == 0 ? RecipientPolicy.ALL : RecipientPolicy.ANY;
        Message message = Message.of(from, to, written.content()).withRecipientPolicy(policy);
        boolean complete = kind.compareTo(Kind.FAILING) < 0;
        return new Letter(number, from, to, message, complete, written.print(), written.file());
    }

    private Kind kind(int number, SplittableRandom random) {
        int lot = random.nextInt(100);
        if (manners.broken() && broken(number).nextInt(30) == 0) {
            return Kind.BROKEN;
        }
        if (lot < 55) {
            return Kind.BYTES;
        }
        return Kind.values()[lot < 95 ? 1 + random.nextInt(6) : 7 + random.nextInt(3)];
    }

    /** Drawn apart, so that the other letters of a seed are the same with and without. */
    private SplittableRandom broken(int number) {
        return new SplittableRandom(seed - number * GOLDEN_GAMMA).split();
    }

    private String from(int number, SplittableRandom random) {
        String mark = "";
        if (manners.wild()) {
            switch (random.nextInt(60)) {
                case 0, 1 -> {
                    return "";
                }
                case 2, 3, 4, 5 -> mark = Refusals.MARKS.get(random.nextInt(Refusals.MARKS.size()));
                default -> {}
            }
        }
        return mark + "s." + number + "@" + origin;
    }

    private List<String> recipients(int number, SplittableRandom random) {
        int count =
                random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(random.nextInt(20) == 0 ? manners.maxRecipients() : 5);
        List<String> to = new ArrayList<>(count);
        for (int i = 0; i < Math.min(count, manners.maxRecipients()); i++) {
            String mark = switch (random.nextInt(40)) {
                case 0, 1 -> "refused-";
                case 2, 3 -> "later-";
                case 4 -> manners.wild() && random.nextInt(10) == 0 ? "leaving-" : "";
                default -> "";
            };
            to.add(mark + "r" + i + "." + number + "@" + domain);
        }
        return List.copyOf(to);
    }

    private byte[] octets(int number, String from, Kind kind, SplittableRandom random) {
        byte[] header = ("Subject: letter " + number + "\r\nX-From: " + from + "\r\n\r\n").getBytes(US_ASCII);
        int size = size(random);
        if (!manners.wild() || kind.compareTo(Kind.FAILING) >= 0) {
            size = Math.max(size, header.length + 1);
        }
        byte[] octets = Arrays.copyOf(header, size);
        int at = random.nextInt(TILE);
        for (int i = header.length; i < size; i++) {
            octets[i] = LINES[(at + i) % LINES.length];
        }
        if (manners.wild() && random.nextInt(10) == 0) {
            roughen(octets, header.length, random);
        }
        return octets;
    }

    /** Mostly small, as mail is. */
    private int size(SplittableRandom random) {
        int lot = random.nextInt(1_000);
        if (lot < 20) {
            return lot < 10 ? 0 : random.nextInt(60);
        }
        int limit = lot < 800 ? 4 << 10 : lot < 970 ? 64 << 10 : lot < 996 ? 512 << 10 : manners.maxOctets();
        return random.nextInt(1, Math.min(limit, manners.maxOctets()) + 1);
    }

    /** Lone CR and LF, and octets beyond ASCII. */
    private static void roughen(byte[] octets, int from, SplittableRandom random) {
        for (int i = from; i < octets.length; i += 1 + random.nextInt(500)) {
            octets[i] = switch (random.nextInt(4)) {
                case 0 -> (byte) '\r';
                case 1 -> (byte) '\n';
                default -> (byte) 0xE4;
            };
        }
    }

    private Written write(Kind kind, int number, byte[] octets, SplittableRandom random) {
        int size = 1 + random.nextInt(random.nextInt(3) == 0 ? 100 : 50_000);
        int piece = Math.max(size, octets.length / 200);
        Executor executor = random.nextBoolean() ? Runnable::run : elsewhere;
        Letter.Print print = kind == Kind.COMPOSED || kind == Kind.ATTACHED_FILE || kind == Kind.ATTACHED_PIECES
                ? new Letter.Print(0, 0)
                : Letter.Print.of(canonical(octets));
        Pieces pieces = new Pieces(octets, piece, kind == Kind.FAILING, executor);
        return switch (kind) {
            case BYTES -> new Written(Content.of(octets), print, null);
            case FILE -> {
                Path file = file(number, octets);
                yield new Written(Content.ofFile(file), print, file);
            }
            case SIZED -> new Written(Content.ofPublisher(() -> pieces, octets.length), print, null);
            case UNSIZED -> new Written(Content.ofPublisher(() -> pieces), print, null);
            case FAILING ->
                new Written(
                        random.nextBoolean()
                                ? Content.ofPublisher(() -> pieces)
                                : Content.ofPublisher(() -> pieces, octets.length + 1L),
                        print,
                        null);
            case SHORT -> new Written(Content.ofPublisher(() -> pieces, octets.length + 1L), print, null);
            case LONG -> new Written(Content.ofPublisher(() -> pieces, octets.length - 1L), print, null);
            case BROKEN -> broken(octets, piece, print, broken(number).split());
            case COMPOSED -> compose(number, Attachment.of("a.bin", octets), null);
            case ATTACHED_FILE -> {
                Path file = file(number, octets);
                yield compose(number, Attachment.ofFile(file), file);
            }
            case ATTACHED_PIECES ->
                compose(
                        number,
                        random.nextBoolean()
                                ? Attachment.ofPublisher("p.bin", () -> pieces)
                                : Attachment.ofPublisher("p.bin", () -> pieces, octets.length),
                        null);
        };
    }

    /** By a publisher, or already by what should make one. */
    private static Written broken(byte[] octets, int piece, Letter.Print print, SplittableRandom random) {
        BrokenPieces pieces = new BrokenPieces(octets, piece, random);
        Supplier<Flow.Publisher<ByteBuffer>> source = random.nextInt(6) > 0
                ? () -> pieces
                : () -> {
                    throw Trouble.sneak(Trouble.draw(random.split()));
                };
        return switch (random.nextInt(3)) {
            case 0 -> new Written(Content.ofPublisher(source), print, null);
            case 1 -> new Written(Content.ofPublisher(source, octets.length), print, null);
            default ->
                new Written(
                        MailMessage.builder()
                                .from("s@a.test")
                                .to("r@b.test")
                                .text("Broken.\n")
                                .attach(Attachment.ofPublisher("p.bin", source))
                                .build()
                                .content(),
                        print,
                        null);
        };
    }

    private Path file(int number, byte[] octets) {
        try {
            return Files.write(folder.resolve("letter-" + number + ".eml"), octets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Written compose(int number, Attachment attachment, @Nullable Path file) {
        Content content = MailMessage.builder()
                .from("Écrivain <s." + number + "@" + origin + ">")
                .to("r." + number + "@" + domain)
                .subject("Letter " + number + " ✉")
                .text("Number " + number + " with an attachment.\n")
                .attach(attachment)
                .build()
                .content();
        return new Written(content, Letter.Print.of(canonical(read(content))), file);
    }

    private byte[] read(Content content) {
        if (content instanceof Content.Bytes bytes) {
            ByteBuffer octets = bytes.octets();
            byte[] copy = new byte[octets.remaining()];
            octets.get(copy);
            return copy;
        }
        Reader reader = new Reader();
        content.open(elsewhere).subscribe(reader);
        return reader.octets.join();
    }

    /** Collects what is published. */
    private static final class Reader implements Flow.Subscriber<ByteBuffer> {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> octets = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            byte[] copy = new byte[piece.remaining()];
            piece.get(copy);
            out.writeBytes(copy);
        }

        @Override
        public void onError(Throwable cause) {
            octets.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            octets.complete(out.toByteArray());
        }
    }

    /** CRLF, CR and LF each end a line, and the last line has an end (RFC 5321 section 2.3.8). */
    static byte[] canonical(byte[] octets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(octets.length + 2);
        int start = 0;
        while (start < octets.length) {
            int end = start;
            while (end < octets.length && octets[end] != '\r' && octets[end] != '\n') {
                end++;
            }
            out.write(octets, start, end - start);
            out.write('\r');
            out.write('\n');
            boolean pair = end + 1 < octets.length && octets[end] == '\r' && octets[end + 1] == '\n';
            start = end + (pair ? 2 : 1);
        }
        return out.toByteArray();
    }
}
