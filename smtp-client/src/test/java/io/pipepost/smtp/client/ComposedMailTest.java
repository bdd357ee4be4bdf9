/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.ListUnsubscribe;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Composed messages through a real client to a real server. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class ComposedMailTest {
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 64 * 1024;

    @TempDir
    Path directory;

    private static MailMessage.Builder builder() {
        return MailMessage.builder()
                .from("Shop <shop@a.test>")
                .to("b@b.test")
                .subject("Ünïcode")
                .text("Hello.\n");
    }

    private static byte[] random(int size) {
        byte[] octets = new byte[size];
        new Random(size).nextBytes(octets);
        return octets;
    }

    private static Received sendOne(MailMessage message, FlightOptions flight) {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).flight(flight).build()) {
            assertThat(Mails.outcome(client.send(message)).isAccepted()).isTrue();
            assertThat(sink.messages()).hasSize(1);
            return sink.messages().get(0);
        }
    }

    /** HTML with a picture in it and two attachments, one of them named in Chinese. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void seedMailReadsBackExactly(boolean chunking) throws Exception {
        byte[] logo = random(2_345);
        byte[] invoice = random(3 * MIB + 7);
        byte[] terms = random(100_000);
        Path file = Files.write(directory.resolve("发票 2025年6月.pdf"), invoice);
        String html = "<p>Grüße! <img src=\"cid:logo@a.test\">\n<p>发票见附件。\n";
        MailMessage message = MailMessage.builder()
                .from("Jörg Groß <joerg@bücher.example>")
                .to("王小明 <wang@例え.example>")
                .cc("cc@b.test")
                .bcc("hidden@c.test")
                .subject("您的发票 – Ihre Rechnung für Juni 2025")
                .text("Grüße!\n发票见附件。\n")
                .html(html)
                .inline(Attachment.of("logo.png", logo).withContentId("logo@a.test"))
                .attach(Attachment.ofFile(file), Attachment.of("terms.txt", terms))
                .build();
        Received received = sendOne(message, FlightOptions.DEFAULT.withChunking(chunking));
        assertThat(received.content()).isEqualTo(octets(message.content()));
        assertThat(received.from()).isEqualTo("joerg@xn--bcher-kva.example");
        assertThat(received.recipients()).containsExactly("wang@xn--r8jz45g.example", "cc@b.test", "hidden@c.test");
        assertThat(received.parameters())
                .contains("SIZE=" + received.content().length)
                .doesNotContain("SMTPUTF8");

        MimeMessage read =
                new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(received.content()));
        assertThat(read.getSubject()).isEqualTo("您的发票 – Ihre Rechnung für Juni 2025");
        assertThat(read.getFrom()[0].toString()).contains("bcher-kva");
        MimeMultipart mixed = (MimeMultipart) read.getContent();
        MimeMultipart related = (MimeMultipart) mixed.getBodyPart(0).getContent();
        MimeMultipart alternative = (MimeMultipart) related.getBodyPart(0).getContent();
        assertThat(mixed.getCount() + related.getCount() + alternative.getCount())
                .isEqualTo(3 + 2 + 2);
        assertThat(alternative.getBodyPart(0).getContent()).isEqualTo("Grüße!\r\n发票见附件。\r\n");
        assertThat(alternative.getBodyPart(1).getContent()).isEqualTo(html.replace("\n", "\r\n"));
        assertThat(octets(related.getBodyPart(1))).isEqualTo(logo);
        assertThat(mixed.getBodyPart(1).getFileName()).isEqualTo("发票 2025年6月.pdf");
        assertThat(Arrays.equals(octets(mixed.getBodyPart(1)), invoice)).isTrue();
        assertThat(mixed.getBodyPart(2).getFileName()).isEqualTo("terms.txt");
        assertThat(octets(mixed.getBodyPart(2))).isEqualTo(terms);
    }

    private static byte[] octets(Content content) {
        return Mails.octets(content, Runnable::run).join();
    }

    private static byte[] octets(Part part) throws Exception {
        return part.getInputStream().readAllBytes();
    }

    /** R-6532-01. */
    @Test
    void r6532_01_smtpUtf8OnlyIfAnAddressNeedsIt() {
        Received ascii = sendOne(builder().build(), FlightOptions.DEFAULT);
        assertThat(ascii.parameters()).noneMatch(each -> each.startsWith("SMTPUTF8") || each.startsWith("BODY"));
        MailMessage international = builder()
                .replyTo("jürgen@b.test")
                .attach(Attachment.of("large", random(2 * MIB)))
                .build();
        Received received = sendOne(international, FlightOptions.DEFAULT);
        assertThat(received.parameters()).contains("SMTPUTF8", "BODY=8BITMIME");
        assertThat(new String(received.content(), 0, 500, UTF_8)).contains("Reply-To: jürgen@b.test\r\n");
    }

    /** R-8058-01: receivers heed one click only if a signature covers it. */
    @Test
    void r8058_01_unsignedOneClickIsSaidOnce() {
        MailMessage mail = builder()
                .listUnsubscribe(ListUnsubscribe.oneClick("https://a.test/u?1"))
                .build();
        Logger logger = (Logger) LoggerFactory.getLogger("io.pipepost.smtp.client.content");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(log);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).build();
                SmtpClient signing = Mails.client(sink.port())
                        .signer((content, blocking) -> CompletableFuture.completedFuture(content))
                        .build()) {
            assertThat(Mails.outcome(signing.send(mail)).isAccepted()).isTrue();
            assertThat(Mails.outcome(client.send(builder().build())).isAccepted())
                    .isTrue();
            assertThat(log.list).isEmpty();
            assertThat(Mails.outcome(client.send(mail, SendOptions.within(Duration.ofSeconds(20))))
                            .isAccepted())
                    .isTrue();
            assertThat(Mails.outcome(client.send(mail)).isAccepted()).isTrue();
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage()).contains(mail.messageId(), "RFC 8058");
        });
    }

    @Test
    void deadlineCoversComposedMessages() {
        try (SmtpSink sink = SmtpSink.builder().latency(Duration.ofSeconds(30)).start();
                SmtpClient client =
                        Mails.client(sink.port()).drainTimeout(Duration.ZERO).build()) {
            Mails.Outcome outcome =
                    Mails.outcome(client.send(builder().build(), SendOptions.within(Duration.ofMillis(50))));
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.TIMEOUT);
        }
    }

    // ---- large attachments

    /** Publishes fresh blocks, and knows which of them somebody still holds. */
    private static final class Blocks implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
        private final long size;
        private final AtomicLong contentSent;
        private final List<WeakReference<ByteBuffer>> blocks = new ArrayList<>();
        private long published;
        private long furthestAhead;
        private long mostHeld;
        private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;

        Blocks(long size, AtomicLong contentSent) {
            this.size = size;
            this.contentSent = contentSent;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> to) {
            subscriber = to;
            to.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            assertThat(n).as("buffers asked for at once").isEqualTo(1);
            Flow.Subscriber<? super ByteBuffer> to = subscriber;
            if (to == null) {
                return;
            }
            if (published == size) {
                to.onComplete();
                return;
            }
            furthestAhead = Math.max(furthestAhead, published - contentSent.get() * 57 / 78);
            if (published % (size / 4) == 0) {
                System.gc();
                mostHeld = Math.max(
                        mostHeld,
                        blocks.stream().filter(block -> block.get() != null).count());
            }
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            blocks.add(new WeakReference<>(block));
            published += BLOCK;
            to.onNext(block);
        }

        @Override
        public void cancel() {
            subscriber = null;
        }
    }

    /** S-34: 100 MiB go out with a few buffers. */
    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s34_hundredMebibytesInAFewBuffers(boolean chunking) {
        AtomicLong contentSent = new AtomicLong();
        Blocks blocks = new Blocks(100L * MIB, contentSent);
        SmtpObserver counter = new SmtpObserver() {
            @Override
            public void contentSent(long session, long count, @Nullable ByteBuffer content, boolean last) {
                contentSent.addAndGet(count);
            }
        };
        MailMessage message = builder()
                .attach(Attachment.ofPublisher("large.bin", () -> blocks, 100L * MIB))
                .build();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .observer(counter)
                        .flight(FlightOptions.DEFAULT.withChunking(chunking))
                        .build()) {
            assertThat(Mails.outcome(client.send(message)).isAccepted()).isTrue();
            assertThat(sink.counters().octets())
                    .isEqualTo(message.content().size().orElseThrow());
        }
        assertThat(contentSent.get()).isGreaterThan(136L * MIB);
        // One chunk is gathered while the one before is written.
        int chunks = chunking ? 2 * FlightOptions.DEFAULT.chunkOctets() : 0;
        assertThat(blocks.furthestAhead).as("published, not sent").isLessThanOrEqualTo(chunks + 4 * BLOCK);
        assertThat(blocks.mostHeld).as("buffers alive").isLessThanOrEqualTo(4);
    }

    /** S-45: a file that is not what it was when the message was built. */
    @ParameterizedTest
    @CsvSource({"true,-1", "true,1", "false,-1", "false,1", "true,-3000000", "false,-3000000"})
    void s45_fileThatChangesIsNeverDelivered(boolean chunking, int change) throws IOException {
        Path file = Files.write(directory.resolve("changing"), random(3_000_000));
        MailMessage message = builder().attach(Attachment.ofFile(file)).build();
        if (change > 0) {
            Files.write(file, new byte[change], StandardOpenOption.APPEND);
        } else {
            Files.write(file, new byte[3_000_000 + change]);
        }
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(FlightOptions.DEFAULT.withChunking(chunking))
                        .build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(message));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED);
            assertThat(outcome.failure().message()).endsWith("it had 3000000 octets, and has " + Files.size(file));
            assertThat(Mails.outcome(client.send(builder().build())).isAccepted())
                    .isTrue();
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void missingFileFailsTheMessage() throws IOException {
        Path file = Files.write(directory.resolve("passing"), random(100));
        MailMessage message = builder().attach(Attachment.ofFile(file)).build();
        Files.delete(file);
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(message));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED);
        }
    }

    @Test
    void sizeThatIsUnknownGoesByData() {
        byte[] octets = random(200_000);
        MailMessage message = builder()
                .attach(Attachment.ofPublisher("x", () -> Content.of(octets).open(Runnable::run)))
                .build();
        Received received = sendOne(message, FlightOptions.DEFAULT);
        assertThat(received.content()).isEqualTo(octets(message.content()));
        assertThat(received.parameters()).noneMatch(each -> each.startsWith("SIZE"));
    }
}
