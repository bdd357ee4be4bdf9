/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.TransportType;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.ListUnsubscribe;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.ContentScanner;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.james.jdkim.DKIMVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What arrives at a server carries a signature that another's verifier finds good. */
@ExtendWith(Leaks.class)
class DkimSendTest {
    private static final KeyPair KEYS = newKeys();
    private static final String RECORD = "v=DKIM1; k=rsa; p="
            + Base64.getEncoder().encodeToString(KEYS.getPublic().getEncoded());

    private static final String DOMAIN = "football.example.com";
    private static final String MESSAGE = """
            From: Joe SixPack <joe@football.example.com>\r
            To: Suzie Q <suzie@shopping.example.net>\r
            Subject: Is dinner ready?\r
            \r
            Hi.\r
            """;
    private static final String LINES = "x".repeat(70) + "\r\n";
    private static final int LARGE = 20 << 20;

    @TempDir
    Path directory;

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static SmtpClient client(SmtpSink sink, ContentSigner signer) {
        return SmtpClient.builder(Relay.of("127.0.0.1", sink.port()).withTrust(Trust.FLIGHT))
                .security(Security.of(TlsMode.NONE))
                .ehloName("client.test")
                .transport(TransportType.AUTO, 1)
                .signer(signer)
                .build();
    }

    private static DkimSigner signer() {
        return DkimSigner.builder(DkimKey.of(DOMAIN, "test", KEYS.getPrivate())).build();
    }

    private static Message message(Content content) {
        return Message.of("joe@" + DOMAIN, List.of("suzie@shopping.example.net"), content);
    }

    private static void assertVerifies(byte[] received) throws Exception {
        DKIMVerifier verifier = new DKIMVerifier((method, selector, domain) -> List.of(RECORD));
        assertThat(verifier.verify(new ByteArrayInputStream(received))).hasSize(1);
    }

    private List<Content> everyKind(String text) throws Exception {
        byte[] octets = octets(text);
        Path file = Files.write(directory.resolve("message.eml"), octets);
        return List.of(
                Content.of(octets),
                Content.ofFile(file),
                Content.ofPublisher(() -> Content.of(octets).open(Runnable::run)),
                Content.ofPublisher(() -> Content.of(octets).open(Runnable::run), octets.length));
    }

