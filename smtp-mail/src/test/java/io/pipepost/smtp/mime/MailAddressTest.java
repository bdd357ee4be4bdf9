/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R-5322-07, S-25 to S-27: one strict reader of addresses. */
class MailAddressTest {
    private static int faultOf(String list) {
        return catchThrowableOfType(SmtpSyntaxException.class, () -> AddressEntry.parseList(list))
                .position();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a@b.test | | a@b.test",
                "<a@b.test> | | a@b.test",
                "Jo Doe <a@b.test> | Jo Doe | a@b.test",
                "Jo   Doe<a@b.test> | Jo Doe | a@b.test",
                "John Q. Public <a@b.test> | John Q. Public | a@b.test",
                "\"Doe, Jo\" <a@b.test> | Doe, Jo | a@b.test",
                "\"O'Neil, \\\"Bob\\\" \\\\ x\" <a@b.test> | O'Neil, \"Bob\" \\ x | a@b.test",
                "\"Jo\" van \"D.\" <a@b.test> | Jo van D. | a@b.test",
                "Jörg 中文 <a@b.test> | Jörg 中文 | a@b.test",
                "\"a b\"@d.test | | \"a b\"@d.test",
                "x <\"a>b\"@d.test> | x | \"a>b\"@d.test",
                "a@[IPv6:::1] | | a@[IPv6:::1]",
                "\"a@evil.test x\"@d.test | | \"a@evil.test x\"@d.test",
                "c@bücher.example | | c@xn--bcher-kva.example",
                "=?utf-8?q?J=C3=B6rg?= <a@b.test> | =?utf-8?q?J=C3=B6rg?= | a@b.test"
            })
    void r5322_07_readsAddresses(String text, String name, String mailbox) {
        MailAddress address = MailAddress.parse(text);
        assertThat(address.name()).isEqualTo(name);
        assertThat(address.mailbox()).hasToString(mailbox);
        assertThat(MailAddress.parse(address.toString())).isEqualTo(address);
        assertThat(MailAddress.parse("\t" + text + " ")).isEqualTo(address);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | 0",
                "` ` | 1",
                "Jo | 2",
                "a b@c.test | 3",
                "a @c.test | 2",
                "a@b@c.test | 3",
                "a@evil.test@d.test | 11",
                "<a@d.test>b@evil.test | 10",
                "a@d.test(evil) | 8",
                "a@d.test b | 9",
                "(evil) a@d.test | 0",
                "Jo (x) <a@b.test> | 3",
                "=?utf-8?q?a=40evil.test?=@d.test | 0",
                "a@xn--0049.test | 2",
                "Jo <a@b.test | 3",
                "Jo <a..b@c.test> | 6",
                "Jo <@r.test:a@b.test> | 4",
                "Jo <> | 4",
                "Jo a@b.test> | 4",
                "\"Jo <a@b.test> | 0",
                "\"a\"\"b\" <x@y.test> | 3",
                "a\"b\" <x@y.test> | 1",
                "a@b.test, | 9",
                "a@b.test,,c@d.test | 9",
                ",a@b.test | 0",
                "g: a@b.test | 11",
                "g: a@b.test, ; | 13",
                "g: h: a@b.test;; | 4",
                ": a@b.test; | 0",
                "a@b.test; | 8",
                "Jo\u0085 <a@b.test> | 2",
                "Jo\u2028 <a@b.test> | 2",
                "a@ＡＢＣ.test | 2",
                "a@a。b | 3",
                "x y <a@b_c.test> | 8"
            })
    void s25_s26_faultsAreRefusedWithTheirPosition(String text, int position) {
        assertThat(faultOf(text)).isEqualTo(position);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\nBcc: v@v.test", "\n", "\r", "\0", "\u007f", "\u000b", "\ud800", "\udc00"})
    void r5322_02_s24_controlsAreRefused(String injected) {
        for (String around :
                List.of("Jo%s <a@b.test>", "\"Jo%s\" <a@b.test>", "Jo <a%s@b.test>", "%sa@b.test", "g%s:;")) {
            assertThatThrownBy(() -> AddressEntry.parseList(around.formatted(injected)))
                    .isInstanceOf(SmtpSyntaxException.class);
        }
    }

    @Test
    void r5322_02_s24_namesAreCheckedHoweverTheyCome() {
        Mailbox mailbox = Mailbox.parse("a@b.test");
        for (String name : List.of("a\r\nBcc: v@v.test", "a\n", "\0", "a\u007f", "\u000b")) {
            assertThatThrownBy(() -> new MailAddress(name, mailbox)).isInstanceOf(SmtpSyntaxException.class);
            assertThatThrownBy(() -> MailAddress.of(name, "a@b.test")).isInstanceOf(SmtpSyntaxException.class);
            assertThatThrownBy(() -> new AddressGroup(name, List.of())).isInstanceOf(SmtpSyntaxException.class);
        }
        assertThat(MailAddress.of("x\ud800", "a@b.test").name()).isEqualTo("x\uFFFD");
        assertThat(MailAddress.of(" ", "a@b.test").name()).isNull();
        assertThatThrownBy(() -> new AddressGroup(" ", List.of())).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void r5322_07_readsListsAndGroups() {
        List<AddressEntry> list = AddressEntry.parseList(
                "Jo <a@b.test>, \"The, team\": c@d.test , Ä <e@f.test>; ,undisclosed-recipients:;");
        assertThat(list)
                .containsExactly(
                        MailAddress.of("Jo", "a@b.test"),
                        new AddressGroup(
                                "The, team", List.of(MailAddress.of("c@d.test"), MailAddress.of("Ä", "e@f.test"))),
                        AddressGroup.undisclosedRecipients());
        assertThat(list).flatExtracting(AddressEntry::addresses).hasSize(3);
        assertThat(AddressEntry.parseList(list.get(0) + ", " + list.get(1) + ", " + list.get(2)))
                .isEqualTo(list);
        assertThatThrownBy(() -> MailAddress.parse("g: a@b.test;")).hasMessageContaining("group");
        assertThatThrownBy(() -> MailAddress.parse("a@b.test, c@d.test"))
                .hasMessage("address: expected the end of the address, found U+002C (at index 8)");
    }

    @Test
    void r5322_07_tabsInQuotes() {
        assertThat(MailAddress.parse("\"a\tb\" <a@b.test>").name()).isEqualTo("a\tb");
        assertThat(MailAddress.parse("a\tb <a@b.test>").name()).isEqualTo("a b");
    }

    /** What is shown reads back, whatever the name. */
    @Test
    void r5322_07_shownFormReadsBack() {
        for (int seed = 0; seed < 5_000; seed++) {
            String name =
                    Texts.random(new Random(seed), 8).replace("\u0085", "").replace("\u2028", "");
            MailAddress address = MailAddress.of(name, "a@b.test");
            assertThat(MailAddress.parse(address.toString()))
                    .as("seed %d", seed)
                    .isEqualTo(address);
        }
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "\"",
                ",",
                "<",
                "g:g:g:",
                "a@a@a@",
                "a",
                "a ",
                ".",
                "\\",
                "a@b.test,",
                "\"\" ",
                "g:;,",
                "g:a@b,",
                "<a@b>,",
                "ü",
                "[",
                "a@[",
                ";",
                ">",
                "\t",
                "a <\"",
                "g:<",
                "\"\"@",
                "=?"
            })
    void s27_hugeInputInLinearTime(String unit) {
        String huge = unit.repeat((1 << 20) / unit.length());
        for (String text :
                List.of(huge, "\"" + huge, "\"" + huge + "\" <a@b.test>", "<" + huge, "a@" + huge, "g:" + huge)) {
            Texts.assertQuick(() -> parseOrRefuse(text));
        }
    }

    private static void parseOrRefuse(String text) {
        try {
            assertThat(AddressEntry.parseList(text)).isNotEmpty();
        } catch (SmtpSyntaxException refused) {
            assertThat(refused.getMessage()).hasSizeLessThan(200);
            assertThat(refused.position()).isNotNegative();
        }
    }
}
