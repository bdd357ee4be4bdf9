/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslContext;
import io.pipepost.smtp.client.auth.SaslExchange;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S-48: each form of what each mechanism sends, however a server changes it, and nothing else. */
class SentSecretsTest {
    private static final String USER = "margarethe@a.test";
    private static final String SECRET = "Correct-horse_battery+staple/9";
    private static final byte[] CHALLENGE = "<1896.697170952@postoffice.test>".getBytes(UTF_8);

    /** What a mechanism answers to its challenges; the first one is empty where the client speaks first. */
    private static List<byte[]> responses(SaslMechanism mechanism, String secret) {
        Credentials credentials = credentials(mechanism, secret);
        List<byte[]> responses = new ArrayList<>();
        try (SaslExchange exchange = mechanism.start(credentials, new SaslContext("mx.test", 587))) {
            while (!exchange.isComplete()) {
                responses.add(exchange.respond(exchange.hasInitialResponse() ? new byte[0] : CHALLENGE)
                        .toCompletableFuture()
                        .join());
            }
        }
        return responses;
    }

    private static Credentials credentials(SaslMechanism mechanism, String secret) {
        Credentials password = Credentials.password(USER, secret);
        return mechanism.accepts(password) ? password : Credentials.token(USER, secret);
    }

    private static SentSecrets after(SaslMechanism mechanism, String secret) {
        SentSecrets secrets = new SentSecrets();
        for (byte[] response : responses(mechanism, secret)) {
            byte[] sent = Base64.getEncoder().encode(response);
            secrets.add(response, sent, credentials(mechanism, secret));
        }
        return secrets;
    }

    private static String base64(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }

    private static byte[] octets(String text) {
        return text.getBytes(UTF_8);
    }

    /** All that a server may repeat of the last response. */
    private static List<String> forms(SaslMechanism mechanism) {
        List<byte[]> all = responses(mechanism, SECRET);
        byte[] response = all.get(all.size() - 1);
        String decoded = new String(response, UTF_8);
        String proof = decoded.contains(SECRET) ? SECRET : decoded.substring(USER.length() + 1);
        return List.of(base64(response), base64(response).replace("=", ""), SECRET, base64(octets(SECRET)), proof);
    }

    /** The same among what is none. */
    private static List<String> forms() {
        return List.of(
                base64(octets(USER + ":" + SECRET)),
                base64(octets("x" + SECRET + "y")),
                Base64.getUrlEncoder().withoutPadding().encodeToString(octets(SECRET + "?>?")));
    }

    private static String percent(String text) {
        return HexFormat.of().formatHex(octets(text)).replaceAll("..", "%$0");
    }

    /** What servers make of what they repeat. */
    private enum Change {
        NONE(text -> text),
        LOWER(text -> text.toLowerCase(Locale.ROOT)),
        UPPER(text -> text.toUpperCase(Locale.ROOT)),
        PERCENT(SentSecretsTest::percent),
        PERCENT_SOME(text ->
                text.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D").replace("\1", "%01")),
        PERCENT_TWICE(text -> percent(percent(text))),
        BACKSLASHES(text -> percent(text).replace("%", "\\x")),
        TWO_LINES(text -> middle(text, "\n")),
        TWO_LINES_WITH_STATUS(text -> middle(text, "\n5.7.8 ")),
        TWO_LINES_WITH_BLANKS(text -> middle(text, " \n  ")),
        EACH_CHARACTER(text -> text.codePoints().mapToObj(Character::toString).collect(Collectors.joining("\n"))),
        SPACED(text -> middle(text, " \t"));

        /** Whether what was a word still is one. */
        private boolean keepsWords() {
            return ordinal() < TWO_LINES.ordinal();
        }

        private final UnaryOperator<String> how;

        Change(UnaryOperator<String> how) {
            this.how = how;
        }

        private static String middle(String text, String with) {
            return text.substring(0, text.length() / 2) + with + text.substring(text.length() / 2);
        }
    }

