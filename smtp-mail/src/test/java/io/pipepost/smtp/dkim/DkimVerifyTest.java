/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.PieceSource;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.james.jdkim.DKIMVerifier;
import org.apache.james.jdkim.exceptions.FailException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A verifier that others wrote, Apache jDKIM, finds signatures good and changes bad. It knows RSA only. */
class DkimVerifyTest {
    private static final long SEED = 6376;

    private static final KeyPair PAIR = newPair();
    private static final DkimKey RSA = DkimKey.of(Dkim.DOMAIN, "s1", PAIR.getPrivate());
    private static final String RECORD = "v=DKIM1; k=rsa; p="
            + Base64.getEncoder().encodeToString(PAIR.getPublic().getEncoded());

    @TempDir
    Path directory;

    private static KeyPair newPair() {
        try {
            return Dkim.newKeys("RSA", 2048);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void verify(byte[] signed) throws Exception {
        DKIMVerifier verifier = new DKIMVerifier((method, selector, domain) -> List.of(RECORD));
        assertThat(verifier.verify(new ByteArrayInputStream(signed))).hasSize(1);
    }

    private static void verify(String signed) throws Exception {
        verify(signed.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void assertBroken(String signed) {
        assertThatThrownBy(() -> verify(signed)).isInstanceOf(FailException.class);
    }

    private static DkimSigner.Builder signer() {
        return DkimSigner.builder(RSA);
    }

    // ---- what is good

    @Test
    void everyCanonicalization() throws Exception {
        for (Canonicalization header : Canonicalization.values()) {
            for (Canonicalization body : Canonicalization.values()) {
                verify(Dkim.sign(signer().canonicalization(header, body).build(), Dkim.MESSAGE));
            }
        }
    }

    @Test
    void identityAndExpiry() throws Exception {
        DkimKey key = RSA.withIdentity("joe@mail." + Dkim.DOMAIN);
        verify(Dkim.sign(DkimSigner.builder(key).expiry(Duration.ofDays(1)).build(), Dkim.MESSAGE));
        Clock longAgo = Clock.offset(Clock.systemUTC(), Duration.ofDays(-2));
        assertBroken(Dkim.sign(
                DkimSigner.builder(key)
                        .expiry(Duration.ofDays(1))
                        .clock(longAgo)
                        .build(),
                Dkim.MESSAGE));
    }

    /** As it goes over the wire, where line ends are CRLF. */
    private static byte[] normalized(byte[] octets) {
        String text = new String(octets, StandardCharsets.ISO_8859_1);
        String lines = text.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
        return (lines.endsWith("\r\n") ? lines : lines + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String randomContent(Random random) {
        String[] ends = {"\r\n", "\n", "\r"};
        StringBuilder content = new StringBuilder();
        String[] names = {"From", "Subject", "subject", "X-Other", "To", "Received"};
        content.append("From:").append(randomText(random)).append("@a.test\r\n");
        for (int i = random.nextInt(8); i > 0; i--) {
            content.append(names[random.nextInt(names.length)])
                    .append(": x")
                    .append(randomText(random).replaceAll("[\r\n]+", "\r\n x"))
                    .append(ends[random.nextInt(2)]);
        }
        content.append("\r\n");
        for (int i = random.nextInt(40); i > 0; i--) {
            content.append(randomText(random));
        }
        return content.toString();
    }

    private static String randomText(Random random) {
        String[] parts = {"a", "word", " ", "\t", "  ", "\r\n", "\n", "\r", ".", "\u00FC", "\r\n\r\n", "=", ";"};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(parts[random.nextInt(text.length() == 0 ? 5 : parts.length)]);
        }
        return text.toString().replaceAll("[\r\n]+(?=[^ \t]|$)", random.nextBoolean() ? "\n" : "\r\n");
    }

    @Tag("exhaustive")
    @Test
    void randomContentsInRandomPieces() throws Exception {
        for (int round = 0; round < 300; round++) {
            Random random = new Random(SEED + round);
            String body = randomContent(random);
            String fields = "From: x" + random.nextInt() + "\r\nSubject:  a \t b\r\n\t c \r\n";
            byte[] octets = (fields + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
            DkimSigner signer = signer().clock(Dkim.CLOCK)
                    .canonicalization(
                            Canonicalization.values()[random.nextInt(2)], Canonicalization.values()[random.nextInt(2)])
                    .build();
            Content whole = signer.sign(Content.of(octets), Runnable::run).get(20, TimeUnit.SECONDS);
            byte[] signed = Dkim.octets(whole);
            Content pieces = Content.ofPublisher(() -> new PieceSource(split(octets, random)));
            assertThat(Dkim.octets(signer.sign(pieces, Runnable::run).get(20, TimeUnit.SECONDS)))
                    .as("seed %d", SEED + round)
                    .isEqualTo(signed);
            try {
                verify(normalized(signed));
            } catch (FailException e) {
                throw new AssertionError("seed " + (SEED + round), e);
            }
        }
    }

    private static List<byte[]> split(byte[] octets, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < octets.length; ) {
            int to = Math.min(octets.length, from + random.nextInt(4));
            pieces.add(Arrays.copyOfRange(octets, from, to));
            from = to;
        }
        return pieces;
    }

    @Test
    void largeBodiesFromFilesAndBytes() throws Exception {
        String lines = " a\t b  \r\n".repeat(300_000) + "x".repeat(900) + "\r\n \r\n\r\n";
        byte[] octets = Dkim.octets(Dkim.MESSAGE + lines);
        Path file = Files.write(directory.resolve("large.eml"), octets);
        for (Content content : List.of(Content.of(octets), Content.ofFile(file))) {
            verify(Dkim.octets(
                    signer().build().sign(content, CompletableFuture::runAsync).get(20, TimeUnit.SECONDS)));
        }
    }

    /** The source signals on event loops, or wherever it likes: the hashing goes elsewhere all the same. */
    @Test
    void r6376_09_signalsFromAnyThreadAreHashedOnTheExecutor() throws Exception {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        List<byte[]> pieces = List.of(Dkim.octets(Dkim.MESSAGE), Dkim.octets("x\r\n"), Dkim.octets("x\r\n"));
        Content content = Content.ofPublisher(() -> new PieceSource(pieces));
        CompletableFuture<Content> signed = signer().build().sign(content, task -> {
            Thread thread = new Thread(() -> {
                threads.add(Thread.currentThread());
                task.run();
            });
            thread.start();
        });
        verify(Dkim.octets(signed.get(20, TimeUnit.SECONDS)));
        assertThat(threads).hasSize(pieces.size() + 1);
        assertThat(new String(Dkim.octets(signed.join()), StandardCharsets.UTF_8))
                .endsWith("x\r\n");
    }

    // ---- what is not

    @Test
    void s29_appendedBodyBreaksIt() throws Exception {
        String signed = Dkim.sign(signer().build(), Dkim.MESSAGE);
        verify(signed);
        assertBroken(signed + "More.\r\n");
    }

    @Test
    void s29_r6376_05_aSecondFieldInFrontBreaksIt() throws Exception {
        String signed = Dkim.sign(signer().build(), Dkim.MESSAGE);
        verify("X-Other: eve@evil.test\r\n" + signed);
        for (String name : List.of("From", "Subject", "Date", "To", "FROM")) {
            assertBroken(name + ": eve@evil.test\r\n" + signed);
        }
    }

    @Test
    void r6376_08_anOversignedFieldThatIsAbsentCannotBeAdded() throws Exception {
        DkimSigner signer = signer().oversignedFields(List.of("From", "Cc")).build();
        String signed = Dkim.sign(signer, Dkim.MESSAGE);
        verify(signed);
        verify("X-Other: b@b.test\r\n" + signed);
        assertBroken("Cc: b@b.test\r\n" + signed);
    }
}
