/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static io.pipepost.smtp.testing.Peer.base64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Leaks.class)
class SmtpSinkTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String ENVELOPE = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n";

    private static Peer greeted(SmtpSink sink) throws IOException {
        return new Peer(sink.port()).expect(220).send("EHLO client.test\r\n").expect(250);
    }

    @Test
    void keepsMessageThatCameInOneGroup() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                Peer peer = greeted(sink)) {
            peer.send(
                            "MAIL FROM:<a@b.test> SIZE=9 BODY=8BITMIME\r\nRCPT TO:<c@d.test>\r\nRCPT TO:<\"x> y\"@d.test>\r\nDATA\r\n")
                    .expect(250, 250, 250, 354)
                    .send("a\r\n..\r\n..b\r\n.\r\nQUIT\r\n")
                    .expect(250, 221)
                    .expectEnd();
            sink.awaitCount(1, SOON);
            Received message = sink.messages().get(0);
            assertThat(message.from()).isEqualTo("a@b.test");
            assertThat(message.recipients()).containsExactly("c@d.test", "\"x> y\"@d.test");
            assertThat(message.parameters()).containsExactly("SIZE=9", "BODY=8BITMIME");
            assertThat(message.text()).isEqualTo("a\r\n.\r\n.b\r\n");
            assertThat(message.tls()).isFalse();
            assertThat(message.user()).isNull();
            assertThat(message.session()).isEqualTo(1);
        }
    }

    @Test
    void takesChunksInOneFlight() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "BDAT 4\r\n.\r\naBDAT 3 LAST\r\nb\r\n" + ENVELOPE
                            + "BDAT 3\r\nx\r\nBDAT 0 LAST\r\nRSET\r\n")
                    .expect(250, 250, 250, 250)
                    .expect(250, 250, 250, 250, 250);
            assertThat(sink.messages()).extracting(Received::text).containsExactly(".\r\nab\r\n", "x\r\n");
            assertThat(sink.counters().commands(Verb.BDAT)).isEqualTo(4);
            assertThat(sink.counters().octets()).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RCPT TO:<a@b.test>\\r\\n | 503",
                "DATA\\r\\n | 503",
                "MAIL FROM:<>\\r\\nMAIL FROM:<>\\r\\n | 250 503",
                "MAIL FROM:<>\\r\\nDATA\\r\\n | 250 503",
                "MAIL FROM:<>\\r\\nRCPT TO:<>\\r\\nDATA\\r\\n | 250 501 554",
                "MAIL FROM:<>\\r\\nRCPT TO:<>\\r\\nBDAT 4 LAST\\r\\nNOOPNOOP\\r\\n | 250 501 554 250",
                "BDAT 6\\r\\nNOOP\\r\\nNOOP\\r\\n | 503 250",
                "MAIL FROM:<>\\r\\nRCPT TO:<a@b.test>\\r\\nBDAT 1\\r\\nxDATA\\r\\nRCPT TO:<c@d.test>\\r\\n | 250 250 250 503 503",
                "VRFY a\\r\\nHELP\\r\\nNOOP x\\r\\nWHAT\\r\\nEXPN a\\r\\n | 252 214 250 500 502",
                "NOOP\\nNOOP\\r\\n | 500 250",
                "MAIL FROM: <a@b.test>\\r\\nMAIL FROM:<a@b.test>x\\r\\nMAIL TO:<a@b.test>\\r\\n | 501 501 501",
                "MAIL FROM:<> X=1\\r\\nMAIL FROM:<> SIZE=x\\r\\nMAIL FROM:<> BODY=BINARYMIME\\r\\n | 555 501 555",
                "MAIL FROM:<\u00e4@b.test>\\r\\nMAIL FROM:<\u00e4@b.test> SMTPUTF8\\r\\n | 553 250",
                "AUTH PLAIN\\r\\nSTARTTLS\\r\\n | 502 502",
                "BDAT x\\r\\nBDAT 1 FIRST\\r\\nBDAT -1\\r\\nBDAT +1\\r\\n | 501 501 501 501",
            })
    void answersByTheRfcs(String sent, String codes) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                Peer peer = greeted(sink)) {
            peer.send(new String(Octets.unescape(sent), StandardCharsets.UTF_8));
            for (String code : codes.split(" ", -1)) {
                peer.expect(Integer.parseInt(code));
            }
        }
    }

    @Test
    void wantsEhloFirst() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                Peer peer = new Peer(sink.port())) {
            peer.expect(220)
                    .send("MAIL FROM:<>\r\nEHLO\r\nHELO x\r\nMAIL FROM:<>\r\n")
                    .expect(503, 501, 250, 250);
        }
    }

    @Test
    void offersAndHides() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .maxSize(100)
                        .credentials("u", "p")
                        .startTls()
                        .hide("chunking")
                        .hide("8BITMIME")
                        .ehloLine("X-THING 1")
                        .start();
                Peer peer = new Peer(sink.port())) {
            peer.expect(220).send("EHLO c\r\n");
            assertThat(List.of(
                            peer.line(),
                            peer.line(),
                            peer.line(),
                            peer.line(),
                            peer.line(),
                            peer.line(),
                            peer.line(),
                            peer.line()))
                    .containsExactly(
                            "250-sink.test",
                            "250-PIPELINING",
                            "250-SMTPUTF8",
                            "250-ENHANCEDSTATUSCODES",
                            "250-SIZE 100",
                            "250-STARTTLS",
                            "250-AUTH PLAIN LOGIN CRAM-MD5",
                            "250 X-THING 1");
            peer.send("BDAT 5\r\nMAIL FROM:<> BODY=8BITMIME\r\nMAIL FROM:<> X=1\r\n")
                    .expect(502, 555, 250);
        }
    }

    @Test
    void knowsOnlyHelo() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().hide("EHLO").start();
                Peer peer = new Peer(sink.port())) {
            peer.expect(220)
                    .send("EHLO c\r\n")
                    .expect(502)
                    .send("HELO c\r\nMAIL FROM:<>\r\n")
                    .expect(250, 250);
        }
    }

    @Test
    void dropsWhatStandsBehindStartTls() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().requireTls().keepMessages().start();
                Peer peer = greeted(sink)) {
            peer.send("MAIL FROM:<>\r\nSTARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@b.test>\r\n")
                    .expect(530, 220)
                    .startTls(sink.certificates())
                    .send("MAIL FROM:<a@b.test>\r\n")
                    .expect(503)
                    .send("EHLO c\r\nSTARTTLS\r\n" + ENVELOPE + "DATA\r\n")
                    .expect(250, 503, 250, 250, 354)
                    .send("x\r\n.\r\nQUIT\r\n")
                    .expect(250, 221)
                    .expectEnd();
            assertThat(sink.messages()).singleElement().satisfies(message -> {
                assertThat(message.tls()).isTrue();
                assertThat(message.from()).isEqualTo("a@b.test");
            });
            assertThat(sink.counters().commands(Verb.EHLO)).isEqualTo(2);
        }
    }

    @Test
    void speaksTlsFromTheStart() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start();
                Peer peer = new Peer(sink.port())) {
            peer.startTls(sink.certificates())
                    .expect(220)
                    .send("EHLO c\r\nQUIT\r\n")
                    .expect(250, 221)
                    .expectEnd();
        }
    }

    @Test
    void otherCertificatesAreNotTrusted() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .implicitTls()
                        .certificates(TestCertificates.create("other.example"))
                        .start();
                Peer stranger = new Peer(sink.port());
                Peer wrongName = new Peer(sink.port())) {
            assertThatThrownBy(() -> stranger.startTls(TestCertificates.shared()))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> wrongName.startTls(sink.certificates())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void authenticatesByPassword() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                .credentials("u", "p")
                .requireAuth()
                .keepMessages()
                .start()) {
            try (Peer peer = greeted(sink)) {
                peer.send("MAIL FROM:<>\r\nAUTH PLAIN " + base64("\0u\0bad") + "\r\n")
                        .expect(530, 535);
                peer.send("AUTH PLAIN\r\n").expect(334).send("!\r\n").expect(501);
                peer.send("AUTH NTLM\r\nAUTH\r\nAUTH LOGIN\r\n")
                        .expect(504, 501, 334)
                        .send("*\r\n")
                        .expect(501);
                peer.send("AUTH PLAIN " + base64("\0u\0p") + "\r\nAUTH PLAIN\r\n")
                        .expect(235, 503);
                peer.send(ENVELOPE + "BDAT 2 LAST\r\n\r\n").expect(250, 250, 250);
            }
            assertThat(sink.messages().get(0).user()).isEqualTo("u");
            try (Peer peer = greeted(sink)) {
                peer.send("auth login\r\n")
                        .expect(334)
                        .send(base64("u") + "\r\n")
                        .expect(334);
                peer.send(base64("p") + "\r\n").expect(235);
            }
        }
    }

    @Test
    void authenticatesByChallenge() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().credentials("u", "p").start();
                Peer peer = greeted(sink)) {
            peer.send("AUTH CRAM-MD5\r\n");
            byte[] challenge = java.util.Base64.getDecoder().decode(peer.line().substring(4));
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec("p".getBytes(StandardCharsets.UTF_8), "HmacMD5"));
            peer.send(base64("u " + HexFormat.of().formatHex(mac.doFinal(challenge))) + "\r\n")
                    .expect(235);
        }
    }

    @Test
    void authenticatesByToken() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().token("u", "t").start();
                Peer peer = greeted(sink)) {
            peer.send("AUTH XOAUTH2 " + base64("user=u\1auth=Bearer bad\1\1") + "\r\n")
                    .expect(334);
            peer.send("\r\n").expect(535);
            peer.send("AUTH OAUTHBEARER " + base64("n,a=u,\1host=x\1port=1\1auth=Bearer bad\1\1") + "\r\n")
                    .expect(334);
            peer.send("AQ==\r\n").expect(535);
            peer.send("AUTH OAUTHBEARER " + base64("n,a=u,\1host=x\1port=1\1auth=Bearer t\1\1") + "\r\n")
                    .expect(235);
        }
    }

    @Test
    void refusesByRule() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .keepMessages()
                        .reply(Phase.RCPT, argument -> argument.contains("bad"), Reply.of(550, "5.1.1 No such user"))
                        .reply(Phase.END_OF_DATA, "no@b.test"::equals, Reply.of(554, "5.7.1 Spam"))
                        .reply(Phase.END_OF_DATA, Reply.of(250, "Mail OK queued as x"))
                        .start();
                Peer peer = greeted(sink)) {
            peer.send("MAIL FROM:<no@b.test>\r\nRCPT TO:<bad@d.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 1 LAST\r\nx")
                    .expect(250, 550, 250, 554);
            peer.send(ENVELOPE + "BDAT 1 LAST\r\nx").expect(250, 250);
            assertThat(peer.line()).isEqualTo("250 Mail OK queued as x");
            assertThat(sink.messages()).extracting(Received::from).containsExactly("a@b.test");
            assertThat(sink.counters().recipientsAccepted()).isEqualTo(2);
            assertThat(sink.counters().recipientsRefused()).isEqualTo(1);
        }
    }

    @Test
    void refusesChunkAndWaitsForReset() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .reply(Phase.BDAT, "1"::equals, Reply.of(451, "4.3.0 Later"))
                        .start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "BDAT 1\r\nxBDAT 2 LAST\r\nyyRSET\r\n" + ENVELOPE + "BDAT 2 LAST\r\nyy")
                    .expect(250, 250, 451, 503, 250)
                    .expect(250, 250, 250);
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void enforcesLimits() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .maxSize(5)
                        .maxRecipients(1)
                        .messagesPerConnection(1)
                        .start();
                Peer peer = greeted(sink)) {
            peer.send("MAIL FROM:<> SIZE=6\r\n" + ENVELOPE + "RCPT TO:<e@d.test>\r\nBDAT 6 LAST\r\n123456")
                    .expect(552, 250, 250, 452, 552);
            peer.send(ENVELOPE + "DATA\r\n")
                    .expect(250, 250, 354)
                    .send("123\r\n.\r\n")
                    .expect(250);
            peer.send(ENVELOPE + "DATA\r\n").expect(421).expectEnd();
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void dropsConnectionBehindTheMessage() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().dropAfter(Phase.END_OF_DATA).start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "BDAT 1 LAST\r\nx").expect(250, 250).expectEnd();
            assertThat(sink.counters().messages()).isEqualTo(1);
        }
    }

    @Test
    void dropsConnectionAtOnce() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().dropAfter(Phase.GREETING).start();
                Peer peer = new Peer(sink.port())) {
            peer.expectEnd();
        }
    }

    @Test
    void delaysGroupsNotReplies() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .latency(Duration.ofMillis(50))
                        .startTls()
                        .start();
                Peer peer = greeted(sink)) {
            peer.send("STARTTLS\r\n")
                    .expect(220)
                    .startTls(sink.certificates())
                    .send("EHLO c\r\n")
                    .expect(250);
            long start = System.nanoTime();
            peer.send("NOOP\r\n".repeat(20)).expect(250, 250, 250, 250, 250);
            peer.send(ENVELOPE + "QUIT\r\n");
            for (int i = 0; i < 17; i++) {
                peer.expect(250);
            }
            peer.expect(221).expectEnd();
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertThat(millis).isBetween(50L, 900L);
        }
    }

    @Test
    void lastReplySurvivesContentThatIsStillComing() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .reply(Phase.MAIL, Reply.of(421, "4.3.2 Shutting down"))
                        .start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "BDAT 300000 LAST\r\n" + "x".repeat(300_000))
                    .expect(421)
                    .expectEnd();
            assertThat(sink.counters().commands(Verb.RCPT)).isZero();
        }
    }

    @Test
    void earlierRepliesLeaveBeforeTheDrop() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .latency(Duration.ofMillis(20))
                        .dropAfter(Phase.DATA)
                        .start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "DATA\r\nNOOP\r\n").expect(250, 250).expectEnd();
        }
    }

    @Test
    void answersLongLineOnce() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                Peer peer = greeted(sink)) {
            peer.send("NOOP " + "x".repeat(20_000) + "\r\nNOOP\r\n").expect(500, 250);
        }
    }

    @Test
    void saysToEhloWhatItIsTold() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .reply(Phase.GREETING, Reply.of(220, "hello"))
                        .reply(Phase.EHLO, new Reply(250, List.of("x", "AUTH=LOGIN PLAIN")))
                        .start();
                Peer peer = new Peer(sink.port())) {
            assertThat(peer.line()).isEqualTo("220 hello");
            peer.send("EHLO c\r\n");
            assertThat(peer.line()).isEqualTo("250-x");
            assertThat(peer.line()).isEqualTo("250 AUTH=LOGIN PLAIN");
        }
    }

    @Test
    void tellsWhatItWaitedFor() {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            assertThatThrownBy(() -> sink.awaitCount(1, Duration.ofMillis(10)))
                    .hasMessageContaining("Expected 1 messages")
                    .hasMessageContaining("found 0");
        }
    }

    @Test
    void refusesWhatItsReceiverRefuses() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .onMessage(message -> {
                            throw new IllegalStateException("disk full");
                        })
                        .start();
                Peer peer = greeted(sink)) {
            peer.send(ENVELOPE + "BDAT 1 LAST\r\nx").expect(250, 250, 451);
            assertThat(sink.counters().messages()).isZero();
        }
    }

    @Test
    void countsConnections() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            try (Peer one = greeted(sink);
                    Peer two = greeted(sink)) {
                assertThat(sink.counters().openConnections()).isEqualTo(2);
                sink.dropConnections();
                one.expectEnd();
                two.expectEnd();
            }
            greeted(sink).close();
            assertThat(sink.counters().connections()).isEqualTo(3);
            assertThat(sink.counters().maxOpenConnections()).isEqualTo(2);
        }
    }
}
