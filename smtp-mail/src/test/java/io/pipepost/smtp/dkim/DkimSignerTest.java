/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.PieceSource;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.Security;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What signatures look like, and what is refused. */
class DkimSignerTest {
    private static String unfolded(String signed) {
        return signed.replace("\r\n ", "").replace(" ", "");
    }

    private static void assertRefused(String content, String what) {
        assertThatThrownBy(() -> Dkim.sign(Dkim.signer().build(), content))
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(what);
    }

    // ---- the field

    @Test
    void r6376_01_tagsInOneFieldForEachKey() throws Exception {
        DkimSigner signer = DkimSigner.builder(Dkim.rsa(), Dkim.ed25519().withIdentity("@mail." + Dkim.DOMAIN))
                .clock(Dkim.CLOCK)
                .expiry(Duration.ofDays(7))
                .canonicalization(Canonicalization.SIMPLE, Canonicalization.RELAXED)
                .build();
        String signed = Dkim.sign(signer, Dkim.MESSAGE);
        assertThat(signed).endsWith(Dkim.MESSAGE);
        String tail =
                "h=From:To:Subject:Date:Message-ID:From:To:Subject:Date;bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;b=";
        assertThat(unfolded(signed))
                .startsWith("DKIM-Signature:v=1;a=rsa-sha256;c=simple/relaxed;d=football.example.com;s=test;"
                        + "t=1528637909;x=1529242709;" + tail)
                .contains("\r\nDKIM-Signature:v=1;a=ed25519-sha256;c=simple/relaxed;d=football.example.com;s=brisbane;"
                        + "t=1528637909;x=1529242709;i=@mail.football.example.com;" + tail);
        assertThat(signed).doesNotContain("l=").doesNotContain("z=");
    }

    @Test
    void r6376_01_foldedAt78() throws Exception {
        List<String> names =
                IntStream.range(0, 200).mapToObj(i -> "X-Field-Number-" + i).toList();
        DkimSigner signer = Dkim.signer().oversignedFields(names).build();
        String signed = Dkim.sign(signer, Dkim.MESSAGE);
        assertThat(signed.split("\r\n")).allMatch(line -> line.length() <= 78);
        assertThat(unfolded(signed)).contains(names.stream().collect(Collectors.joining(":", ":", ";")));
    }

