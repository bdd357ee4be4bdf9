/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must never get into an argument, for every argument there is. */
class InjectionTest {
    /** Every way from a string to an argument. */
    private static final Map<String, Function<String, Object>> ARGUMENTS = Map.of(
            "mailbox",
            Mailbox::parse,
            "local-part",
            text -> Mailbox.of(text, "d.test"),
            "domain",
            text -> Mailbox.of("a", text),
            "reverse-path",
            ReversePath::of,
            "forward-path",
            ForwardPath::of,
            "EHLO name",
            EhloName::of,
            "VRFY",
            text -> new Command.Query(Verb.VRFY, text),
            "EXPN",
            text -> new Command.Query(Verb.EXPN, text),
            "xtext",
            Xtext::encode,
            "SASL mechanism",
            text -> new Command.Auth(text, null));

    static Stream<String> arguments() {
        return ARGUMENTS.keySet().stream();
    }

    private static Object build(String argument, String text) {
        return Objects.requireNonNull(ARGUMENTS.get(argument)).apply(text);
    }

    private static void assertRefused(String argument, String text) {
        assertThatThrownBy(() -> build(argument, text))
                .as("%s with %s", argument, text)
                .isInstanceOf(SmtpSyntaxException.class)
                .message()
                .matches("\\p{Print}+");
    }

    @ParameterizedTest
    @MethodSource("arguments")
    void s01_r5321_27_controlsAreRefusedEverywhere(String argument) {
        List<String> injected = List.of("\r", "\n", "\r\n", "\0", "\u007f", "\u000b", "\u0085", "\u2028");
        for (String control : injected) {
            for (String around : List.of("c%sd", "%sc", "c%s", "a%s@d.test", "a@d%s.test", "\"a%s\"@d.test")) {
                assertRefused(argument, around.formatted(control));
            }
        }
        for (char c = 0; c < 0x20; c++) {
            assertRefused(argument, "a" + c);
        }
        assertRefused(argument, "c@d.test>\r\nRCPT TO:<x@y.test");
    }

    @ParameterizedTest
    @MethodSource("arguments")
    void s02_halvesOfSurrogatePairsAreRefused(String argument) {
        for (String half : List.of("\ud800", "\udc00", "\ud800a", "\udc00\ud800")) {
            assertRefused(argument, half);
            assertRefused(argument, "\"" + half + "\"@d.test");
            assertRefused(argument, "a@" + half + ".test");
        }
    }

    /** The 512 characters that narrowing would turn into a line end. */
    @Test
    void s02_charactersThatNarrowToLineEndsStayThemselvesOrAreRefused() {
        IntStream.range(1, 256)
                .flatMap(high -> IntStream.of(high << 8 | 0x0A, high << 8 | 0x0D))
                .forEach(InjectionTest::assertNeverNarrowed);
        assertNeverNarrowed('ü');
    }

    private static void assertNeverNarrowed(int character) {
        String text = Character.toString(character);
        for (Function<String, Object> argument : ARGUMENTS.values()) {
            for (String input : List.of("a" + text, "a" + text + "@d.test", "a@b" + text + ".test")) {
                try {
                    String wire = argument.apply(input).toString();
                    byte[] octets = wire.getBytes(StandardCharsets.UTF_8);
                    assertThat(octets).doesNotContain('\r', '\n', '?');
                    assertThat(wire.contains(text) || wire.contains("xn--")).isTrue();
                } catch (SmtpSyntaxException refused) {
                    assertThat(refused).hasMessageNotContaining(text);
                }
            }
        }
    }

    @Tag("exhaustive")
    @ParameterizedTest
    @MethodSource("arguments")
    void s27_hugeInputIsParsedOrRefusedInLinearTime(String argument) {
        List<String> units = List.of(
                "(",
                "\"",
                ",",
                "<",
                "g:g:g:",
                "a@a@a@",
                "a",
                ".",
                "a.",
                "[",
                ":",
                "\\",
                "=?",
                "?=",
                "xn--",
                "ü",
                "ü.",
                "\uD83D\uDE00",
                "xn--a.",
                "0",
                "-",
                "é\u0301");
        for (String unit : units) {
            String huge = unit.repeat((1 << 20) / unit.length());
            for (String input :
                    List.of(huge, "\"" + huge, "\"" + huge + "\"@d.test", "a@" + huge, "a@[IPv6:" + huge + "]")) {
                assertTimeout(Duration.ofSeconds(10), () -> parseOrRefuse(argument, input));
            }
        }
    }

    private static void parseOrRefuse(String argument, String input) {
        try {
            assertThat(build(argument, input)).isNotNull();
        } catch (SmtpSyntaxException refused) {
            assertThat(refused.getMessage()).hasSizeLessThan(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "SIZE ", "AUTH ", "AUTH=a ", " ", "\t", "ü"})
    void s27_hugeEhloAndReplyLines(String unit) {
        String line = unit.repeat((1 << 20) / unit.length());
        assertTimeout(Duration.ofSeconds(10), () -> {
            Reply reply = new Reply(250, List.of("x", line));
            assertThat(reply.toString()).hasSizeLessThanOrEqualTo(Printable.LIMIT);
            assertThat(Extensions.parse(reply).toString()).hasSizeLessThanOrEqualTo(Printable.LIMIT);
            assertThat(EnhancedStatusCode.parse(line)).isNull();
        });
    }
}
