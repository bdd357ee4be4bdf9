/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.OctetTaker;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of a message: which there are, how they are nested, kept apart and labelled. */
class StructureTest {
    private static final byte[] PICTURE = {(byte) 0x89, 'P', 'N', 'G'};
    private static final String INVITATION = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n";

    @TempDir
    Path directory;

    private static MailMessage.Builder builder() {
        return MailMessage.builder()
                .from("a@a.test")
                .to("b@b.test")
                .date(OffsetDateTime.parse("2025-06-03T11:05:30Z"))
                .messageId("x@a.test")
                .random(new Random(1));
    }

    private static Attachment picture() {
        return Attachment.of("logo.png", PICTURE).withContentId("logo@a.test");
    }

    private static Attachment report() {
        return Attachment.of("report.pdf", new byte[10]);
    }

    private static String octets(MailMessage.Builder builder) {
        return new String(OctetTaker.all(builder.build().content()), UTF_8);
    }

    /** The types of all parts, nested. */
    private static String tree(MailMessage.Builder builder) throws Exception {
        return AngusReader.describe(octets(builder).getBytes(UTF_8))
                .lines()
                .filter(line -> line.stripLeading().matches("[a-z]+/.*"))
                .map(line -> line.replaceAll("(\\S) .*", "$1"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void r2046_02_oneBodyIsNoMultipart() {
        assertThat(octets(builder().text("Hello.\n"))).isEqualTo("""
                Date: Tue, 3 Jun 2025 11:05:30 +0000\r
                From: a@a.test\r
                To: b@b.test\r
                Message-ID: <x@a.test>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=UTF-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                Hello.\r
                """);
        assertThat(octets(builder().html("<p>ä"))).endsWith("""
                Content-Type: text/html; charset=UTF-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                <p>=C3=A4\r
                """);
        assertThat(octets(builder().text(""))).endsWith("7bit\r\n\r\n");
    }

    @Test
    void r2046_02_structureFollowsFromWhatThereIs() throws Exception {
        assertThat(tree(builder().text("t").html("h"))).isEqualTo("""
                multipart/alternative
                  text/plain
                  text/html""");
        assertThat(tree(builder().html("h").inline(picture()))).isEqualTo("""
                multipart/related
                  text/html
                  image/png""");
        assertThat(tree(builder().text("t").attach(report(), report()))).isEqualTo("""
                multipart/mixed
                  text/plain
                  application/pdf
                  application/pdf""");
        assertThat(tree(builder().attach(report()))).isEqualTo("""
                multipart/mixed
                  application/pdf""");
        assertThat(tree(builder()
                        .attach(report())
                        .inline(picture())
                        .calendar(INVITATION)
                        .html("h")
                        .text("t")))
                .isEqualTo("""
                        multipart/mixed
                          multipart/related
                            multipart/alternative
                              text/plain
                              text/html
                              text/calendar
                            image/png
                          application/pdf""");
    }

    /** RFC 2387 section 3.1. */
    @Test
    void r2046_02_relatedTellsWhatItsRootIs() {
        assertThat(octets(builder().html("h").inline(picture()))).contains("multipart/related; type=\"text/html\";");
        assertThat(octets(builder().text("t").html("h").inline(picture())))
                .contains("multipart/related; type=\"multipart/alternative\";");
        assertThat(octets(builder().html("h").inline(picture()))).contains("""
                Content-Type: image/png; name=logo.png\r
                Content-Transfer-Encoding: base64\r
                Content-Disposition: inline; filename=logo.png\r
                Content-ID: <logo@a.test>\r
                \r
                iVBORw==\r
                --""");
    }

    @Test
    void r2046_01_lineEndInFrontOfABoundaryBelongsToIt() {
        String text = octets(builder().text("a").html(""));
        Matcher boundary = Pattern.compile("boundary=\"(=_[0-9a-f]{32})\"").matcher(text);
        assertThat(boundary.find()).isTrue();
        assertThat(text.substring(text.indexOf("\r\n\r\n") + 4)).isEqualTo("""
                --B\r
                Content-Type: text/plain; charset=UTF-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                a\r
                --B\r
                Content-Type: text/html; charset=UTF-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                \r
                --B--\r
                """.replace("B", boundary.group(1)));
    }

    /** S-28: whoever writes the parts cannot end them. */
    @Test
    void s28_boundariesStandInNoPart() throws Exception {
        Random first = new Random(5);
        byte[] guessed = new byte[16];
        first.nextBytes(guessed);
        String boundary = new Boundaries(new Random(5), List.of()).next();
        AtomicInteger asked = new AtomicInteger();
        Random source = new Random(5);
        RandomGenerator counting = new RandomGenerator() {
            @Override
            public long nextLong() {
                return source.nextLong();
            }

            @Override
            public void nextBytes(byte[] bytes) {
                asked.incrementAndGet();
                source.nextBytes(bytes);
            }
        };
        String evil = "x\n--" + boundary + "--\n--" + boundary + "\nContent-Type: text/html\n\nevil";
        MailMessage.Builder builder = builder().text(evil).attach(report()).random(counting);
        assertThat(tree(builder)).isEqualTo("""
                multipart/mixed
                  text/plain
                  application/pdf""");
        assertThat(octets(builder)).contains(evil.replace("\n", "\r\n"));
        assertThat(asked).hasValueGreaterThan(2);
    }

    @Test
    void s28_nestedBoundariesDiffer() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            String text = octets(MailMessage.builder()
                    .from("a@a.test")
                    .to("b@b.test")
                    .text("t")
                    .html("h")
                    .inline(picture())
                    .attach(report()));
            Matcher boundary = Pattern.compile("boundary=\"(.*)\"").matcher(text);
            while (boundary.find()) {
                assertThat(seen.add(boundary.group(1))).isTrue();
            }
        }
        assertThat(seen).hasSize(150);
    }

    @Test
    void boundariesComeFromTheGivenSource() {
        String one = octets(builder().text("t").html("h"));
        assertThat(octets(builder().text("t").html("h"))).isEqualTo(one);
        assertThat(octets(builder().random(new Random(2)).text("t").html("h"))).isNotEqualTo(one);
    }

    @Test
    void calendarSaysItsMethod() {
        assertThat(octets(builder().text("t").calendar(INVITATION.replace("REQUEST", "cancel"))))
                .contains("Content-Type: text/calendar; method=cancel; charset=UTF-8\r\n");
        assertThatThrownBy(() -> builder().calendar("BEGIN:VCALENDAR\nEND:VCALENDAR"))
                .hasMessageContaining("METHOD:REQUEST");
    }

    @Test
    void mediaTypesAreKept() {
        Attachment csv =
                Attachment.of("a.csv", new byte[0]).withMediaType("Text/CSV; Charset=utf-8; header=\"pre\\\"sent\"");
        assertThat(octets(builder().attach(csv)))
                .contains("Content-Type: text/csv; charset=utf-8; header=\"pre\\\"sent\"; name=a.csv\r\n");
        assertThat(octets(builder().attach(Attachment.of("unknown", new byte[0]))))
                .contains("Content-Type: application/octet-stream; name=unknown\r\n");
        Attachment renamed = Attachment.of("tmp123", new byte[0]).withFileName("Report.PDF");
        assertThat(octets(builder().attach(renamed))).contains("Content-Type: application/pdf; name=Report.PDF\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "text",
                "text/",
                "/plain",
                "text/plain;",
                "text/plain; x",
                "text/plain; x=",
                "text/plain; x=\"",
                "text/plain x",
                "text/plain; x=1; X=2",
                "text/pl ain",
                "tëxt/plain",
                "multipart/mixed",
                "text/plain; x=\"\r\ny\""
            })
    void mediaTypesThatAreNone(String type) {
        assertThatThrownBy(() -> report().withMediaType(type))
                .isInstanceOf(SmtpSyntaxException.class)
                .extracting(e -> ((SmtpSyntaxException) e).position())
                .isNotEqualTo(-1);
    }

    /** R-2046-01, R-6532-01: a message within a message is not encoded, unless it may be. */
    @Test
    void r6532_01_attachedMessages() {
        byte[] inner = "Subject: x\r\n\nHi.\n".getBytes(UTF_8);
        byte[] international = "Subject: ü\r\n\r\nHi.\r\n".getBytes(UTF_8);
        assertThat(octets(builder().attach(Attachment.of("m.eml", inner).withMediaType("message/rfc822"))))
                .contains("Content-Type: message/rfc822; name=m.eml\r\nContent-Transfer-Encoding: 7bit\r\n")
                .contains("\r\n\r\nSubject: x\r\n\r\nHi.\r\n\r\n--");
        assertThat(octets(builder().attach(Attachment.of("m.eml", international).withMediaType("message/rfc822"))))
                .contains("Content-Type: message/global; name=m.eml\r\nContent-Transfer-Encoding: base64\r\n");
        Attachment unseen = Attachment.ofPublisher("m.eml", () -> MailGenerator.publisher(inner));
        assertThatThrownBy(() -> octets(builder().attach(unseen.withMediaType("message/rfc822"))))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageContaining("in memory");
        assertThat(octets(builder().attach(unseen.withMediaType("message/global"))))
                .contains("base64");
        assertThatThrownBy(() -> octets(
                        builder().attach(Attachment.of("m", international).withMediaType("message/delivery-status"))))
                .hasMessageContaining("must be ASCII");
    }

    @Test
    void r2046_01_attachedMessageCannotEndItsParent() throws Exception {
        MailMessage inner = builder().text("t").html("h").build();
        Attachment attached =
                Attachment.of("m.eml", OctetTaker.all(inner.content())).withMediaType("message/rfc822");
        // The same random numbers, so the boundary of the inner message would be chosen again.
        assertThat(tree(builder().text("t").attach(attached))).isEqualTo("""
                multipart/mixed
                  text/plain
                  message/rfc822""");
    }

    // ---- sizes

    @Test
    void smallMessagesInMemoryAreEncodedAtOnce() {
        assertThat(builder().text("t").attach(report()).build().content()).isInstanceOf(Content.Bytes.class);
        byte[] large = new byte[2 << 20];
        assertThat(builder().attach(Attachment.of("x", large)).build().content())
                .isInstanceOf(Content.Published.class);
        assertThat(builder().text("x\n".repeat(1 << 20)).build().content()).isInstanceOf(Content.Bytes.class);
    }

    @Test
    void sizesAreExactWhereverPartsAre() throws Exception {
        for (int size : new int[] {0, 1, 56, 57, 58, 114, 1000, 65_536, 3 << 20}) {
            byte[] octets = new byte[size];
            new Random(size).nextBytes(octets);
            Path file = Files.write(directory.resolve("f" + size), octets);
            for (Attachment attachment : List.of(
                    Attachment.of("f", octets),
                    Attachment.ofFile(file).withFileName("f"),
                    Attachment.ofPublisher("f", () -> MailGenerator.publisher(octets), size))) {
                Content content = builder().text("ü").attach(attachment).build().content();
                byte[] all = OctetTaker.all(content);
                assertThat(content.size()).hasValue(all.length);
                assertThat(Arrays.equals(all, OctetTaker.all(content))).isTrue();
            }
        }
        Attachment unknown = Attachment.ofPublisher("f", () -> MailGenerator.publisher(new byte[5]));
        assertThat(builder().attach(unknown).build().content().size()).isEmpty();
    }

    /** S-30: a file is opened because its path was handed over, and for nothing that a message says. */
    @Test
    void s30_onlyGivenFilesAreOpened() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        String text = "<img src=\"" + secret.toUri() + "\">" + secret;
        assertThat(octets(builder().html(text).text(text).subject("file")))
                .doesNotContain("c2VjcmV0")
                .contains(secret.toString());
        assertThatThrownBy(() -> builder()
                        .attach(Attachment.ofFile(directory.resolve("missing")))
                        .build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("missing: no such file");
        assertThatThrownBy(() -> builder().attach(Attachment.ofFile(directory)).build())
                .hasMessageContaining("expected a regular file, found a directory");
    }
}
