/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

/** What peers and callers hand over as text: read or refused, and what is written of it reads as the same. */
@Tag("exhaustive")
class ParsersFuzzTest {
    private static final Pattern ENHANCED =
            Pattern.compile("([245]\\.(?:0|[1-9][0-9]{0,2})\\.(?:0|[1-9][0-9]{0,2}))(?: .*)?", Pattern.DOTALL);

    /** UTF-8, in which U+E000 and U+E001 stand for the halves of surrogate pairs, which UTF-8 cannot hold. */
    private static String text(byte[] octets) {
        return new String(octets, UTF_8).replace('\uE000', '\uD800').replace('\uE001', '\uDC00');
    }

    private static void assertWellSaid(SmtpSyntaxException refusal, String text) {
        assertThat(refusal.position()).isBetween(-1, text.length());
        assertThat(refusal.getMessage()).matches("\\p{Print}{1,240}");
    }

    /** R-5321-30, R-5321-31, S-01, S-04, S-25, S-26. */
    @FuzzTest
    @DictionaryEntries({
        "@d.test",
        "\\\"",
        "\\\\\\\"",
        "[IPv6:",
        "xn--",
        "=?utf-8?q?x?=",
        "[127.0.0.1]",
        "b\\xc3\\xbccher"
    })
    void mailbox(byte[] octets) {
        String text = text(octets);
        try {
            assertReadsBack(Mailbox.parse(text));
        } catch (SmtpSyntaxException refusal) {
            assertWellSaid(refusal, text);
        }
    }

    private static void assertReadsBack(Mailbox mailbox) {
        String wire = mailbox.toString();
        Mailbox again = Mailbox.parse(wire);
        assertThat(again).isEqualTo(mailbox).hasSameHashCodeAs(mailbox).hasToString(wire);
        assertThat(Mailbox.of(mailbox.localPart(), mailbox.domain()))
                .isEqualTo(mailbox)
                .hasToString(wire);
        assertThat(wire.chars().noneMatch(c -> Text.isControl((char) c))).isTrue();
        assertThat(wire.chars().allMatch(c -> c < 0x80)).isEqualTo(mailbox.isAscii());
    }

    /** S-01, S-25: the local-part's value, which may be any text. */
    @FuzzTest
    @DictionaryEntries({"> ORCPT=a", "\\\\", "\\\"", "=?utf-8?q?x?="})
    void localPart(byte[] octets) {
        String text = text(octets);
        try {
            Mailbox mailbox = Mailbox.of(text, "d.test");
            assertThat(mailbox.localPart()).isEqualTo(text);
            assertReadsBack(mailbox);
        } catch (SmtpSyntaxException refusal) {
            assertWellSaid(refusal, text);
        }
    }

    /** R-5321-22, R-5321-23, S-23, S-32: the lines of a reply to EHLO. */
    @FuzzTest
    @DictionaryEntries({
        "\\x0aSIZE 1",
        "\\x0aAUTH PLAIN",
        "\\x0aAUTH=LOGIN",
        "\\x0aLIMITS RCPTMAX=1",
        "\\x0aPIPELINING",
        "MAILMAX="
    })
    void extensions(byte[] octets) {
        List<String> lines = new ArrayList<>(List.of("mx.test"));
        lines.addAll(List.of(text(octets).split("\n", -1)));
        Extensions extensions = Extensions.parse(new Reply(250, lines));
        assertThat(extensions.lines()).isEqualTo(lines.subList(1, lines.size()));
        assertThat(extensions.sizeLimit().orElse(1)).isPositive();
        assertThat(extensions.authMechanisms()).allMatch(each -> each.equals(Text.upperAscii(each)));
        assertThat(extensions.authMechanisms().isEmpty() || extensions.has(Extension.AUTH))
                .isTrue();
        assertThat(extensions.toString().chars().noneMatch(c -> Text.isControl((char) c)))
                .isTrue();
        List<String> keywords = new ArrayList<>();
        for (Extension each : Extension.values()) {
            keywords.add(each.keyword().toLowerCase(java.util.Locale.ROOT));
            assertThat(extensions.has(each)).isEqualTo(extensions.has(each.keyword()));
        }
        Extensions none = extensions.without(keywords);
        assertThat(keywords).noneMatch(none::has);
        assertThat(none.authMechanisms()).isEmpty();
        assertThat(none.limits()).isEqualTo(ServerLimits.NONE);
    }

    /** R-2034-01. */
    @FuzzTest
    @DictionaryEntries({"2.1.0", "5.7.999 ", "4.0.0"})
    void enhancedStatusCode(byte[] octets) {
        String text = text(octets);
        EnhancedStatusCode code = EnhancedStatusCode.parse(text);
        java.util.regex.Matcher expected = ENHANCED.matcher(text);
        assertThat(code == null ? null : code.toString()).isEqualTo(expected.matches() ? expected.group(1) : null);
    }

    @FuzzTest
    @DictionaryEntries({"+2B", "+3D", "+"})
    void xtext(byte[] octets) {
        String text = text(octets);
        String encoded = orNull(() -> Xtext.encode(text), text);
        if (encoded != null) {
            assertThat(encoded).matches("[!-~&&[^=]]*");
            assertThat(Xtext.decode(encoded)).isEqualTo(text);
        }
        String decoded = orNull(() -> Xtext.decode(text), text);
        if (decoded != null) {
            assertThat(Xtext.decode(Xtext.encode(decoded))).isEqualTo(decoded);
        }
    }

    private static @Nullable String orNull(java.util.function.Supplier<String> work, String text) {
        try {
            return work.get();
        } catch (SmtpSyntaxException refusal) {
            assertWellSaid(refusal, text);
            return null;
        }
    }
}
