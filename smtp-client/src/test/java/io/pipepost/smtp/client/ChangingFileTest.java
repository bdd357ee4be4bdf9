/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * S-45: a file that is rewritten or replaced between the first look at it and the last octet, with one of equal size, in each
 * way in which files get into messages. No server ever has a whole message of it.
 */
@ExtendWith(Leaks.class)
class ChangingFileTest {
    private static final String HEADER = "From: <a@a.test>\r\nSubject: old or new\r\n\r\n";
    private static final int LINES = 100_000;

    @TempDir
    Path directory;

    /** How the file gets into the message. */
    enum Kind {
        FILE,
        ATTACHMENT;

        Message message(Path file) {
            return this == FILE
                    ? Message.of("a@a.test", List.of("b@b.test"), Content.ofFile(file))
                    : MailMessage.builder()
                            .from("a@a.test")
                            .to("b@b.test")
                            .text("see there")
                            .attach(Attachment.ofFile(file))
                            .build()
                            .toMessage();
        }
    }

    /** What is done to it. */
    enum Change {
        REWRITTEN,
        REPLACED;

        void apply(Path file) throws IOException {
            FileTime before = Files.getLastModifiedTime(file);
            if (this == REWRITTEN) {
                try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                    open.write(text("new"));
                }
                Files.setLastModifiedTime(file, before);
            } else {
                Path other = Files.write(file.resolveSibling("other"), text("new"));
                Files.setLastModifiedTime(other, before);
                Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** When: behind the check, or amid the content. */
    enum Moment {
        MAIL,
        CONTENT
    }

    private static byte[] text(String word) {
        return (HEADER + (word + " line of text\r\n").repeat(LINES)).getBytes(StandardCharsets.US_ASCII);
    }

    /** Does something once, when the moment has come, and keeps the event loop until it is done. */
    private static final class Changer implements SmtpObserver {
        private final AtomicReference<@Nullable Runnable> atMail = new AtomicReference<>();
        private final AtomicReference<@Nullable Runnable> atContent = new AtomicReference<>();

        /** Of the message under way; touched by its event loop. */
        private long sent;

        void arm(Moment moment, Runnable change) {
            (moment == Moment.MAIL ? atMail : atContent).set(change);
        }

        @Override
        public void commandSent(long session, Command command) {
            if (command instanceof Command.Mail) {
                sent = 0;
                run(atMail);
            }
        }

        @Override
        public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
            sent += octets;
            if (sent > 200_000) {
                run(atContent);
            }
        }

        private static void run(AtomicReference<@Nullable Runnable> holder) {
            Runnable change = holder.getAndSet(null);
            if (change != null) {
                change.run();
            }
        }
    }

    private static DkimSigner dkim() throws GeneralSecurityException {
        return DkimSigner.builder(DkimKey.of(
                        "a.test",
                        "s1",
                        KeyPairGenerator.getInstance("Ed25519")
                                .generateKeyPair()
                                .getPrivate()))
                .build();
    }

    private static void change(Change change, Path file) {
        try {
            change.apply(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertGivenUp(SmtpClient client, Message message) {
        Mails.Outcome outcome = Mails.outcome(client.send(message));
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED);
        assertThat(outcome.failure().message()).contains("changing has changed since it was looked at first: ");
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void s45_isNeverDelivered(boolean chunking, boolean signed) throws Exception {
        Changer changer = new Changer();
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            SmtpClient.Builder builder =
                    Mails.client(sink.port()).observer(changer).flight(FlightOptions.DEFAULT.withChunking(chunking));
            try (SmtpClient client = (signed ? builder.signer(dkim()) : builder).build()) {
                int sent = 0;
                for (Kind kind : Kind.values()) {
                    for (Change change : Change.values()) {
                        for (Moment moment : Moment.values()) {
                            Path file = Files.write(directory.resolve("changing"), text("old"));
                            changer.arm(moment, () -> change(change, file));
                            assertGivenUp(client, kind.message(file));
                            assertThat(Mails.outcome(client.send(kind.message(file)))
                                            .isAccepted())
                                    .isTrue();
                            assertThat(sink.counters().messages()).isEqualTo(++sent);
                        }
                    }
                }
            }
        }
    }

    /** A signer that is not ours reads, and what it has read is what is sent. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void s45_whatAnySignerHasReadIsSent(boolean large) throws Exception {
        Path file = directory.resolve("changing");
        ContentSigner signer = (content, blocking) -> {
            Content again = Content.ofPublisher(executor -> content.open(executor));
            return Mails.octets(content, blocking).thenApply(octets -> {
                change(Change.REWRITTEN, file);
                return again;
            });
        };
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).signer(signer).build()) {
            Files.write(file, large ? text("old") : HEADER.getBytes(StandardCharsets.US_ASCII));
            assertGivenUp(client, Kind.FILE.message(file));
            assertThat(sink.counters().messages()).isZero();
        }
    }
}
