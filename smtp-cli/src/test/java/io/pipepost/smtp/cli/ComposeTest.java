/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.james.jdkim.DKIMVerifier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code pipepost send} composes and signs: what the sink got is read back by others' software. */
@ExtendWith(Leaks.class)
class ComposeTest {
    private static final byte[] OCTETS = octets(5321, 100_000);

    @TempDir
    private Path directory;

    private String file;

    private static byte[] octets(long seed, int count) {
        byte[] octets = new byte[count];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    @BeforeEach
    void writeFile() throws IOException {
        file = write("report.pdf", OCTETS);
    }

    private String write(String name, byte[] octets) throws IOException {
        return Files.write(directory.resolve(name), octets).toString();
    }

    private static CliRun send(SmtpSink sink, byte[] in, String... more) {
        List<String> args =
                List.of("send", "--server", "127.0.0.1:" + sink.port(), "--tls", "none", "--to", "c@d.test");
        return CliRun.of(in, Map.of(), CliRun.args(args, more));
    }

    /** Sends from {@code a@b.test} and gives what the sink has got. */
    private static Received sent(String in, String... more) {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            byte[] octets = in.getBytes(StandardCharsets.UTF_8);
            CliRun run = send(
                    sink,
                    octets,
                    CliRun.args(List.of("--from", "a@b.test"), more).toArray(String[]::new));
            assertThat(run.err()).isEmpty();
            assertThat(run.status()).isZero();
            assertThat(sink.messages()).hasSize(1);
            return sink.messages().get(0);
        }
    }

    private static ReadMail read(String... more) throws IOException {
        return ReadMail.of(sent("", more).content());
    }

    @Test
    void r2046_02_buildsTheStructureThatTheOptionsNeed() throws IOException {
        byte[] logo = octets(5322, 3000);
        ReadMail mail = read(
                "--subject",
                "您的发票 №1",
                "--text",
                "Thank you!\n.\n谢谢",
                "--html",
                "<img src=\"cid:logo@b.test\"> <b>谢谢</b>",
                "--inline",
                "logo@b.test=" + write("logo.png", logo),
                "--attach",
                file,
                "--attach",
                write("a b.csv", "x;y\n".getBytes(StandardCharsets.UTF_8)));

        assertThat(mail.field("Subject")).isEqualTo("您的发票 №1");
        assertThat(mail.parts())
                .containsExactly(
                        "multipart/mixed",
                        "  multipart/related",
                        "    multipart/alternative",
                        "      text/plain",
                        "      text/html",
                        "    image/png inline logo.png <logo@b.test>",
                        "  application/pdf attachment report.pdf",
                        "  text/csv attachment a b.csv");
        assertThat(mail.text(0)).isEqualTo("Thank you!\r\n.\r\n谢谢");
        assertThat(mail.text(1)).isEqualTo("<img src=\"cid:logo@b.test\"> <b>谢谢</b>");
        assertThat(mail.octets().get(2)).isEqualTo(logo);
        assertThat(mail.octets().get(3)).isEqualTo(OCTETS);
        assertThat(mail.text(4)).isEqualTo("x;y\n");
    }

    @Test
    void r5322_08_namesEverybodyInTheEnvelopeAndNobodyOfBccInTheMessage() throws IOException {
        Received received = sent(
                "",
                "--to",
                "\"Doe, Jo\" <jo@d.test>",
                "--cc",
                "王 <w@例え.test>",
                "--bcc",
                "hidden@d.test",
                "--text",
                "x");
        ReadMail mail = ReadMail.of(received.content());

        assertThat(received.from()).isEqualTo("a@b.test");
        assertThat(received.recipients())
                .containsExactly("c@d.test", "jo@d.test", "w@xn--r8jz45g.test", "hidden@d.test");
        assertThat(mail.field("From")).isEqualTo("a@b.test");
        assertThat(mail.field("To")).isEqualTo("c@d.test, \"Doe, Jo\" <jo@d.test>");
        assertThat(mail.field("Cc")).endsWith(" <w@xn--r8jz45g.test>");
        assertThat(mail.fields()).doesNotContainKey("Bcc");
        assertThat(received.text()).doesNotContain("hidden");
    }

    @Test
    void mayTakeTheHeadersFromAndSenderFromElsewhere() throws IOException {
        Received bounce = sent("", "--header", "From: Jo <jo@d.test>", "--header", "Sender: s@d.test", "--text", "x");
        assertThat(bounce.from()).isEqualTo("a@b.test");
        assertThat(ReadMail.of(bounce.content()).field("From")).isEqualTo("Jo <jo@d.test>");
        assertThat(ReadMail.of(bounce.content()).field("Sender")).isEqualTo("s@d.test");
    }