    private void assertArrives(List<Content> contents, String hidden) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().hide(hidden).keepMessages().start();
                SmtpClient client = client(sink, signer())) {
            for (Content content : contents) {
                client.send(message(content)).get(20, TimeUnit.SECONDS);
            }
            assertThat(sink.messages()).hasSize(contents.size());
            for (var received : sink.messages()) {
                assertVerifies(received.content());
            }
        }
    }

    /** V-DOT 8: dots, and no line end at the end. */
    @ParameterizedTest
    @ValueSource(strings = {"CHUNKING", "X-NONE"})
    void r6376_07_dots(String hidden) throws Exception {
        assertArrives(everyKind(MESSAGE + ".a\r\nb\r\n.\r\nc"), hidden);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CHUNKING", "X-NONE"})
    void r6376_07_lineEndsThatBecomeCrlf(String hidden) throws Exception {
        assertArrives(everyKind(MESSAGE.replace("\r\n", "\n") + "a \r\rb\n\n \r"), hidden);
    }

    @Test
    void r6376_07_largeContent() throws Exception {
        assertArrives(everyKind(MESSAGE + LINES.repeat(SignedContent.MAX_COPIED / LINES.length() + 1)), "X-NONE");
    }

    @Test
    void unsoundContentIsRefusedThoughSigned() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, signer())) {
            for (String fault : List.of("a\u0000", "x".repeat(999))) {
                for (Content content : everyKind(MESSAGE + fault)) {
                    assertThatThrownBy(() -> client.send(message(content)).get(20, TimeUnit.SECONDS))
                            .cause()
                            .isInstanceOfSatisfying(
                                    SmtpException.class,
                                    failure -> assertThat(failure.failure().cause())
                                            .isEqualTo(FailureCause.INVALID_ARGUMENT));
                }
            }
            assertThat(sink.counters().connections())
                    .as("nothing had to be sent to find out")
                    .isZero();
        }
    }

    /** R-8058-01: a receiver heeds one click only if a signature covers both fields. */
    @ParameterizedTest
    @ValueSource(strings = {"CHUNKING", "X-NONE"})
    void r6376_10_composedMailIsSevenBitAndVerifies(String hidden) throws Exception {
        byte[] octets = new byte[3 << 20];
        new Random(6376).nextBytes(octets);
        Path file = Files.write(directory.resolve("报告.pdf"), octets);
        MailMessage mail = MailMessage.builder()
                .from("Jö <joe@" + DOMAIN + ">")
                .to("suzie@shopping.example.net")
                .bcc("hidden@shopping.example.net")
                .subject("Grüße")
                .text("grün ".repeat(300) + "\n.\nFrom here on\n\n\n")
                .html("<p>" + "长".repeat(2_000))
                .listUnsubscribe(ListUnsubscribe.oneClick("https://shop.test/u?id=1"))
                .attach(Attachment.ofFile(file))
                .build();
        try (SmtpSink sink = SmtpSink.builder().hide(hidden).keepMessages().start();
                SmtpClient client = client(sink, signer())) {
            client.send(mail).get(20, TimeUnit.SECONDS);
            assertThat(sink.messages()).hasSize(1);
            byte[] received = sink.messages().get(0).content();
            assertVerifies(received);
            assertThat(ContentScanner.factsOf(received).eightBit()).isFalse();
            String header = new String(received, 0, 4_096, StandardCharsets.ISO_8859_1);
            String tags = header.substring(0, header.indexOf("b="));
            assertThat(tags).contains("List-Unsubscribe").contains("List-Unsubscribe-Post");
            assertThat(header).doesNotContain("hidden@");
        }
    }

    @Test
    void contentWithoutFromIsNotSent() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, signer())) {
            assertThatThrownBy(() -> client.send(message(Content.of("Subject: x\r\n\r\n")))
                            .get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(SmtpException.Request.class)
                    .hasMessageContaining("no From field");
        }
    }

    /** Signed, and changed before it is read again. */
    @ParameterizedTest
    @ValueSource(strings = {"CHUNKING", "X-NONE"})
    void aFileThatChangesAfterwardsIsNotDelivered(String hidden) throws Exception {
        Path file = directory.resolve("message.eml");
        ContentSigner thenChanged =
                (content, blocking) -> signer().sign(content, blocking).thenApply(signed -> {
                    try {
                        Files.writeString(file, "more\r\n", StandardOpenOption.APPEND);
                        return signed;
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                });
        try (SmtpSink sink = SmtpSink.builder().hide(hidden).keepMessages().start();
                SmtpClient client = client(sink, thenChanged)) {
            for (int size : new int[] {10, 200_000}) {
                Files.writeString(file, MESSAGE + "x\r\n".repeat(size));
                assertThatThrownBy(
                                () -> client.send(message(Content.ofFile(file))).get(20, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOfSatisfying(SmtpException.class, failure -> {
                            assertThat(failure.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED);
                            assertThat(failure.mayHaveBeenDelivered()).isFalse();
                        });
            }
            assertThat(sink.messages()).isEmpty();
        }
    }

    /** One event loop: while a large message is signed, and signed only, others go back and forth on it. */
    @Test
    void r6376_09_signingALargeMessageKeepsTheEventLoopFree() throws Exception {
        List<String> threads = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> othersAreDone = new CompletableFuture<>();
        byte[] large = octets(MESSAGE + LINES.repeat(LARGE / LINES.length()));
        DkimSigner dkim = signer();
        ContentSigner signer = (content, blocking) -> {
            CompletableFuture<Content> signed = dkim.sign(
                    content,
                    task -> blocking.execute(() -> {
                        threads.add(Thread.currentThread().getName());
                        task.run();
                    }));
            boolean isLarge = content instanceof Content.Published;
            return isLarge ? signed.thenCombine(othersAreDone, (done, others) -> done) : signed;
        };
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = client(sink, signer)) {
            Content published = Content.ofPublisher(() -> Content.of(large).open(Runnable::run));
            CompletableFuture<?> slow = client.send(message(published));
            for (int i = 0; i < 50; i++) {
                client.send(message(Content.of(MESSAGE))).get(20, TimeUnit.SECONDS);
            }
            assertThat(slow).isNotDone();
            othersAreDone.complete(null);
            slow.get(60, TimeUnit.SECONDS);
            sink.awaitCount(51, Duration.ofSeconds(10));
            assertThat(threads)
                    .hasSizeGreaterThan(LARGE / (64 * 1024))
                    .allMatch(name -> name.equals("pipepost-blocking"));
        }
    }
}
