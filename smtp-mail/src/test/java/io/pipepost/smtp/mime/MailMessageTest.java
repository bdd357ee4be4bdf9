/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.mail.OctetTaker;
import io.pipepost.smtp.protocol.ContentScanner;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.Header;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The builder: the header and the envelope that it makes, and what it refuses. */
class MailMessageTest {
    private static MailMessage.Builder builder() {
        return MailMessage.builder().from("Jo <jo@d.test>").text("Hello.");
    }

    private static String octets(MailMessage message) {
        return new String(OctetTaker.all(message.content()), UTF_8);
    }

    private static List<String> recipients(MailMessage message) {
        return message.envelope().recipients().stream()
                .map(ForwardPath::toString)
                .toList();
    }

    private static void assertRefused(ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOf(SmtpSyntaxException.class).hasMessageContaining(why);
    }

    // ---- header

    @Test
    void everyFieldHasItsPlace() {
        MailMessage message = MailMessage.builder()
                .from("Jörg <jo@d.test>", "amy@d.test")
                .sender("bot@d.test")
                .replyTo("help@d.test")
                .to("\"Q, R\" <q@d.test>, s@d.test")
                .cc(new AddressGroup("Team", List.of(MailAddress.of("t@d.test"))))
                .date(OffsetDateTime.parse("2025-06-03T13:05:30+02:00"))
                .messageId("<m1@d.test>")
                .inReplyTo("<m0@d.test>")
                .references("<r0@d.test>", "m0@d.test")
                .subject("Grüße")
                .listUnsubscribe(ListUnsubscribe.oneClick("https://d.test/u?1"))
                .priority(Priority.HIGH)
                .autoSubmitted(AutoSubmitted.GENERATED)
                .header("X-Campaign", "June")
                .header("X-Campaign", "June again")
                .text("t")
                .build();
        assertThat(octets(message)).isEqualTo("""
                Date: Tue, 3 Jun 2025 13:05:30 +0200\r
                From: =?UTF-8?Q?J=C3=B6rg?= <jo@d.test>, amy@d.test\r
                Sender: bot@d.test\r
                Reply-To: help@d.test\r
                To: "Q, R" <q@d.test>, s@d.test\r
                Cc: Team: t@d.test;\r
                Message-ID: <m1@d.test>\r
                In-Reply-To: <m0@d.test>\r
                References: <r0@d.test> <m0@d.test>\r
                Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r
                List-Unsubscribe: <https://d.test/u?1>\r
                List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
                X-Priority: 1\r
                Importance: high\r
                Auto-Submitted: auto-generated\r
                X-Campaign: June\r
                X-Campaign: June again\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=UTF-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                t\r
                """);
        assertThat(message.messageId()).isEqualTo("<m1@d.test>");
        assertThat(message).hasToString("MailMessage<m1@d.test>");
    }

    @Test
    void r5322_04_r6409_03_dateAndMessageIdAreThereByThemselves() {
        MailMessage message = builder().to("a@a.test").build();
        assertThat(octets(message))
                .containsPattern("^Date: [A-Z][a-z]{2}, \\d{1,2} [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d \\+0000\r\n")
                .contains("\r\nMessage-ID: " + message.messageId() + "\r\n");
        assertThat(message.messageId()).matches("<[0-9a-f]{32}@d\\.test>");
        assertThat(builder().to("a@a.test").build().messageId()).isNotEqualTo(message.messageId());
    }

    @Test
    void sameOctetsEachTime() {
        MailMessage message = builder().html("h").to("a@a.test").build();
        assertThat(octets(message)).isEqualTo(octets(message));
        assertThat(message.toMessage().content()).isSameAs(message.content());
    }

    @Test
    void r5322_01_onlyShortLinesInTheHeader() {
        MailMessage message = builder()
                .to("a@a.test")
                .subject("word ".repeat(5_000) + "end")
                .references(
                        Stream.generate(() -> "0123456789@d.test").limit(500).toArray(String[]::new))
                .build();
        String text = octets(message);
        assertThat(text.lines()).allMatch(line -> line.length() <= 78);
        assertThat(text.indexOf("\r\n\r\n"))
                .isEqualTo(text.lastIndexOf("\r\n\r\n"))
                .isPositive();
    }

    // ---- envelope