    static Stream<Arguments> changes() {
        return SaslMechanism.DEFAULTS.stream()
                .flatMap(mechanism -> Stream.of(Change.values()).map(change -> Arguments.of(mechanism, change)));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void s48_everyFormIsStarred(SaslMechanism mechanism, Change change) {
        SentSecrets secrets = after(mechanism, SECRET);
        List<String> forms = new ArrayList<>(forms(mechanism));
        if (change.keepsWords()) {
            forms.addAll(forms());
        }
        for (String form : forms) {
            String repeated = change.how.apply(form);
            Reply reply = new Reply(535, List.of(("5.7.8 bad: <" + repeated + "> (no)").split("\n")));
            Reply shown = secrets.cleaned(reply);
            assertThat(shown.code()).isEqualTo(535);
            String pattern = change.keepsWords()
                    ? "5\\.7\\.8 bad: <\\*\\*\\*> \\(no\\)"
                    : "5\\.7\\.8 bad: <\\*\\*\\*(\\s+(5\\.7\\.8 ?)?(\\*\\*\\*|=))*> \\(no\\)";
            assertThat(shown.text()).as("%s", repeated).matches(pattern);
            assertThat(shown.lines()).hasSameSizeAs(reply.lines());
        }
    }

    /** A server that shortens what it repeats. */
    @ParameterizedTest
    @MethodSource("changes")
    void s48_partsOfFifteenCharactersAreStarred(SaslMechanism mechanism, Change change) {
        SentSecrets secrets = after(mechanism, SECRET);
        for (String form : forms(mechanism)) {
            for (int i = 0; change.keepsWords() && i + 15 <= form.length(); i++) {
                String repeated = change.how.apply(form.substring(i, i + 15));
                if (repeated.chars().noneMatch(c -> c < ' ')) {
                    assertThat(secrets.cleaned(repeated))
                            .as("%s", repeated)
                            .contains("***")
                            .doesNotContain(repeated);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "abc", "250", "üöä"})
    void s48_oneToThreeCharactersAreNotSearchedFor(String secret) {
        for (SaslMechanism mechanism : List.of(SaslMechanism.PLAIN, SaslMechanism.LOGIN, SaslMechanism.XOAUTH2)) {
            SentSecrets secrets = after(mechanism, secret);
            Reply reply = Reply.of(250, "2.0.0 " + secret + " abcd " + base64(octets(secret)) + " ok");
            assertThat(secrets.cleaned(reply)).isSameAs(reply);
            if (mechanism == SaslMechanism.PLAIN) {
                String sent = base64(octets("\0" + USER + "\0" + secret));
                assertThat(secrets.cleaned("AUTH PLAIN " + sent)).isEqualTo("AUTH PLAIN ***");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"abcd", "hunter2", "pass wörd", "100%25", "a\\x41bc", "-_+/-_", "%%%%%%%%", "\uD83D\uDE00abc"})
    void s48_fromFourCharactersOn(String secret) {
        SentSecrets secrets = after(SaslMechanism.LOGIN, secret);
        assertThat(secrets.cleaned("no <" + secret + ">!"))
                .startsWith("no <***")
                .endsWith(">!")
                .doesNotContain(secret);
        assertThat(secrets.cleaned("no <" + percent(secret) + ">!")).isEqualTo("no <***>!");
        assertThat(secrets.cleaned("no " + base64(octets(secret)) + "!")).isEqualTo("no ***!");
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void s48_whatIsNoSecretStays(Change change) {
        for (SaslMechanism mechanism : SaslMechanism.DEFAULTS) {
            SentSecrets secrets = after(mechanism, SECRET);
            for (String said : List.of(
                    "2.1.0 " + USER + "... Sender ok",
                    "AUTH " + mechanism.name(),
                    "Username and password not accepted",
                    "2.0.0 Ok: queued as 4YxKJz0q1Cz9vRk",
                    "correct horse",
                    "für \uD83D\uDE00 100% \\x \\xg1 %zz %")) {
                Reply reply = new Reply(250, List.of(change.how.apply(said).split("\n")));
                assertThat(secrets.cleaned(reply)).as("%s %s", mechanism, reply).isSameAs(reply);
            }
        }
    }

    /** S-27: nothing takes more than linear time, or a deep stack. */
    @ParameterizedTest
    @ValueSource(strings = {"%3", "%", "%253", "\\x5", "x\n", "A", "Correct-", "Correct-horse_battery+staple/9"})
    void s48_longRepliesTakeLinearTime(String unit) {
        SentSecrets secrets = after(SaslMechanism.PLAIN, SECRET);
        String text = unit.repeat(256 * 1024 / unit.length()) + "5";
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThat(secrets.cleaned(text)).isNotEmpty());
    }

    /** A long token, and every reply that is not it. */
    @Test
    void s48_noReplyIsTakenForASecret() {
        Random random = new Random(7);
        byte[] token = new byte[1_500];
        random.nextBytes(token);
        SentSecrets secrets =
                after(SaslMechanism.XOAUTH2, Base64.getUrlEncoder().encodeToString(token));
        for (int i = 0; i < 100_000; i++) {
            Reply reply = Reply.of(250, "2.0.0 Ok: queued as " + Long.toString(random.nextLong() >>> 1, 36));
            assertThat(secrets.cleaned(reply)).isSameAs(reply);
        }
    }

    /** S-22: the answers are all that is known of the secret; the vector is that of the reference implementation. */
    @Test
    void s48_theHashIsSipHash() {
        KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        assertThat(hash.of(0x0706050403020100L, 8)).isEqualTo(0x93f5f5799a932462L);
        assertThat(new KeyedHash().of(1, 8)).isNotEqualTo(new KeyedHash().of(1, 8));
    }

    /** What is handed over is left alone, so that its owner can wipe it. */
    @Test
    void s48_argumentsStayAsTheyAre() {
        byte[] response = octets("\0" + USER + "\0" + SECRET);
        byte[] sent = Base64.getEncoder().encode(response);
        byte[] before = Arrays.copyOf(sent, sent.length);
        new SentSecrets().add(response, sent, Credentials.password(USER, SECRET));
        assertThat(sent).isEqualTo(before);
        assertThat(response).isEqualTo(octets("\0" + USER + "\0" + SECRET));
    }
}
