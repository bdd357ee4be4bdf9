/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** R-5322-07: what stands in To, Cc and the like. */
class AddressFieldTest {
    private static HeaderField to(AddressEntry... entries) {
        return HeaderField.addresses("To", List.of(entries), false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Jo Doe | Jo Doe",
                "O'Neil, \"Bob\" \\ x | \"O'Neil, \\\"Bob\\\" \\\\ x\"",
                "Jörg | =?UTF-8?Q?J=C3=B6rg?=",
                "a@evil.test | \"a@evil.test\"",
                "John Q. Public | \"John Q. Public\"",
                "a  b | \"a  b\"",
                "` a` | \" a\"",
                ":;()<>[] | \":;()<>[]\"",
                "=?utf-8?q?x?= | =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?="
            })
    void r5322_07_names(String name, String written) {
        assertThat(to(MailAddress.of(name, "a@b.test")).value()).isEqualTo(written + " <a@b.test>");
    }

    /** White space other than single spaces is not safe in a quoted string, nor is a long one in a line. */
    @Test
    void r5322_07_r2047_01_namesThatNeedEncodingThoughTheyAreAscii() {
        assertThat(to(MailAddress.of("a\tb", "a@b.test")).value()).isEqualTo("=?UTF-8?Q?a=09b?= <a@b.test>");
        for (String name : List.of("x".repeat(77), "x".repeat(80) + " y", "(" + "x".repeat(74))) {
            HeaderField field = to(MailAddress.of(name, "a@b.test"));
            assertThat(Texts.encodedWords(field.toString())).hasSize(2);
            assertThat(Texts.lines(field.toString())).allMatch(line -> line.length() <= 76);
        }
    }

    @Test
    void r5322_07_groups() {
        assertThat(to(AddressGroup.undisclosedRecipients())).hasToString("To: undisclosed-recipients:;\r\n");
        MailAddress a = MailAddress.of("a@b.test");
        MailAddress c = MailAddress.of("C", "c@d.test");
        assertThat(to(new AddressGroup("x, y", List.of(a, c)), c).value())
                .isEqualTo("\"x, y\": a@b.test, C <c@d.test>;, C <c@d.test>");
        assertThat(to(new AddressGroup("Ä", List.of(a)), new AddressGroup("Ö", List.of()))
                        .value())
                .isEqualTo("=?UTF-8?B?w4Q=?= : a@b.test;, =?UTF-8?B?w5Y=?= :;");
        assertThatThrownBy(AddressFieldTest::to).hasMessageContaining("at least one address");
    }

    @Test
    void r5322_03_foldsBehindCommas() {
        List<AddressEntry> entries = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            entries.add(MailAddress.of("Some Name " + i, "somebody" + i + "@example.test"));
        }
        HeaderField field = HeaderField.addresses("Cc", entries, false);
        List<String> lines = Texts.lines(field.toString().stripTrailing());
        assertThat(lines)
                .allMatch(line -> line.length() <= 78)
                .allMatch(line -> line.endsWith(",") || line.endsWith(">"));
        assertThat(AddressEntry.parseList(field.value())).isEqualTo(entries);
    }

    @Test
    void r2047_01_aNameThatFitsOnTheNextLineStaysWhole() {
        MailAddress address = MailAddress.of("Ärzte ohne Grenzen in Österreich", "a@b.test");
        HeaderField field = HeaderField.addresses("To", List.of(address, address), false);
        assertThat(Texts.encodedWords(field.toString())).hasSize(2);
    }

    @Test
    void r5322_07_groupsReadBackElsewhere() throws MessagingException, IOException {
        MailAddress a = MailAddress.of("Jörg", "a@b.test");
        MailAddress c = MailAddress.of("c@d.test");
        HeaderField field = to(new AddressGroup("Ä, \"Ö\"", List.of(a, c)), AddressGroup.undisclosedRecipients(), a);
        assertThat(Readers.mime4j(field).getTo()).hasSize(3);
        assertThat(Readers.addresses(Readers.mime4j(field)))
                .containsExactly("Jörg|a@b.test", "null|c@d.test", "Jörg|a@b.test");
        InternetAddress[] angus =
                InternetAddress.parseHeader(Readers.angus(field).getHeader("To", ","), true);
        assertThat(angus).hasSize(3);
        assertThat(angus[0].getGroup(true)).hasSize(2);
        assertThat(angus[1].getGroup(true)).isEmpty();
    }

    /** Two parsers find the same names and mailboxes, and no others. */
    @Tag("exhaustive")
    @Test
    void r5322_07_s24_s25_randomListsReadBackElsewhere() throws MessagingException, IOException {
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            List<MailAddress> addresses = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = 1 + random.nextInt(5); i > 0; i--) {
                String name = random.nextInt(4) == 0 ? null : Texts.random(random, 12);
                MailAddress address = MailAddress.of(name, random.nextBoolean() ? "a@b.test" : "c.d+e@bücher.example");
                addresses.add(address);
                expected.add(address.name() + "|" + address.mailbox());
            }
            HeaderField field = HeaderField.addresses("To", addresses, false);
            assertThat(Readers.addresses(Readers.angus(field), "To"))
                    .as("seed %d: %s", seed, field)
                    .isEqualTo(expected);
            assertThat(Readers.addresses(Readers.mime4j(field)))
                    .as("seed %d: %s", seed, field)
                    .isEqualTo(expected);
        }
    }
}
