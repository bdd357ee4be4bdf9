/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxTest {
    private static int positionOfFault(String address) {
        try {
            Mailbox.parse(address);
        } catch (SmtpSyntaxException e) {
            return e.position();
        }
        throw new AssertionError("accepted " + address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.b+c@d.test",
                "\"a b\"@d.test",
                "\"a@b\"@d.test",
                "\"\"@d.test",
                "a@d",
                "!#$%&'*+-/=?^_{}~@d.test",
                "a`|b@d.test",
                "a@[192.0.2.1]",
                "a@[IPv6:2001:db8::1]",
                "a@[IPv6:::]",
                "a@[IPv6:::ffff:192.0.2.1]",
                "a@[IPv6:1:2:3:4:5:6:7:8]",
                "a@1d.2test",
                "\"a\\\"b\\\\\"@d.test",
                "Smith@Example.TEST",
                "\"a..b\"@d.test",
                "\".a\"@d.test",
                "ü@b.test",
                "ü@bücher.example"
            })
    void r5321_30_r5321_32_acceptedAndSentAsGiven(String address) {
        assertThat(Mailbox.parse(address)).hasToString(address);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "a..b@d.test, 2",
                ".a@d.test, 0",
                "a.@d.test, 1",
                "a b@d.test, 1",
                "a@b@d.test, 3",
                "a@-d.test, 2",
                "a@d-.test, 2",
                "a@d_e.test, 3",
                "a@d.test., 9",
                "a@d..test, 4",
                "a@, 2",
                "@d.test, 0",
                "a, 1",
                "~~, 0",
                "a@[300.0.0.1], 2",
                "a@[1.2.3], 2",
                "a@[1.2.3.4.5], 2",
                "a@[1.2.3.4, 10",
                "a@[], 2",
                "a@[01.2.3.4], 2",
                "a@[IPv6:1::2::3], 2",
                "a@[IPv6:1:2:3:4:5:6:7], 2",
                "a@[IPv6:1:2:3:4:5:6:7:8:9], 2",
                "a@[IPv6:fe80::1%eth0], 2",
                "a@[IPv6:12345::], 2",
                "a@[2001:db8::1], 2",
                "a@[Foo:x], 2",
                "~\"a@d.test~, 9",
                "~\"a\\~, 3",
                "~\"a\"b@d.test~, 3",
                "a@d.test>x, 8",
                "<a@d.test>, 0",
                "~@a.test:c@d.test~, 0",
                "~@a,@b:c@d~, 0",
                "a@evil.test@d.test, 11",
                "<a@d.test>b@evil.test, 0",
                "a@d.test(evil), 8",
                "a(b)@d.test, 1",
                "Name <a@d.test>, 4"
            })
    void r5321_30_r5321_34_r5321_35_s25_refusedWithPosition(String address, int position) {
        assertThat(positionOfFault(address)).isEqualTo(position);
    }

    @Test
    void r5321_29_nullReversePathAndNoNullForwardPath() {
        assertThat(ReversePath.of("")).isSameAs(ReversePath.NULL).hasToString("");
        assertThat(ReversePath.NULL.isNull()).isTrue();
        assertThat(ReversePath.NULL.isAscii()).isTrue();
        assertThat(ReversePath.of("a@b.test").isNull()).isFalse();
        assertThatThrownBy(() -> ForwardPath.of("")).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> ReversePath.of("postmaster")).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void r5321_31_leastQuoting() {
        assertThat(Mailbox.parse("\"john.doe\"@d")).hasToString("john.doe@d");
        assertThat(Mailbox.parse("\"a\\b\"@d")).hasToString("ab@d");
        assertThat(Mailbox.parse("\"a\\ \\\\b\"@d")).hasToString("\"a \\\\b\"@d");
        assertThat(Mailbox.of("", "d")).hasToString("\"\"@d");
        assertThat(Mailbox.of("a.", "d")).hasToString("\"a.\"@d");
        assertThat(Mailbox.of("\"", "d")).hasToString("\"\\\"\"@d");
    }

    @Test
    void r5321_31_s04_localPartCannotLeaveItsQuotes() {
        assertThat(Mailbox.of("x> ORCPT=q", "d.test")).hasToString("\"x> ORCPT=q\"@d.test");
        assertThat(Mailbox.of("c@evil.test> ORCPT=a", "d.test")).hasToString("\"c@evil.test> ORCPT=a\"@d.test");
        assertThat(Mailbox.parse("\"a@evil.test x\"@d.test").domain()).isEqualTo("d.test");
        assertThat(Mailbox.of("c@e.test> NOTIFY=NEVER", "d.test")).hasToString("\"c@e.test> NOTIFY=NEVER\"@d.test");
    }

    /** What is written reads back as the same value, whatever the local-part. */
    @Test
    void r5321_31_writtenFormReadsBack() {
        Random random = new Random(31);
        String alphabet = "ab.\"\\ @<>(),:;[]+ü=?";
        for (int round = 0; round < 5_000; round++) {
            StringBuilder local = new StringBuilder();
            for (int i = random.nextInt(8); i > 0; i--) {
                local.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            if (local.indexOf("=?") >= 0 && local.indexOf("?=", local.indexOf("=?") + 2) >= 0) {
                continue;
            }
            Mailbox mailbox = Mailbox.of(local.toString(), "d.test");
            assertThat(Mailbox.parse(mailbox.toString())).as("seed 31").isEqualTo(mailbox);
            assertThat(Mailbox.parse(mailbox.toString()).localPart()).isEqualTo(local.toString());
        }
    }

    @Test
    void r5321_32_caseOfLocalPartCountsAndOfDomainDoesNot() {
        assertThat(Mailbox.parse("Smith@Example.TEST"))
                .isEqualTo(Mailbox.parse("Smith@example.test"))
                .hasSameHashCodeAs(Mailbox.parse("Smith@example.test"))
                .isNotEqualTo(Mailbox.parse("smith@example.test"));
        assertThat(Mailbox.parse("\"a\"@d.test")).isEqualTo(Mailbox.parse("a@d.test"));
    }

    /** equalsIgnoreCase takes dotless i for i, and final sigma for sigma: these are other domains. */
    @Test
    void r5321_32_differentDomainsAreNotEqual() {
        assertThat(Mailbox.parse("ü@\u0131sp.test")).isNotEqualTo(Mailbox.parse("ü@isp.test"));
        assertThat(Mailbox.parse("ü@βόλος.test")).isNotEqualTo(Mailbox.parse("ü@βόλοσ.test"));
        assertThat(Mailbox.parse("ü@bücher.test"))
                .isEqualTo(Mailbox.parse("ü@xn--bcher-kva.test"))
                .hasSameHashCodeAs(Mailbox.parse("ü@XN--BCHER-KVA.test"));
    }

    @Test
    void r5321_33_postmasterNeedsNoDomain() {
        assertThat(ForwardPath.of("postmaster")).hasToString("postmaster");
        assertThat(ForwardPath.of("PostMaster"))
                .hasToString("PostMaster")
                .isEqualTo(ForwardPath.of("postmaster"))
                .hasSameHashCodeAs(ForwardPath.of("postmaster"))
                .isNotEqualTo(ForwardPath.of("postmaster@d.test"));
        assertThat(ForwardPath.of("postmaster").isAscii()).isTrue();
    }

    /** Long s folds to s: without care this would be sent, beyond ASCII, as the bare postmaster. */
    @Test
    void r5321_33_postmasterInOtherLettersIsNone() {
        assertThatThrownBy(() -> ForwardPath.of("po\u017Ftmaster")).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "=?utf-8?q?=40evil.test=00?=@d.test, 0",
        "=?utf-8?q?a=40evil.test?=@d.test, 0",
        "x=?y?=z@d.test, 1",
        "\"=?utf-8?q?a?=\"@d.test, 1",
        "\"=\\?utf-8?q?a?\\=\"@d.test, 0"
    })
    void r5321_36_s25_encodedWordsAreRefused(String address, int position) {
        assertThatThrownBy(() -> Mailbox.parse(address))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageContaining("encoded-word")
                .extracting(e -> ((SmtpSyntaxException) e).position())
                .isEqualTo(position);
    }

    @Test
    void r5321_36_encodedWordAsValueIsRefused() {
        assertThatThrownBy(() -> Mailbox.of("=?utf-8?q?a?=", "d.test")).isInstanceOf(SmtpSyntaxException.class);
        assertThat(Mailbox.parse("=?a=?@d.test")).hasToString("=?a=?@d.test");
    }

    @ParameterizedTest
    @CsvSource({
        "c@bücher.example, c@xn--bcher-kva.example",
        "c@faß.de, c@xn--fa-hia.de",
        "c@βόλος.com, c@xn--nxasmm1c.com",
        "c@例え.テスト, c@xn--r8jz45g.xn--zckzah",
        "c@\u0131\u01F0\u0390.test, c@xn--cfa69ai4b.test",
        "c@\u13E3\u13B3\u13A9.test, c@xn--f9dt7l.test",
        "c@xn--bcher-kva.example, c@xn--bcher-kva.example",
        "c@XN--BCHER-KVA.example, c@XN--BCHER-KVA.example"
    })
    void r6531_03_r6531_04_s26_asciiLocalPartGoesOutWithALabels(String address, String wire) {
        assertThat(Mailbox.parse(address)).hasToString(wire);
        assertThat(Mailbox.parse(address).isAscii()).isTrue();
        assertThat(Mailbox.parse(Mailbox.parse(address).toString())).isEqualTo(Mailbox.parse(address));
    }

    @Test
    void r6531_01_localPartBeyondAsciiNeedsSmtputf8() {
        assertThat(Mailbox.parse("ü@b.test").isAscii()).isFalse();
        assertThat(ReversePath.of("ü@b.test").isAscii()).isFalse();
        assertThat(ForwardPath.of("ü@b.test").isAscii()).isFalse();
        assertThat(Mailbox.parse("c\u760D\u760Aq@d.test")).hasToString("c\u760D\u760Aq@d.test");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ＡＢＣ.example",
                "ａｂｃ.example",
                "a。b",
                "a．b",
                "a｡b",
                "Bücher.example",
                "BÜCHER.example",
                "a\u200cb.test",
                "a\u200db.test",
                "a\u00adb.test",
                "bu\u0308cher.test",
                "\u0301a.test",
                "a\ufe0fb.test",
                "a\u034fb.test",
                "\u017Fize.test",
                "\u212Aelvin.test",
                "a\u0345.test",
                "\u1FB3.test",
                "\u1C80.test",
                "\u13F8.test",
                "\uAB70.test",
                "a\u115Fb.test",
                "a\u17B4b.test",
                "xn--hsg.test",
                "①.test",
                "☃.test",
                "a\u202eb.test",
                "xn--0049.test",
                "xn--.test",
                "xn--v416146o.test",
                "xn--a.test",
                "xn--ab-.test",
                "xn--\u00fc.test",
                "ab--ü.test",
                "a\u3000b.test"
            })
    void r6531_04_s25_s26_whatAMappingWouldChangeIsRefused(String domain) {
        assertThatThrownBy(() -> Mailbox.parse("c@" + domain)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> EhloName.of(domain)).isInstanceOf(SmtpSyntaxException.class);
    }

    /** S-25: A-labels round-trip or are refused, with no other exception and no overflow. */
    @Test
    void s25_randomALabels() {
        Random random = new Random(3492);
        for (int round = 0; round < 50_000; round++) {
            StringBuilder label = new StringBuilder("xn--");
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                label.append("abcxyz0189-".charAt(random.nextInt(11)));
            }
            try {
                assertThat(Mailbox.of("a", label + ".test").domain()).isEqualTo(label + ".test");
                String unicode = Objects.requireNonNull(Punycode.decode(label.substring(4)));
                assertThat(DomainName.toAscii(unicode)).isEqualTo(label.toString());
            } catch (SmtpSyntaxException refused) {
                assertThat(refused.position()).isNotNegative();
            }
        }
    }

    @Test
    void s25_faultsKeepTheirPlaceInALongerText() {
        SmtpSyntaxException fault = catchThrowableOfType(SmtpSyntaxException.class, () -> Mailbox.parse("a..b@c"));
        assertThat(fault.shiftedBy(10))
                .hasMessage("address: the local-part has an empty atom; quote it if that is meant (at index 12)")
                .hasCause(fault);
        assertThat(fault.shiftedBy(10).position()).isEqualTo(12);
        assertThat(new SmtpSyntaxException("x", -1).shiftedBy(3)).hasMessage("x (at index 3)");
    }

    @Test
    void lengthsOfLabelsAndDomains() {
        assertThat(Mailbox.parse("a@" + "x".repeat(63) + ".test")).isNotNull();
        assertThatThrownBy(() -> Mailbox.parse("a@" + "x".repeat(64) + ".test")).hasMessageContaining("63 octets");
        assertThatThrownBy(() -> Mailbox.parse("a@" + "ü".repeat(60) + ".test")).hasMessageContaining("63 octets");
        String longest = ("x".repeat(63) + ".").repeat(3) + "y".repeat(63);
        assertThat(Mailbox.parse("a@" + longest).domain()).hasSize(255);
        assertThatThrownBy(() -> Mailbox.parse("a@" + longest.substring(1) + ".z"))
                .hasMessageContaining("255 octets");
        assertThatThrownBy(() -> Mailbox.parse("a@" + "x.".repeat(500) + "y")).hasMessageContaining("255 octets");
    }
}