    @Test
    void r6376_01_expiryIsLaterThanTheSignature() {
        assertThatThrownBy(() -> Dkim.signer().expiry(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Dkim.signer().expiry(Duration.ofSeconds(-5)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void r6376_01_domainAndSelectorAsALabels() {
        DkimKey key = DkimKey.ofPem("bücher.example", "mai.s1", Dkim.ED25519_PEM);
        assertThat(key.domain()).isEqualTo("xn--bcher-kva.example");
        assertThat(key.selector()).isEqualTo("mai.s1");
    }

    // ---- keys

    @Test
    void r6376_02_shortRsaKeysAreRefused() {
        RSAPrivateKey key = new RSAPrivateKey() {
            private static final long serialVersionUID = 1L;

            @Override
            public BigInteger getPrivateExponent() {
                return BigInteger.TWO;
            }

            @Override
            public String getAlgorithm() {
                return "RSA";
            }

            @Override
            public String getFormat() {
                return "PKCS#8";
            }

            @Override
            public byte[] getEncoded() {
                return new byte[0];
            }

            @Override
            public BigInteger getModulus() {
                return BigInteger.ONE.shiftLeft(1022);
            }
        };
        assertThatThrownBy(() -> DkimKey.of("a.test", "s", key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024")
                .hasMessageContaining("1023");
    }

    @Test
    void r6376_02_otherKeysAreRefused() throws Exception {
        for (String algorithm : List.of("EC", "Ed448", "RSASSA-PSS")) {
            PrivateKey key = Dkim.newKeys(algorithm, 0).getPrivate();
            assertThatThrownBy(() -> DkimKey.of("a.test", "s", key)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> DkimKey.ofPem("a.test", "s", Dkim.pem("PRIVATE KEY", key.getEncoded())))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void r6376_02_shortButAllowedRsaKeysAreLogged() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(DkimKey.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(log);
        try {
            Dkim.rsa();
            DkimKey.of("a.test", "s", Dkim.newKeys("RSA", 2048).getPrivate());
            Dkim.ed25519();
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .isEqualTo("DkimKey[test._domainkey.football.example.com, rsa-sha256] has only 1024 bits, expected"
                            + " 2048 (RFC 8301)");
        });
    }

    @Test
    void readsPkcs8AndPkcs1() throws Exception {
        PrivateKey key = Dkim.newKeys("RSA", 2048).getPrivate();
        String pkcs8 =
                "Some text\r\n" + Dkim.pem("PRIVATE KEY", key.getEncoded()).replace("\n", "\r\n");
        assertThat(DkimKey.ofPem("a.test", "s", pkcs8).privateKey()).isEqualTo(key);
        assertThat(Dkim.rsa().algorithm()).isEqualTo("rsa-sha256");
        assertThat(Dkim.ed25519().algorithm()).isEqualTo("ed25519-sha256");
    }

    @Test
    void r6376_09_unusablePemSaysWhatToDoAndShowsNothing() {
        String body = "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6";
        for (String pem : List.of(
                body,
                "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n" + body,
                "-----BEGIN PRIVATE KEY-----\n" + body + "*\n-----END PRIVATE KEY-----",
                "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----\n" + body + "\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN " + body)) {
            assertThatThrownBy(() -> DkimKey.ofPem("a.test", "s", pem))
                    .as(pem)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasNoCause()
                    .message()
                    .doesNotContain("MIIC");
        }
        for (String encrypted : List.of(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + "\n-----END ENCRYPTED PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" + body
                        + "\n-----END RSA PRIVATE KEY-----")) {
            assertThatThrownBy(() -> DkimKey.ofPem("a.test", "s", encrypted)).hasMessageContaining("openssl pkey -in");
        }
    }

    @Test
    void r6376_09_nothingShowsTheKey() {
        assertThat(Dkim.signer().build())
                .hasToString("DkimSigner[DkimKey[test._domainkey.football.example.com, rsa-sha256],"
                        + " DkimKey[brisbane._domainkey.football.example.com, ed25519-sha256]]");
    }

    @Test
    void aProviderWithoutTheAlgorithmIsFoundOutAtOnce() {
        assertThatThrownBy(() ->
                        Dkim.signer().provider(Security.getProvider("SUN")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SUN");
        assertThat(DkimSigner.builder(Dkim.rsa())
                        .provider(Security.getProvider("SunRsaSign"))
                        .build())
                .isNotNull();
    }

    // ---- S-24

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.test\r\nBcc: v@v.test",
                "a.test; l=0",
                "a test",
                "",
                "a..test",
                "[192.0.2.1]",
                "=?UTF-8?Q?=0D=0A?=",
                "a\u0000"
            })
    void s24_nothingElseGetsIntoTheField(String text) {
        assertThatThrownBy(() -> DkimKey.ofPem(text, "s", Dkim.ED25519_PEM)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> DkimKey.ofPem("a.test", text, Dkim.ED25519_PEM))
                .isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> Dkim.ed25519().withIdentity("@" + text)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> Dkim.ed25519().withIdentity(text + "@" + text))
                .isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void s24_identities() {
        DkimKey key = Dkim.ed25519();
        assertThat(key.withIdentity("@Football.Example.COM").identity()).isEqualTo("@Football.Example.COM");
        assertThat(key.withIdentity("\"a; l=0 b\"@x.football.example.com").identity())
                .isEqualTo("\"a=3B=20l=3D0=20b\"@x.football.example.com");
        for (String other :
                List.of("@example.com", "@evilfootball.example.com", "joe@example.com", "jöe@" + Dkim.DOMAIN)) {
            assertThatThrownBy(() -> key.withIdentity(other)).isInstanceOf(SmtpSyntaxException.class);
        }
    }

    @Test
    void s24_namesOfFields() {
        for (String name : List.of("", "a b", "a:b", "a;b", "a\r\nb", "ä", "dkim-signature")) {
            assertThatThrownBy(() -> Dkim.signer().signedFields(List.of("From", name)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Dkim.signer().oversignedFields(List.of(name)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Dkim.signer().signedFields(List.of("Subject")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("From");
    }

    // ---- the content

    @Test
    void r6376_05_everyFieldOfANameIsListed() throws Exception {
        DkimSigner signer = Dkim.signer()
                .signedFields(List.of("received", "FROM", "Cc", "from"))
                .oversignedFields(List.of("From", "X-Absent"))
                .build();
        String signed = Dkim.sign(signer, "Received: 2\r\nReceived: 1\r\nFrom: a@a.test\r\n\r\nx\r\n");
        assertThat(unfolded(signed)).contains("h=received:received:FROM:FROM:X-Absent;");
    }

    @Test
    void contentThatCannotBeSignedIsRefused() {
        assertRefused("Subject: x\r\n\r\nFrom: joe\r\n", "From");
        assertRefused("", "From");
        assertRefused("\r\nFrom: joe\r\n", "From");
        assertRefused(" folded\r\nFrom: joe\r\n", "Line 1 of the header");
        assertRefused("From: joe\r\n x\r\n\r\n\r\n".replace("\r\n\r\n", "\r\nno field\r\n"), "Line 3 of the header");
        assertRefused("From joe Mon\r\nFrom: joe\r\n\r\n", "Line 1 of the header");
        assertRefused("From: " + "x".repeat(Reading.MAX_HEADER), "longer than 262144 octets");
    }

    @Test
    void aHeaderWithoutEndIsNotReadToItsEnd() throws Exception {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        Content endless = Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                if (!cancelled.isDone()) {
                    subscriber.onNext(ByteBuffer.wrap(Dkim.octets("X-A: b\r\n".repeat(1000))));
                }
            }

            @Override
            public void cancel() {
                cancelled.complete(null);
            }
        }));
        CompletableFuture<Content> signed = Dkim.signer().build().sign(endless, CompletableFuture::runAsync);
        assertThatThrownBy(() -> signed.get(20, TimeUnit.SECONDS)).hasMessageContaining("longer than");
        assertThat(cancelled).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void cancellingStopsTheReading() {
        AtomicBoolean cancelled = new AtomicBoolean();
        Content silent = Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {
                cancelled.set(true);
            }
        }));
        CompletableFuture<Content> signed = Dkim.signer().build().sign(silent, Runnable::run);
        assertThat(signed.cancel(true)).isTrue();
        assertThat(cancelled).isTrue();
    }

    @Test
    void aSourceThatPublishesMoreThanWasAskedForIsRefused() {
        ArrayBlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(10);
        Content rude = Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                subscriber.onNext(ByteBuffer.wrap(Dkim.octets(Dkim.MESSAGE)));
                subscriber.onNext(ByteBuffer.wrap(Dkim.octets(Dkim.MESSAGE)));
            }

            @Override
            public void cancel() {}
        }));
        CompletableFuture<Content> signed = Dkim.signer().build().sign(rude, tasks::add);
        assertThatThrownBy(signed::join).hasMessageContaining("more than was requested");
    }

    @Test
    void signedContentIsReplayableAndItsSizeIsKnown() throws Exception {
        DkimSigner signer = Dkim.signer().build();
        byte[] octets = Dkim.octets(Dkim.MESSAGE + "x".repeat(70).concat("\r\n").repeat(30_000));
        List<byte[]> pieces = List.of(octets);
        for (Content content : List.of(
                Content.of(octets),
                Content.ofPublisher(() -> new PieceSource(pieces)),
                Content.ofPublisher(() -> new PieceSource(pieces), octets.length))) {
            Content signed = signer.sign(content, CompletableFuture::runAsync).get(20, TimeUnit.SECONDS);
            byte[] first = Dkim.octets(signed);
            assertThat(signed.size()).hasValue(first.length);
            assertThat(Dkim.octets(signed)).isEqualTo(first);
            assertThat(new String(first, StandardCharsets.ISO_8859_1))
                    .startsWith("DKIM-Signature: v=1; a=rsa-sha256;")
                    .endsWith(new String(octets, StandardCharsets.ISO_8859_1));
        }
    }
}
