/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionsTest {
    private static Extensions ehlo(String... lines) {
        return Extensions.parse(new Reply(250, List.of(lines)));
    }

    @Test
    void r5321_22_firstLineIsNeverAKeyword() {
        Extensions none = ehlo("PIPELINING");
        assertThat(none.has(Extension.PIPELINING)).isFalse();
        assertThat(none.lines()).isEmpty();
        Extensions some = ehlo("SIZE 5", "8bitmime");
        assertThat(some.has(Extension.SIZE)).isFalse();
        assertThat(some.has(Extension.EIGHT_BIT_MIME)).isTrue();
        assertThat(some.sizeLimit()).isEmpty();
    }

    @Test
    void r5321_23_blanksAndWhatIsNoKeyword() {
        Extensions extensions =
                ehlo("x", "pipelining  ", "XXXXXXXA", "SIZE\t  10 ", "-X", "", "  ", "X_Y", "STARTTLS.", " chunking");
        assertThat(extensions.has(Extension.PIPELINING)).isTrue();
        assertThat(extensions.sizeLimit()).hasValue(10);
        assertThat(extensions.has("xxxxxxxa")).isTrue();
        assertThat(extensions.has(Extension.STARTTLS)).isFalse();
        assertThat(extensions.has("X_Y")).isFalse();
        assertThat(extensions.has("-X")).isFalse();
        assertThat(extensions.has(Extension.CHUNKING)).isTrue();
    }

    @Test
    void r5321_23_firstOfARepeatedKeywordWins() {
        Extensions extensions = ehlo("x", "SIZE 10", "size 20", "X-A b c", "x-a d");
        assertThat(extensions.sizeLimit()).hasValue(10);
        assertThat(extensions.parameters("x-A")).containsExactly("b", "c");
        assertThat(extensions.parameters("X-B")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tr", "az", "lt", "ar-EG-u-nu-arab", "th-TH-u-nu-thai"})
    void r5321_23_localeDoesNotMatter(String tag) {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag(tag));
            Extensions extensions = ehlo("x", "pipelining", "size 10", "chunking", "auth plain login", "8bitmime");
            assertThat(extensions.has(Extension.PIPELINING)).isTrue();
            assertThat(extensions.has("chunking")).isTrue();
            assertThat(extensions.has(Extension.EIGHT_BIT_MIME)).isTrue();
            assertThat(extensions.sizeLimit()).hasValue(10);
            assertThat(extensions.authMechanisms()).containsExactly("PLAIN", "LOGIN");
            assertThat(extensions.without(List.of("pipelining")).has("PIPELINING"))
                    .isFalse();
            assertThat(Reply.of(42, "\u001b")).hasToString("042 \\u001b");
            assertThat(Xtext.encode("i+=")).isEqualTo("i+2B+3D");
            assertThat(new MailParameters(12, BodyType.EIGHT_BIT_MIME, true))
                    .satisfies(
                            parameters -> assertThat(new Command.Mail(ReversePath.of("i@I.test"), parameters).display())
                                    .isEqualTo("MAIL FROM:<i@I.test> SIZE=12 BODY=8BITMIME SMTPUTF8"));
            assertThat(ForwardPath.of("POSTMASTER").mailbox()).isNull();
            assertThat(Mailbox.parse("a@I.test")).isEqualTo(Mailbox.parse("a@i.test"));
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Other letters whose upper case is ASCII make no keyword. */
    @Test
    void r5321_23_keywordsAreAscii() {
        Extensions extensions = ehlo("x", "\u017Fize 10", "p\u0131pelining", "AUTH \u017Fcram");
        assertThat(extensions.has(Extension.SIZE)).isFalse();
        assertThat(extensions.has(Extension.PIPELINING)).isFalse();
        assertThat(extensions.has("\u017Fize")).isFalse();
        assertThat(extensions.authMechanisms()).doesNotContain("SCRAM");
    }

    @Test
    void r5321_24_noneAnnouncesNothing() {
        for (Extension extension : Extension.values()) {
            assertThat(Extensions.NONE.has(extension)).isFalse();
        }
        assertThat(Extensions.NONE.sizeLimit()).isEmpty();
        assertThat(Extensions.NONE.authMechanisms()).isEmpty();
        assertThat(Extensions.NONE).hasToString("");
    }

    @ParameterizedTest
    @CsvSource({
        "SIZE, -1",
        "SIZE 0, -1",
        "SIZE 1000, 1000",
        "SIZE 00001000, 1000",
        "SIZE 9223372036854775807, 9223372036854775807",
        "SIZE 9223372036854775808, -1",
        "SIZE 99999999999999999999, -1",
        "SIZE 000000000000000000001, -1",
        "SIZE -5, -1",
        "SIZE +5, -1",
        "SIZE 5k, -1",
        "SIZE \u0661, -1",
        "SIZE=5, -1"
    })
    void r1870_01_size(String line, long limit) {
        assertThat(ehlo("x", line).sizeLimit().orElse(-1)).isEqualTo(limit);
    }

    @Test
    void r4954_01_mechanismsOfAllForms() {
        assertThat(ehlo("x", "AUTH=LOGIN PLAIN", "AUTH scram-sha-256").authMechanisms())
                .containsExactly("LOGIN", "PLAIN", "SCRAM-SHA-256");
        assertThat(ehlo("x", "auth= plain", "AUTH PLAIN").authMechanisms()).containsExactly("PLAIN");
        assertThat(ehlo("x", "AUTH=plain").has(Extension.AUTH)).isTrue();
        assertThat(ehlo("x", "AUTH=plain").parameters("AUTH")).containsExactly("plain");
        assertThat(ehlo("x", "AUTH").authMechanisms()).isEmpty();
    }

    /** S-49, RFC 4422 section 3.1: what cannot be a mechanism's name is none. */
    @Test
    void s49_mechanismsHaveTheNamesOfMechanisms() {
        assertThat(ehlo("x", "AUTH PLAIN \u001b[2J X\u202eY LÖGIN A.B A=B \u009b " + "A".repeat(21) + " scram-sha-1_")
                        .authMechanisms())
                .containsExactly("PLAIN", "SCRAM-SHA-1_");
        assertThat(ehlo("x", "AUTH=\u0007 " + "A".repeat(20)).authMechanisms()).containsExactly("A".repeat(20));
        assertThat(ehlo("x", "AUTH \u017FCRAM").authMechanisms()).isEmpty();
    }

    @Test
    void rIana_01_linesAreRaw() {
        assertThat(ehlo("x", "XFOO a  b ", "???").lines()).containsExactly("XFOO a  b ", "???");
        assertThat(ehlo("x", "XFOO a b").parameters("xfoo")).containsExactly("a", "b");
    }

    @Test
    void withoutSomeKeywords() {
        Extensions extensions = ehlo("x", "PIPELINING", "AUTH=PLAIN", "AUTH LOGIN", "SIZE 5");
        Extensions left = extensions.without(List.of("Auth", "size"));
        assertThat(left.has(Extension.PIPELINING)).isTrue();
        assertThat(left.has(Extension.AUTH)).isFalse();
        assertThat(left.authMechanisms()).isEmpty();
        assertThat(left.sizeLimit()).isEmpty();
        assertThat(extensions.without(List.of())).isSameAs(extensions);
    }

    @Test
    void s32_manyKeywords() {
        List<String> lines = new ArrayList<>(List.of("x"));
        for (int i = 0; i < 999; i++) {
            lines.add("X" + i);
        }
        assertThat(Extensions.parse(new Reply(250, lines)).has("x998")).isTrue();
    }

    @Test
    void s23_toStringEscapes() {
        assertThat(ehlo("x", "X \u001b[2J", "Y")).hasToString("X \\u001b[2J | Y");
    }
}
