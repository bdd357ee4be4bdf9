/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import static io.pipepost.smtp.client.internal.session.Dialogue.E;
import static io.pipepost.smtp.client.internal.session.Dialogue.octets;
import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.ContentOptions.BareNewlines;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.client.internal.session.Sources;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What goes out behind DATA, from memory, from a publisher and from a file, and what never does. */
@ExtendWith(Leaks.class)
class ContentTest {
    private static final String DATA = E + "C: DATA\nS: 354 go\n";

    private static final String SIZED = """
            C: MAIL FROM:<a@b.test> SIZE=%s
            S: 250 ok
            C: RCPT TO:<c@d.test>
            S: 250 ok
            C: DATA
            S: 354 go
            """;

    private static final String ACCEPTED = "S: 250 ok\n=> ACCEPTED c@d.test\n=> KEEP\n";

    @TempDir
    Path directory;

    private static String[] split(String buffers) {
        return Arrays.stream(buffers.split("‖", -1))
                .map(part -> new String(octets(part), ISO_8859_1))
                .toArray(String[]::new);
    }

    private static String[] octetwise(String ascii) {
        return ascii.chars().mapToObj(Character::toString).toArray(String[]::new);
    }

    /** Between other octets, as one has it who has read a packet. */
    private static List<ByteBuffer> buffersOf(String text) {
        byte[] octets = ("before" + text + "behind").getBytes(UTF_8);
        List<ByteBuffer> buffers = List.of(
                ByteBuffer.wrap(octets),
                ByteBuffer.wrap(octets).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(octets.length).put(octets),
                ByteBuffer.allocateDirect(octets.length).put(octets).asReadOnlyBuffer());
        buffers.forEach(buffer -> buffer.limit(octets.length - 6).position(6));
        return buffers;
    }

    private static Content published(String... pieces) {
        return Content.ofPublisher(() -> Sources.pieces(pieces));
    }

    private static Dialogue send(Content content, String... keywords) {
        return p(keywords).send(Mail.to("c@d.test").content(content));
    }

    // ---- R-5321-62 to 65: V-DOT