    @Test
    void envelopeIsEverybodyOnce() {
        MailMessage message = builder()
                .to("a@a.test, A <a@A.TEST>", "Group: b@b.test, c@c.test;")
                .cc("b@b.test")
                .bcc("hidden@d.test", "a@a.test")
                .build();
        assertThat(recipients(message)).containsExactly("a@a.test", "b@b.test", "c@c.test", "hidden@d.test");
        assertThat(message.envelope().from()).hasToString("jo@d.test");
        assertThat(message.toMessage().envelope()).isEqualTo(message.envelope());
    }

    @Test
    void reversePathIsTheSenderUnlessSaid() {
        assertThat(builder()
                        .to("a@a.test")
                        .sender("s@d.test")
                        .build()
                        .envelope()
                        .from())
                .hasToString("s@d.test");
        MailMessage bounces = builder()
                .to("a@a.test")
                .sender("s@d.test")
                .reversePath("bounce@d.test")
                .build();
        assertThat(bounces.envelope().from()).hasToString("bounce@d.test");
        assertThat(octets(bounces)).doesNotContain("bounce");
        assertThat(builder()
                        .to("a@a.test")
                        .reversePath("")
                        .build()
                        .envelope()
                        .from()
                        .isNull())
                .isTrue();
    }

    @Test
    void r5322_08_s31_bccIsNowhereInTheMessage() {
        // One that is drawn may spell it.
        MailMessage.Builder named = builder().messageId("m@d.test");
        MailMessage message = named.to("a@a.test").bcc("Hidden <b@hidden.test>").build();
        assertThat(octets(message)).doesNotContainIgnoringCase("bcc").doesNotContainIgnoringCase("hidden");
        assertThat(recipients(message)).containsExactly("a@a.test", "b@hidden.test");
        MailMessage alone = builder().messageId("m@d.test").bcc("b@hidden.test").build();
        assertThat(octets(alone))
                .contains("\r\nTo: undisclosed-recipients:;\r\n")
                .doesNotContainIgnoringCase("bcc")
                .doesNotContain("hidden");
        assertThat(recipients(alone)).containsExactly("b@hidden.test");
    }

    // ---- SMTPUTF8

    @Test
    void r6532_01_utf8HeaderOnlyForLocalPartsThatNeedIt() {
        MailMessage ascii = builder()
                .to("Jürgen <a@bücher.example>")
                .subject("ü")
                .attach(Attachment.of("ü", new byte[1]))
                .build();
        assertThat(octets(ascii)).contains("<a@xn--bcher-kva.example>").isASCII();
        MailMessage international =
                builder().to("Jürgen <jürgen@d.test>").subject("ü").build();
        assertThat(octets(international))
                .contains(" <jürgen@d.test>\r\n")
                .contains("\r\nSubject: =?UTF-8?B?w7w=?=\r\n");
        assertThat(ContentScanner.factsOf(OctetTaker.all(international.content()))
                        .eightBitHeader())
                .isTrue();
    }

    @Test
    void r6532_01_unknownSizeNeedsToKnowOfUtf8() {
        Attachment unknown = Attachment.ofPublisher("x", () -> MailGenerator.publisher(new byte[5]));
        assertRefused(
                () -> builder()
                        .to("a@a.test")
                        .replyTo("jürgen@d.test")
                        .attach(unknown)
                        .build(),
                "known size");
        assertThat(octets(builder().to("jürgen@d.test").attach(unknown).build()))
                .contains("jürgen@d.test");
    }

    // ---- what is missing

    @Test
    void buildSaysWhatIsMissing() {
        assertRefused(() -> MailMessage.builder().to("a@a.test").text("").build(), "whom it is from");
        assertRefused(() -> builder().build(), "needs a recipient");
        assertRefused(() -> builder().to("Nobody:;").build(), "needs a recipient");
        assertRefused(
                () -> MailMessage.builder().from("a@a.test").to("a@a.test").build(), "needs a text, HTML");
        assertRefused(() -> builder().from("b@d.test").to("a@a.test").build(), "from 2 addresses needs a sender");
        Attachment picture = Attachment.of("p.png", new byte[1]);
        assertRefused(() -> builder().inline(picture), "Content-ID");
        Attachment named = picture.withContentId("p@d.test");
        assertRefused(() -> builder().to("a@a.test").inline(named).build(), "inline parts need HTML");
        assertRefused(
                () -> builder()
                        .to("a@a.test")
                        .html("h")
                        .inline(named)
                        .attach(named)
                        .build(),
                "two parts have the Content-ID <p@d.test>");
    }