    @Test
    void mayHaveTheNullReversePath() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = send(sink, new byte[0], "--from", "", "--header", "From: jo@d.test", "--text", "x");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(sink.messages().get(0).from()).isEmpty();
            assertThat(ReadMail.of(sink.messages().get(0).content()).field("From"))
                    .isEqualTo("jo@d.test");
        }
    }

    @Test
    void takesTheNameOfTheSenderToo() throws IOException {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = send(sink, new byte[0], "--from", "Example Shop <shop@b.test>", "--text", "x");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(sink.messages().get(0).from()).isEqualTo("shop@b.test");
            assertThat(ReadMail.of(sink.messages().get(0).content()).field("From"))
                    .isEqualTo("Example Shop <shop@b.test>");
        }
    }

    @Test
    void writesFieldsThatHaveAGrammarByIt() throws IOException {
        ReadMail mail = read(
                "--header",
                "Date: Tue, 3 Jun 2025 11:05:30 +0200",
                "--header",
                "message-id: <1@b.test>",
                "--header",
                "In-Reply-To: <2@b.test>",
                "--header",
                "References: <3@b.test>  <2@b.test>",
                "--header",
                "Reply-To: Jo <jo@d.test>, Team: t@d.test;",
                "--header",
                "List-Unsubscribe: <https://b.test/u?1>, <mailto:u@b.test>",
                "--header",
                "Auto-Submitted: auto-generated",
                "--header",
                "X-Campaign: spring",
                "--header",
                "X-Campaign:\tété",
                "--header",
                "X-Empty:",
                "--subject",
                "x");

        assertThat(mail.field("Date")).isEqualTo("Tue, 3 Jun 2025 11:05:30 +0200");
        assertThat(mail.field("Message-ID")).isEqualTo("<1@b.test>");
        assertThat(mail.field("In-Reply-To")).isEqualTo("<2@b.test>");
        assertThat(mail.field("References")).isEqualTo("<3@b.test> <2@b.test>");
        assertThat(mail.field("Reply-To")).isEqualTo("Jo <jo@d.test>, Team: t@d.test;");
        assertThat(mail.field("List-Unsubscribe")).isEqualTo("<https://b.test/u?1>, <mailto:u@b.test>");
        assertThat(mail.field("Auto-Submitted")).isEqualTo("auto-generated");
        assertThat(mail.fields().get("X-Campaign")).containsExactly("spring", "été");
        assertThat(mail.field("X-Empty")).isEmpty();
    }

    @Test
    void takesTextOrHtmlFromStandardInput() throws IOException {
        Received text = sent("grüße\nund\n", "--text", "-", "--html", "<p>");
        assertThat(ReadMail.of(text.content()).text(0)).isEqualTo("grüße\r\nund\r\n");
        Received html = sent("<b>ü</b>", "--text", "x", "--html", "-");
        assertThat(ReadMail.of(html.content()).text(1)).isEqualTo("<b>ü</b>");
    }

    @Test
    void maySayNothingButItsSubject() throws IOException {
        ReadMail mail = read("--subject", "-- 100 % ${x}");
        assertThat(mail.field("Subject")).isEqualTo("-- 100 % ${x}");
        assertThat(mail.parts()).containsExactly("text/plain");
        assertThat(mail.text(0)).isBlank();
        assertThat(read("--attach", file).parts())
                .containsExactly("multipart/mixed", "  application/pdf attachment report.pdf");
    }

    @Test
    void r5322_02_s24_decodesNothingInWhatItIsGiven() throws IOException {
        String hidden = "=?UTF-8?Q?=0D=0ABcc:_v@v.test?=";
        ReadMail mail = read("--subject", hidden, "--header", "X-Note: " + hidden, "--text", "x");
        assertThat(mail.field("Subject")).isEqualTo(hidden);
        assertThat(mail.field("X-Note")).isEqualTo(hidden);
        assertThat(mail.fields()).doesNotContainKey("Bcc");
    }

    /** Picocli would read arguments from the file. */
    @Test
    void takesNoTextForTheNameOfAFileOfArguments() throws IOException {
        assertThat(read("--subject", "@" + file).field("Subject")).isEqualTo("@" + file);
    }

    @Test
    void asksForSmtpUtf8OnlyForAddressesThatNeedIt() throws IOException {
        Received plain = sent("", "--text", "ü", "--subject", "ü", "--to", "Ü <u@ü.test>");
        assertThat(plain.parameters()).doesNotContain("SMTPUTF8");
        Received other = sent("", "--text", "x", "--to", "ü@d.test");
        assertThat(other.parameters()).contains("SMTPUTF8");
        assertThat(other.text()).contains("\r\nTo: c@d.test, ü@d.test\r\n");
    }

    @Test
    void sendsTheSameMessageEachTime() {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun run = send(sink, new byte[0], "--from", "a@b.test", "--attach", file, "--repeat", "3", "--json");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.lines()).hasSize(3).allMatch(line -> line.contains("\"outcome\":\"accepted\""));
            assertThat(sink.messages())
                    .hasSize(3)
                    .allSatisfy(message -> assertThat(message.content())
                            .isEqualTo(sink.messages().get(0).content()));
        }
    }

    @Test
    void sendsNothingIfAnAttachmentHasVanished() {
        try (SmtpSink sink = SmtpSink.builder()
                .rule((phase, argument) -> {
                    if (phase == Phase.EHLO) {
                        delete(Path.of(file));
                    }
                    return null;
                })
                .start()) {
            CliRun run = send(
                    sink,
                    new byte[0],
                    "--from",
                    "a@b.test",
                    "--text",
                    "x",
                    "--attach",
                    file,
                    "--json",
                    "--pipelining",
                    "off");
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.out()).contains("\"outcome\":\"not-sent\"", "\"cause\":\"content-failed\"", "report.pdf");
            assertThat(run.err()).isEmpty();
            assertThat(sink.counters().messages()).isZero();
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- signatures

    private static KeyPair rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    private String[] signing(KeyPair keys) throws IOException {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        String key = write("key.pem", pem.getBytes(StandardCharsets.US_ASCII));
        return new String[] {"--dkim-key", key, "--dkim-selector", "s1", "--dkim-domain", "b.test"};
    }

    private static void verify(KeyPair keys, Received received) throws Exception {
        String published = "v=DKIM1; k=rsa; p="
                + Base64.getEncoder().encodeToString(keys.getPublic().getEncoded());
        DKIMVerifier verifier = new DKIMVerifier((method, selector, domain) -> {
            assertThat(selector + "._domainkey." + domain).isEqualTo("s1._domainkey.b.test");
            return List.of(published);
        });
        assertThat(verifier.verify(new ByteArrayInputStream(received.content())))
                .hasSize(1);
    }

    @Test
    void r8058_01_saysThatOneClickNeedsASignature() throws Exception {
        List<String> mail = List.of(
                "--from",
                "a@b.test",
                "--subject",
                "x",
                "--header",
                "List-Unsubscribe: <https://b.test/u?1>",
                "--header",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            CliRun unsigned = send(sink, new byte[0], mail.toArray(String[]::new));
            assertThat(unsigned.status()).isZero();
            assertThat(unsigned.err()).startsWith("WARNING: ").contains("--dkim-key");
            CliRun signed =
                    send(sink, new byte[0], CliRun.args(mail, signing(rsa())).toArray(String[]::new));
            assertThat(signed.status()).isZero();
            assertThat(signed.err()).isEmpty();
            assertThat(sink.messages())
                    .hasSize(2)
                    .allSatisfy(received -> assertThat(
                                    ReadMail.of(received.content()).field("List-Unsubscribe-Post"))
                            .isEqualTo("List-Unsubscribe=One-Click"));
        }
    }

    @Test
    void r6376_07_signsWhatItSends() throws Exception {
        KeyPair keys = rsa();
        String[] signing = signing(keys);
        Received composed = sent(
                "",
                CliRun.args(List.of("--subject", "ü", "--text", ".\n", "--attach", file), signing)
                        .toArray(String[]::new));
        verify(keys, composed);
        assertThat(composed.text()).startsWith("DKIM-Signature: ");
        assertThat(ReadMail.of(composed.content()).octets().get(1)).isEqualTo(OCTETS);

        String data = "From: a@b.test\nSubject: x\n\n.dot\nno end";
        Received complete =
                sent(data, CliRun.args(List.of("--data", "-"), signing).toArray(String[]::new));
        verify(keys, complete);
        assertThat(complete.text()).endsWith("From: a@b.test\r\nSubject: x\r\n\r\n.dot\r\nno end\r\n");
    }

    @Test
    void signsWithEd25519() throws Exception {
        Received received = sent(
                "",
                CliRun.args(
                                List.of("--text", "x"),
                                signing(KeyPairGenerator.getInstance("Ed25519").generateKeyPair()))
                        .toArray(String[]::new));
        assertThat(received.text()).startsWith("DKIM-Signature: ").contains("a=ed25519-sha256;");
    }

    @Test
    void sendsNothingThatCannotBeSigned() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            byte[] noFrom = "Subject: x\r\n\r\nx\r\n".getBytes(StandardCharsets.UTF_8);
            CliRun run = send(
                    sink,
                    noFrom,
                    CliRun.args(List.of("--from", "a@b.test", "--data", "-"), signing(rsa()))
                            .toArray(String[]::new));
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("From");
            assertThat(sink.counters().messages()).isZero();
        }
    }
}