    @ParameterizedTest(name = "V-DOT {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    1 | a | a\\r\\n.\\r\\n | 3
                    2 | a\\r\\n | a\\r\\n.\\r\\n | 3
                    3 | \\n | \\r\\n.\\r\\n | 2
                    4 | a\\r\\n\\r\\n | a\\r\\n\\r\\n.\\r\\n | 5
                    5 | . | ..\\r\\n.\\r\\n | 3
                    6 | .\\r\\n | ..\\r\\n.\\r\\n | 3
                    7 | ..\\r\\n | ...\\r\\n.\\r\\n | 4
                    8 | .a\\r\\nb\\r\\n.\\r\\nc | ..a\\r\\nb\\r\\n..\\r\\nc\\r\\n.\\r\\n | 13
                    9 | \\r\\n.\\r\\n | \\r\\n..\\r\\n.\\r\\n | 5
                    10 | a\\n.\\nb\\n | a\\r\\n..\\r\\nb\\r\\n.\\r\\n | 9
                    11 | a\\r.\\rb | a\\r\\n..\\r\\nb\\r\\n.\\r\\n | 9
                    12 | a\\r | a\\r\\n.\\r\\n | 3
                    13 | a\\r\\r\\nb | a\\r\\n\\r\\nb\\r\\n.\\r\\n | 8
                    14 | a\\n\\r.b | a\\r\\n\\r\\n..b\\r\\n.\\r\\n | 9
                    15 | a\\r‖\\n.b | a\\r\\n..b\\r\\n.\\r\\n | 7
                    16 | a\\r\\n‖.‖\\r\\n | a\\r\\n..\\r\\n.\\r\\n | 6
                    17 | a\\r\\n.‖.\\r\\n | a\\r\\n...\\r\\n.\\r\\n | 7
                    18 | a\\r\\n.\\r | a\\r\\n..\\r\\n.\\r\\n | 6
                    """)
    void R_5321_62_63_64_65(int number, String buffers, String wire, int size) throws IOException {
        String[] pieces = split(buffers);
        String whole = String.join("", pieces);
        String script = DATA + "C| " + wire + "\n" + ACCEPTED;
        send(Content.of(whole)).play(script);
        for (ByteBuffer buffer : buffersOf(whole)) {
            send(Content.of(buffer)).play(script);
        }
        send(published(pieces)).play(script);
        send(published(octetwise(whole))).play(script);
        Path file = Files.writeString(directory.resolve("content"), whole);
        send(Content.ofFile(file)).play(script);
        send(Content.of(whole), "SIZE").play(SIZED.formatted(size) + "C| " + wire + "\n" + ACCEPTED);
    }

    /** What the socket is given is the caller's own memory, also after the caller has moved on in it. */
    @Test
    void directMemoryIsNotCopied() {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(6).put(octets("a\\r\\nb\\r\\n")).flip();
        Content content = Content.of(memory);
        memory.clear().position(6);
        MemoryPieces pieces = new MemoryPieces((Content.Bytes) content, false);
        ByteBuf first = pieces.next(3);
        assertThat(first.isDirect()).isTrue();
        memory.put(0, (byte) 'c');
        assertThat(first.toString(UTF_8)).isEqualTo("c\r\n");
        assertThat(pieces.next(100).toString(UTF_8)).isEqualTo("b\r\n");
        assertThat(pieces.isExhausted()).isTrue();
    }

    @Test
    void R_5321_65_trailingLinesAndSpacesSurvive() {
        send(published("a \r\n", "\r\n..\r\n \r\n", "\r\n"))
                .play(DATA + "C| a \\r\\n\\r\\n...\\r\\n \\r\\n\\r\\n.\\r\\n\n" + ACCEPTED);
    }

    @Test
    void R_5321_62_refused() {
        ContentOptions strict = ContentOptions.DEFAULT.withBareNewlines(BareNewlines.REJECT);
        for (String text : new String[] {"a\nb", "a\rb", "a\r", "a\r\r\n"}) {
            Dialogue dialogue = new Dialogue().content(strict).open();
            assertThatThrownBy(() -> dialogue.send(Mail.to("c@d.test").content(text)))
                    .hasCauseInstanceOf(SmtpException.Request.class);
            dialogue.send(Mail.to("c@d.test").content(published(octetwise(text))))
                    .play(DATA.replace("S: 354 go\n", ""));
            dialogue.wire().receive(octets("354 go\\r\\n"));
            assertThat(dialogue.outcomes())
                    .containsExactly("NOT_SENT(invalid-argument) c@d.test at write", "DROP(invalid-argument) at write");
            assertThat(new String(dialogue.wire().taken(), UTF_8)).doesNotContain("\r\n.\r\n");
        }
    }

    @Test
    void r5322_08_bccInContentIsSaidOnceOrRefused() {
        String mail = "Bcc: hidden@d.test\r\n\r\n";
        ContentOptions strict = ContentOptions.DEFAULT.withBccFields(ContentOptions.BccFields.REJECT);
        assertThatThrownBy(() -> new Dialogue()
                        .content(strict)
                        .open()
                        .send(Mail.to("c@d.test").content(mail)))
                .hasCauseInstanceOf(SmtpException.Request.class)
                .hasMessageContaining("Content has a Bcc field");
        Logger logger = (Logger) LoggerFactory.getLogger("io.pipepost.smtp.client.content");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(log);
        try {
            ContentPreparation preparation = new ContentPreparation(ContentOptions.DEFAULT, Runnable::run);
            assertThat(preparation.ready(Content.of("a\r\n"))).isNotNull();
            assertThat(log.list).isEmpty();
            assertThat(preparation.ready(Content.of(mail))).isNotNull();
            assertThat(preparation.prepare(Content.of(mail))).isCompleted();
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
        assertThat(log.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN);
    }

    // ---- R-5321-66 to 68

    @Test
    void R_5321_66_lineOf998Passes() {
        String fits = "a".repeat(998) + "\r\n";
        String dotted = "." + "a".repeat(997) + "\r\n";
        send(published(fits)).play(DATA + "C: " + fits.strip() + "\nC: .\n" + ACCEPTED);
        send(Content.of(fits)).play(DATA + "C: " + fits.strip() + "\nC: .\n" + ACCEPTED);
        send(Content.of(dotted)).play(DATA + "C: ." + dotted.strip() + "\nC: .\n" + ACCEPTED);
        send(published(dotted)).play(DATA + "C: ." + dotted.strip() + "\nC: .\n" + ACCEPTED);
    }

    @Test
    void R_5321_66_lineOf999IsRefused() {
        String tooLong = "a".repeat(999) + "\r\n";
        assertThatThrownBy(() -> send(Content.of(tooLong))).hasCauseInstanceOf(SmtpException.Request.class);
        send(published(tooLong)).play(DATA + """
                => NOT_SENT(invalid-argument) c@d.test at write
                => DROP(invalid-argument) at write
                """);
    }

    @Test
    void R_5321_66_longLinesIfTheCallerAllows() {
        String tooLong = "a".repeat(2000);
        new Dialogue()
                .content(ContentOptions.DEFAULT.withLongLines(true))
                .open()
                .send(Mail.to("c@d.test").content(published(tooLong)))
                .play(DATA + "C: " + tooLong + "\nC: .\n" + ACCEPTED);
    }

    @Test
    void R_5321_67_eightBitFoundWhileStreaming() {
        send(published("Subject: x\r\n\r\n", "é\r\n")).play(DATA + """
                => NOT_SENT(extension-missing) c@d.test at write
                => DROP(extension-missing) at write
                """);
    }

    @Test
    void R_5321_68_nul() {
        assertThatThrownBy(() -> send(Content.of("a\0b"))).hasCauseInstanceOf(SmtpException.Request.class);
        send(published("a", "\0b")).play(DATA + """
                => NOT_SENT(invalid-argument) c@d.test at write
                => DROP(invalid-argument) at write
                """);
    }

    @Test
    void R_5321_68_otherControlsPass() {
        send(published("\1\b\t\u001b\177\r\n")).play(DATA + "C| \\x01\\x08\\x09\\x1b\\x7f\\r\\n.\\r\\n\n" + ACCEPTED);
    }

    @Test
    void R_5321_61_emptyFoundWhileStreaming() {
        send(published()).play(DATA + """
                => NOT_SENT(invalid-argument) c@d.test at argument
                => DROP(invalid-argument) at argument
                """);
    }

    // ---- R-5321-69: no terminator behind half a message

    @Test
    void S_45_R_5321_69_sourceFailsAtAnyOctet() {
        String text = "Subject: x\r\n\r\n.dot\r\n.\r\nlast\r\n";
        for (int n = 0; n <= text.length(); n++) {
            String part = text.substring(0, n);
            Exception cause = new IOException("disk gone");
            for (String[] pieces : List.of(new String[] {part}, octetwise(part))) {
                Content failing =
                        Content.ofPublisher(() -> Sources.failing(cause, part.isEmpty() ? new String[0] : pieces));
                assertNeverCompleted(send(failing), "content-failed", text);
            }
        }
    }

    @Test
    void S_45_R_5321_69_announcedSizeIsNotKept() {
        String text = "Subject: x\r\n\r\nbody\r\n";
        for (int size = 1; size < 40; size++) {
            int announced = size;
            if (size != text.length()) {
                assertNeverCompleted(
                        send(Content.ofPublisher(() -> Sources.pieces(octetwise(text)), announced)),
                        "content-failed",
                        text);
            }
        }
    }

    private static Content known(String text, String... pieces) {
        return Content.ofPublisher(blocking -> Sources.pieces(pieces), ContentScanner.factsOf(text.getBytes(UTF_8)));
    }

    /** R-1870-01: announced in canonical octets, and without an extension that it does not need. */
    @Test
    void publisherOfWhichAllIsKnown() {
        send(known("a\nb\n", "a\n", "b\n"), "SIZE", "8BITMIME", "SMTPUTF8")
                .play(SIZED.formatted(6) + "C: a\nC: b\nC: .\n" + ACCEPTED);
    }

    @Test
    void publisherKnownToNeedExtensions() {
        send(known("ä: b\r\n", "ä: b\r\n"), "8BITMIME", "SMTPUTF8")
                .play(
                        "C: MAIL FROM:<a@b.test> BODY=8BITMIME SMTPUTF8\nS: 451 no\n=> REJECTED_TEMP(451) c@d.test at mail\nC: RSET");
    }

    @Test
    void publisherKnownToBeUnsound() {
        assertThatThrownBy(() -> send(known("a\0b", "a\0b"))).hasCauseInstanceOf(SmtpException.Request.class);
    }

    @Test
    void S_45_publisherThatIsNotAsKnown() {
        for (String found : List.of("a", "a\r\nb\r", "a\r\nbc\r\n", "a\r\nb\r\nc\r\n")) {
            Dialogue dialogue = send(known("a\r\nb\r\n", found));
            assertNeverCompleted(dialogue, "content-failed", found);
        }
    }

    private static void assertNeverCompleted(Dialogue dialogue, String cause, String text) {
        dialogue.play(DATA.replace("S: 354 go\n", ""));
        int before = dialogue.wire().takenCount();
        dialogue.wire().receive(octets("354 go\\r\\n"));
        String sent =
                new String(dialogue.wire().taken(), before, dialogue.wire().takenCount() - before, UTF_8);
        assertThat("\r\n" + sent).doesNotContain("\r\n.\r\n");
        assertThat(text.replace("\r\n.", "\r\n..")).startsWith(sent);
        assertThat(dialogue.outcomes())
                .containsExactly("NOT_SENT(" + cause + ") c@d.test at write", "DROP(" + cause + ") at write");
    }

    /** As what it throws: its supplier, itself, or its subscription. */
    private static List<Content> throwing(Error thrown) {
        Flow.Subscription subscription = new Flow.Subscription() {
            @Override
            public void request(long n) {
                throw thrown;
            }

            @Override
            public void cancel() {
                throw thrown;
            }
        };
        return List.of(
                Content.ofPublisher(() -> {
                    throw thrown;
                }),
                Content.ofPublisher(() -> subscriber -> {
                    throw thrown;
                }),
                Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(subscription)));
    }

    @Test
    void R_5321_69_publisherThatThrows() {
        Content thrown = Content.ofPublisher(() -> {
            throw new IllegalStateException("no source");
        });
        assertNeverCompleted(send(thrown), "content-failed", "");
        throwing(new NoClassDefFoundError("source"))
                .forEach(content -> assertNeverCompleted(send(content), "content-failed", ""));
    }

    @Test
    @SuppressWarnings("NullAway")
    void R_5321_69_publisherThatPublishesNull() {
        Sources.Manual source = new Sources.Manual();
        Dialogue dialogue = send(Content.ofPublisher(() -> source)).play(DATA);
        source.next(null);
        assertThat(dialogue.outcomes())
                .containsExactly("NOT_SENT(content-failed) c@d.test at write", "DROP(content-failed) at write");
        assertNeverCompleted(send(Content.ofPublisher(() -> null)), "content-failed", "");
    }

    @Test
    void R_5321_69_fileThatShrinks() throws IOException {
        Path file = largeFile();
        Dialogue dialogue = send(Content.ofFile(file)).play(DATA.replace("S: 354 go\n", ""));
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100_000));
        assertFileFails(dialogue);
    }

    @Test
    void R_5321_69_fileThatGrows() throws IOException {
        Path file = largeFile();
        Dialogue dialogue = send(Content.ofFile(file)).play(DATA.replace("S: 354 go\n", ""));
        Files.writeString(file, "x", java.nio.file.StandardOpenOption.APPEND);
        assertFileFails(dialogue);
    }

    @Test
    void R_5321_69_fileThatIsGone() throws IOException {
        Path file = largeFile();
        Dialogue dialogue = send(Content.ofFile(file)).play(DATA.replace("S: 354 go\n", ""));
        Files.delete(file);
        assertFileFails(dialogue);
    }

    private static void assertFileFails(Dialogue dialogue) {
        dialogue.wire().receive(octets("354 go\\r\\n"));
        assertThat(new String(dialogue.wire().taken(), UTF_8)).doesNotContain("\r\n.\r\n");
        assertThat(dialogue.outcomes())
                .containsExactly("NOT_SENT(content-failed) c@d.test at write", "DROP(content-failed) at write");
    }

    private Path largeFile() throws IOException {
        return Files.writeString(directory.resolve("large"), "0123456789abcdefghijklmnopqrst\r\n".repeat(8192));
    }

    @Test
    void largeFileIsStreamed() throws IOException {
        Path file = largeFile();
        Dialogue dialogue = send(Content.ofFile(file));
        dialogue.play(DATA + "C* 262144\nC: .\n" + ACCEPTED);
        byte[] taken = dialogue.wire().taken();
        int start = taken.length - 262144 - 3;
        assertThat(Arrays.copyOfRange(taken, start, taken.length - 3)).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void missingFile() {
        assertThatThrownBy(() -> send(Content.ofFile(directory.resolve("none"))))
                .hasCauseInstanceOf(SmtpException.Request.class)
                .hasMessageContaining("no such file");
    }

    // ---- publishers that do not keep to the rules

    @Test
    void publisherThatPublishesUnasked() {
        Content unasked = Content.ofPublisher(() -> subscriber -> {
            subscriber.onSubscribe(new Flow.Subscription() {
                private boolean asked;

                @Override
                public void request(long n) {
                    if (asked) {
                        return;
                    }
                    asked = true;
                    subscriber.onNext(ByteBuffer.wrap(new byte[] {'a'}));
                    subscriber.onNext(ByteBuffer.wrap(new byte[] {'b'}));
                    subscriber.onNext(ByteBuffer.wrap(new byte[] {'c'}));
                }

                @Override
                public void cancel() {}
            });
        });
        Dialogue dialogue = send(unasked).play(DATA.replace("S: 354 go\n", ""));
        dialogue.wire().receive(octets("354 go\\r\\n"));
        assertThat(new String(dialogue.wire().taken(), UTF_8)).doesNotContain("\r\n.\r\n");
    }

    @Test
    void publisherThatSignalsBehindTheEnd() {
        Sources.Manual source = new Sources.Manual();
        Dialogue dialogue = send(Content.ofPublisher(() -> source)).play(DATA);
        source.next("a\r\n");
        source.complete();
        source.next("b\r\n");
        source.complete();
        source.fail();
        dialogue.play("C: a\nC: .\n" + ACCEPTED);
    }

    @Test
    void R_5321_69_connectionLostBetweenPieces() {
        Sources.Manual source = new Sources.Manual();
        Dialogue dialogue = send(Content.ofPublisher(() -> source)).play(DATA);
        source.next("a\r\n");
        dialogue.play("""
                C: a
                CLOSE
                => NOT_SENT(connection-lost) c@d.test at write
                => DROP(connection-lost) at write
                """);
        assertThat(source.isCancelled()).isTrue();
        source.next("b\r\n");
        source.complete();
        dialogue.play("");
    }

    @Test
    void R_5321_74_earlyRefusalCancelsTheSource() {
        Sources.Manual source = new Sources.Manual();
        Dialogue dialogue = send(Content.ofPublisher(() -> source)).play(DATA);
        source.next("a\r\n");
        dialogue.play("""
                C: a
                S: 552 too big
                => REJECTED_PERM(552) c@d.test at write
                => DROP(connection-lost, 552) at write
                """);
        assertThat(source.isCancelled()).isTrue();
    }

    // ---- R-5321-70: back-pressure

    @Test
    void R_5321_70_aPublisherIsAskedNoFasterThanTheSocketTakes() {
        Sources.Manual source = new Sources.Manual();
        Dialogue dialogue = send(Content.ofPublisher(() -> source)).play(E + "C: DATA\nROOM 0\nS: 354 go\n");
        String block = "0123456789abcdefghijklmnopqrst\r\n".repeat(1024);
        int published = 0;
        while (source.demand() > 0) {
            source.next(block);
            published++;
            assertThat(published).isLessThan(10);
        }
        long pending = dialogue.wire().unsafe().outboundBuffer().totalPendingWriteBytes();
        assertThat(pending).isLessThan(3 * 64 * 1024);
        dialogue.wire().room(Long.MAX_VALUE);
        assertThat(source.demand()).isEqualTo(1);
        source.complete();
        dialogue.play("C* " + published * block.length() + "\nC: .\n" + ACCEPTED);
    }

    @Test
    void R_5321_70_largeBufferIsWrittenInPieces() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(65_536);
        for (Content content : List.of(Content.of(text), published(text))) {
            Dialogue dialogue = send(content).play(E + "C: DATA\nROOM 0\nS: 354 go\n");
            int taken = dialogue.wire().takenCount();
            int left = text.length() + 3;
            while (left > 0) {
                assertThat(dialogue.wire().unsafe().outboundBuffer().totalPendingWriteBytes())
                        .isLessThan(4 * 64 * 1024);
                int step = Math.min(left, 100_001);
                dialogue.wire().room(step);
                left -= step;
            }
            assertThat(dialogue.wire().takenCount() - taken).isEqualTo(text.length() + 3);
            dialogue.play("C* " + text.length() + "\nC: .\n" + ACCEPTED);
        }
    }

    /** The socket took its last octet behind the first look; four looks in 3 minutes do not see it move after that. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void R_5321_70_noProgress(boolean streamed) {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(65_536);
        send(streamed ? published(text) : Content.of(text)).play(E + """
                C: DATA
                ROOM 1000
                S: 354 go
                C* 1000
                +45s
                +45s
                +45s
                +45s
                +45s-1ns
                +1ns
                => NOT_SENT(timeout) c@d.test at write
                => DROP(timeout) at write
                """);
    }

    /** Half an hour for a message is fine as long as it moves. */
    @Test
    void R_5321_70_slowProgress() {
        String text = "0123456789abcdefghijklmnopqrst\r\n".repeat(32);
        send(Content.of(text))
                .play(E + "C: DATA\nROOM 1\nS: 354 go\nC* 1\n" + "+2m\nROOM 1\nC* 1\n".repeat(1026) + "+10m-1ns\n"
                        + ACCEPTED);
    }

    /** A publisher whose signals the test gives. */
}