    @Test
    void faultsHaveTheirPosition() {
        assertPosition(() -> builder().to("a@a.test, b@b..test"), 14);
        assertPosition(() -> builder().from("a b@d.test"), 3);
        assertPosition(() -> builder().subject("ab\ncd"), 2);
        assertPosition(() -> builder().text("ab\uD83D"), 2);
        assertPosition(() -> builder().html("\uDE00"), 0);
        assertPosition(() -> Attachment.of("a/b", new byte[0]), 1);
    }

    private static void assertPosition(ThrowingCallable call, int position) {
        assertThatThrownBy(call)
                .isInstanceOf(SmtpSyntaxException.class)
                .extracting(e -> ((SmtpSyntaxException) e).position())
                .isEqualTo(position);
    }

    // ---- S-24

    static Stream<UnaryOperator<String>> attacks() {
        return Stream.of(
                text -> text + "\r\nBcc: v@v.test",
                text -> text + "\nBcc: v@v.test",
                text -> text + "\rBcc: v@v.test",
                text -> text + "\r\n\r\nbody",
                text -> text + "\0",
                text -> text + "=?UTF-8?Q?=0D=0ABcc:_v@v.test?=",
                text -> text + "\u0085Bcc: v@v.test",
                text -> text + "\u2028Bcc: v@v.test");
    }

    /** S-24, R-5322-02: refused, or a message in which another reader finds exactly the fields that were meant. */
    @ParameterizedTest
    @MethodSource("attacks")
    void s24_nothingBeginsAnotherField(UnaryOperator<String> attack) throws Exception {
        List<UnaryOperator<MailMessage.Builder>> entries = List.of(
                b -> b.subject(attack.apply("x")),
                b -> b.header("X-Own", attack.apply("x")),
                b -> b.header(attack.apply("X-Own"), "x"),
                b -> b.to(attack.apply("a@a.test")),
                b -> b.to(MailAddress.of(attack.apply("x"), "a@a.test")),
                b -> b.cc(new AddressGroup(attack.apply("x"), List.of())),
                b -> b.messageId(attack.apply("x@d.test")),
                b -> b.inReplyTo(attack.apply("x@d.test")),
                b -> b.references(attack.apply("x@d.test")),
                b -> b.reversePath(attack.apply("x@d.test")),
                b -> b.listUnsubscribe(ListUnsubscribe.of(attack.apply("https://d.test/"))),
                b -> b.attach(Attachment.of(attack.apply("x"), new byte[1])),
                b -> b.attach(Attachment.of("x", new byte[1]).withMediaType(attack.apply("text/plain"))),
                b -> b.attach(
                        Attachment.of("x", new byte[1]).withMediaType("text/plain; x=\"" + attack.apply("x") + '"')),
                b -> b.attach(Attachment.of("x", new byte[1]).withContentId(attack.apply("x@d.test"))),
                b -> b.calendar("METHOD:" + attack.apply("REQUEST")));
        for (int i = 0; i < entries.size(); i++) {
            byte[] octets;
            try {
                octets = OctetTaker.all(
                        entries.get(i).apply(builder().to("b@b.test")).build().content());
            } catch (SmtpSyntaxException refused) {
                continue;
            }
            assertThat(Collections.list(AngusReader.parse(octets).getAllHeaders()))
                    .as("entry %s", i)
                    .extracting(Header::getName)
                    .doesNotContain("Bcc")
                    .allMatch(name -> List.of(
                                    "Date",
                                    "From",
                                    "To",
                                    "Cc",
                                    "Message-ID",
                                    "In-Reply-To",
                                    "References",
                                    "Subject",
                                    "List-Unsubscribe",
                                    "X-Own",
                                    "MIME-Version",
                                    "Content-Type",
                                    "Content-Transfer-Encoding")
                            .contains(name));
            assertThat(AngusReader.describe(octets)).as("entry %s", i).doesNotContain("incomplete");
        }
    }
}
