/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.security;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslContext;
import io.pipepost.smtp.client.auth.SaslExchange;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The SASL dialogue (RFC 4954). What the mechanisms compute has tests of its own. */
@ExtendWith(Leaks.class)
class AuthTest {
    private static final String QUIT = "C: QUIT\nS: 221 bye\nEOF\n";
    private static final Credentials USER = Credentials.password("test", "1234");
    private static final String PLAIN = "AHRlc3QAMTIzNA==";
    private static final Credentials TOKEN = Credentials.token("someuser@example.com", "ya29.vF9dft4qmTc2");
    private static final String XOAUTH2 = base64("user=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2\1\1");

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A server that offers these lines, in clear. */
    private static ScriptedServer offering(String lines, String... dialogue) {
        StringBuilder script = new StringBuilder("S: 220 mx.test\nC: EHLO client.test\nS: 250-mx.test\n");
        List<String> all = List.of(lines.split(" */ *", -1));
        for (int i = 0; i < all.size(); i++) {
            script.append(i + 1 < all.size() ? "S: 250-" : "S: 250 ")
                    .append(all.get(i).strip())
                    .append('\n');
        }
        for (String line : dialogue) {
            script.append(line).append('\n');
        }
        return ScriptedServer.play(script.toString());
    }

    /** The same under TLS from the start. */
    private static ScriptedServer offeringUnderTls(String lines, String... dialogue) {
        return ScriptedServer.play("TLS\nS: 220 mx.test\nC: EHLO client.test\nS: 250-mx.test\nS: 250 " + lines + "\n"
                + String.join("\n", dialogue));
    }

    private static SmtpClient.Builder client(ScriptedServer server) {
        return to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls());
    }

    private static SmtpClient.Builder user(ScriptedServer server) {
        return client(server).credentials(USER);
    }

    private static SmtpException authFailed(SmtpClient.Builder builder) {
        SmtpException failure = refusal(builder);
        assertFailure(failure, FailureCause.AUTH_FAILED, Phase.AUTH);
        assertThat(failure).isInstanceOf(SmtpException.Authentication.class);
        return failure;
    }

    private static void assertUnavailable(SmtpClient.Builder builder) {
        assertFailure(refusal(builder), FailureCause.AUTH_UNAVAILABLE, Phase.AUTH);
    }

    // ---- choice of the mechanism

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AUTH LOGIN PLAIN CRAM-MD5       | CRAM-MD5",
                "AUTH=LOGIN CRAM-MD5             | CRAM-MD5",
                "AUTH=LOGIN / AUTH cram-md5      | CRAM-MD5",
                "AUTH LOGIN SCRAM-SHA-256        | LOGIN",
                "auth login                      | LOGIN",
                "AUTH=LOGIN                      | LOGIN",
            })
    void r4954_01_03_strongestOfAllThatIsOffered(String offer, String chosen) {
        try (ScriptedServer server = offering(offer, "C: AUTH " + chosen, "S: 454 not now", QUIT)) {
            assertThat(authFailed(user(server)).isTransient()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AUTH LOGIN PLAIN", "AUTH=LOGIN PLAIN", "AUTH plain login", "AUTH=PLAIN / AUTH LOGIN"})
    void r4954_03_plainBeforeLogin(String offer) throws Exception {
        try (ScriptedServer server = offering(offer, "C: AUTH PLAIN " + PLAIN, "S: 235 2.7.0 ok", QUIT)) {
            assertThat(visit(user(server)).user()).isEqualTo("test");
        }
    }

    @Test
    void r4954_03_callersListReplacesTheOrder() throws Exception {
        try (ScriptedServer server = offering("AUTH CRAM-MD5", QUIT)) {
            assertUnavailable(user(server).mechanisms(SaslMechanism.PLAIN));
        }
        try (ScriptedServer server = offering("AUTH CRAM-MD5 PLAIN", "C: AUTH PLAIN " + PLAIN, "S: 235 ok", QUIT)) {
            visit(user(server).mechanisms(SaslMechanism.PLAIN, SaslMechanism.CRAM_MD5));
        }
    }

    /** Also S-17. */
    @Test
    void r4954_03_tokensAreNoPasswords() {
        try (ScriptedServer server = offering("AUTH PLAIN LOGIN CRAM-MD5", QUIT)) {
            assertUnavailable(client(server).credentials(TOKEN));
        }
        try (ScriptedServer server = offering("AUTH XOAUTH2 OAUTHBEARER", QUIT)) {
            assertUnavailable(user(server));
        }
    }

    /** Also S-16. */
    @ParameterizedTest
    @EnumSource(names = {"NONE", "IF_OFFERED"})
    void r4954_02_nothingWithoutTls(TlsMode mode) {
        for (Credentials credentials : List.of(USER, TOKEN)) {
            try (ScriptedServer server = offering("AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER", QUIT)) {
                assertUnavailable(to(server.port(), security(mode)).credentials(credentials));
            }
        }
    }

    @Test
    void r4954_02_underTls() throws Exception {
        try (ScriptedServer server =
                offeringUnderTls("AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "S: 235 2.7.0 ok", QUIT)) {
            visit(to(server.port(), security(TlsMode.IMPLICIT)).credentials(USER));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIZE", "AUTH", "AUTHENTICATE PLAIN", "AUTH GSSAPI NTLM"})
    void r4954_11_noWayToLogIn(String offer) {
        try (ScriptedServer server = offering(offer, QUIT)) {
            assertUnavailable(user(server));
        }
    }

    // ---- lines

    @Test
    void r4954_04_longInitialResponseWaits() throws Exception {
        Credentials longToken = Credentials.token("u@x.test", "t".repeat(1500));
        String response = base64("user=u@x.test\1auth=Bearer " + "t".repeat(1500) + "\1\1");
        try (ScriptedServer server =
                offering("AUTH XOAUTH2", "C: AUTH XOAUTH2", "S| 334 \\r\\n", "C: " + response, "S: 235 ok", QUIT)) {
            assertThat(visit(client(server).credentials(longToken)).user()).isEqualTo("u@x.test");
        }
    }

    /** {@code AUTH PLAIN} and 496 octets make 509 with the CRLF; four more do not fit. */
    @ParameterizedTest
    @CsvSource({"366, true", "367, true", "368, true", "369, true", "370, false"})
    void r4954_04_lineOf512(int passwordLength, boolean fits) throws Exception {
        String password = "p".repeat(passwordLength);
        String response = base64("\0u\0" + password);
        assertThat("AUTH PLAIN ".length() + response.length() + 2 <= 512).isEqualTo(fits);
        String[] dialogue = fits
                ? new String[] {"C: AUTH PLAIN " + response, "S: 235 ok", QUIT}
                : new String[] {"C: AUTH PLAIN", "S: 334", "C: " + response, "S: 235 ok", QUIT};
        try (ScriptedServer server = offering("AUTH PLAIN", dialogue)) {
            visit(client(server).credentials(Credentials.password("u", password)));
        }
    }

    @Test
    void r4954_05_emptyResponses() throws Exception {
        try (ScriptedServer server = offering("AUTH X-TEST", "C: AUTH X-TEST =", "S: 334", "C: ", "S: 235 ok", QUIT)) {
            visit(user(server).mechanisms(new Custom(true, challenge -> done(""))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"YQ", "Y!Q==", "=AAA", "YQ=", "YR==", "Y Q==", "Enter your name", "VXNl\\x00cm5h"})
    void r4954_06_badBase64IsCancelled(String challenge) {
        try (ScriptedServer server = offering(
                "AUTH LOGIN", "C: AUTH LOGIN", "S| 334 " + challenge + "\\r\\n", "C: *", "S: 501 cancelled", QUIT)) {
            assertThat(authFailed(user(server))).hasMessageContaining("bad challenge");
        }
    }

    @ParameterizedTest
    @CsvSource({"235 ok", "334 YQ==", "250 ok"})
    void r4954_07_noSuccessForACancelledDialogue(String reply) {
        try (ScriptedServer server =
                offering("AUTH LOGIN", "C: AUTH LOGIN", "S: 334 !", "C: *", "S: " + reply, "EOF")) {
            assertThat(refusal(user(server)).failure().cause())
                    .isIn(FailureCause.AUTH_FAILED, FailureCause.PROTOCOL_VIOLATION);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"500 what", "454 later"})
    void r4954_07_anyRefusalEndsACancelledDialogue(String reply) {
        try (ScriptedServer server = offering("AUTH LOGIN", "C: AUTH LOGIN", "S: 334 !", "C: *", "S: " + reply, QUIT)) {
            authFailed(user(server));
        }
    }

    @Test
    void r4954_08_longChallenge() throws Exception {
        String challenge = "QUFB".repeat(3072);
        try (ScriptedServer server = offering(
                "AUTH X-TEST", "C: AUTH X-TEST", "S: 334 " + challenge, "C: " + challenge, "S: 235 ok", QUIT)) {
            visit(user(server)
                    .mechanisms(new Custom(false, octets -> CompletableFuture.completedFuture(octets.clone()))));
        }
    }

    @Test
    void r4954_08_challengeOfTwoLines() {
        try (ScriptedServer server =
                offering("AUTH LOGIN", "C: AUTH LOGIN", "S: 334-VXNlcm5hbWU6", "S: 334 VXNlcm5hbWU6", "EOF")) {
            assertFailure(refusal(user(server)), FailureCause.PROTOCOL_VIOLATION, Phase.AUTH);
        }
    }

    // ---- outcomes

    @Test
    void r4954_09_onceForAllMessages_r4954_12() throws Exception {
        String mail = """
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: DATA
                S: 354 go
                C: x
                C: .
                S: 250 ok
                """;
        AtomicInteger asked = new AtomicInteger();
        try (ScriptedServer server = offering("AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "S: 235 ok", mail + mail + QUIT);
                SmtpClient client = client(server)
                        .credentials(() -> {
                            asked.incrementAndGet();
                            return CompletableFuture.completedFuture(USER);
                        })
                        .build()) {
            Message message = Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n"));
            await(client.send(message));
            await(client.send(message));
        }
        assertThat(asked).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource({
        "535 5.7.8 bad, false",
        "454 4.7.0 later, true",
        "421 x, true",
        "500 5.5.6 too long, false",
        "501 5.5.2 bad encoding, false",
        "530 5.7.0 no, false",
        "550 no, false",
        "450 no, true"
    })
    void r4954_10_11_refusalEndsTheSession(String reply, boolean isTransient) {
        String end = reply.startsWith("421") ? "EOF" : QUIT;
        try (ScriptedServer server = offering("AUTH PLAIN LOGIN", "C: AUTH PLAIN " + PLAIN, "S: " + reply, end)) {
            SmtpException failure = refusal(user(server));
            assertThat(failure.phase()).isEqualTo(Phase.AUTH);
            assertThat(failure.failure().cause())
                    .isEqualTo(end.equals("EOF") ? FailureCause.SERVER_CLOSING : FailureCause.AUTH_FAILED);
            assertThat(failure.isTransient()).isEqualTo(isTransient);
            assertThat(failure).hasMessageContaining(reply);
        }
    }

    @Test
    void r4954_10_538NeedsEncryption() {
        try (ScriptedServer server =
                offering("AUTH PLAIN LOGIN", "C: AUTH PLAIN " + PLAIN, "S: 538 5.7.11 encryption required", QUIT)) {
            assertUnavailable(user(server));
        }
    }

    /** Also R-4954-16: on the same connection. */
    @ParameterizedTest
    @ValueSource(strings = {"504 5.5.4 no", "534 5.7.9 too weak", "432 4.7.12 transition"})
    void r4954_10_nextMechanism(String reply) throws Exception {
        try (ScriptedServer server = offering(
                "AUTH CRAM-MD5 PLAIN",
                "C: AUTH CRAM-MD5",
                "S: " + reply,
                "C: AUTH PLAIN " + PLAIN,
                "S: 235 ok",
                QUIT)) {
            visit(user(server));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"504 no", "534 no"})
    void r4954_10_untilNoneIsLeft(String reply) {
        try (ScriptedServer server = offering(
                "AUTH LOGIN PLAIN", "C: AUTH PLAIN " + PLAIN, "S: " + reply, "C: AUTH LOGIN", "S: " + reply, QUIT)) {
            authFailed(user(server));
        }
    }

    @Test
    void r4954_10_432OnlyLeadsToPlain() {
        try (ScriptedServer server = offering("AUTH CRAM-MD5 LOGIN", "C: AUTH CRAM-MD5", "S: 432 transition", QUIT)) {
            assertThat(authFailed(user(server)).isTransient()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"250 ok", "220 x", "221 x", "354 go", "335 x", "150 x"})
    void r4954_10_otherAnswersAreErrors(String reply) {
        try (ScriptedServer server = offering("AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "S: " + reply, "EOF")) {
            assertFailure(refusal(user(server)), FailureCause.PROTOCOL_VIOLATION, Phase.AUTH);
        }
    }

    @Test
    void r4954_14_nothingIsSentBehindAuth() throws Exception {
        try (ScriptedServer server =
                offering("PIPELINING / AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "SILENCE 60", "S: 235 ok", QUIT)) {
            visit(user(server));
        }
    }

    @Test
    void r4954_15_passwordsAreUtf8() throws Exception {
        try (ScriptedServer server =
                offering("AUTH PLAIN", "C: AUTH PLAIN " + base64("\0jürgen\0pässwörd"), "S: 235 ok", QUIT)) {
            visit(client(server).credentials(Credentials.password("jürgen", "pässwörd")));
        }
    }

    private static final String CRAM = "S: 334 PDQxOTI5NDIzNDEuMTI4Mjg0NzJAc291cmNlZm91ci5hbmRyZXcuY211LmVkdT4=";
    private static final String CRAM_RESPONSE = "C~ [A-Za-z0-9+/=]+";

    @ParameterizedTest
    @CsvSource({"CRAM-MD5 PLAIN LOGIN, PLAIN", "LOGIN CRAM-MD5, LOGIN"})
    void r4954_17_hashedPasswords(String offer, String second) throws Exception {
        String again =
                second.equals("PLAIN") ? "C: AUTH PLAIN " + PLAIN : "C: AUTH LOGIN\nS: 334\nC~ .*\nS: 334\nC~ .*";
        try (ScriptedServer server = offeringUnderTls(
                "AUTH " + offer, "C: AUTH CRAM-MD5", CRAM, CRAM_RESPONSE, "S: 535 no", again, "S: 235 ok", QUIT)) {
            visit(to(server.port(), security(TlsMode.IMPLICIT)).credentials(USER));
        }
    }

    @Test
    void r4954_17_onlyOnce() {
        try (ScriptedServer server = offeringUnderTls(
                "AUTH CRAM-MD5 PLAIN LOGIN",
                "C: AUTH CRAM-MD5",
                CRAM,
                CRAM_RESPONSE,
                "S: 535 no",
                "C: AUTH PLAIN " + PLAIN,
                "S: 535 no",
                QUIT)) {
            authFailed(to(server.port(), security(TlsMode.IMPLICIT)).credentials(USER));
        }
    }

    @Test
    void r4954_17_neverInClearNorIfPinnedNorUnverified() {
        String[] dialogue = {"C: AUTH CRAM-MD5", CRAM, CRAM_RESPONSE, "S: 535 no", QUIT};
        try (ScriptedServer server = offering("AUTH CRAM-MD5 PLAIN", dialogue)) {
            authFailed(user(server));
        }
        try (ScriptedServer server = offeringUnderTls("AUTH CRAM-MD5 PLAIN", dialogue)) {
            authFailed(to(server.port(), security(TlsMode.IMPLICIT))
                    .credentials(USER)
                    .mechanisms(SaslMechanism.CRAM_MD5, SaslMechanism.PLAIN));
        }
        try (ScriptedServer server = offeringUnderTls("AUTH CRAM-MD5 PLAIN", dialogue)) {
            authFailed(to(server.port(), Security.of(TlsMode.IMPLICIT).trustAnythingInsecurely())
                    .credentials(USER));
        }
    }

    // ---- dialogues of the mechanisms

    @ParameterizedTest
    @CsvSource({
        "VXNlcm5hbWU6, UGFzc3dvcmQ6",
        "VXNlciBOYW1lAA==, UGFzc3dvcmQA",
        "dXNlcm5hbWU6, cGFzc3dvcmQ6",
        "'', ''",
        "UGFzc3dvcmQ6, VXNlcm5hbWU6"
    })
    void rLogin01_promptsGoByPosition(String first, String second) throws Exception {
        try (ScriptedServer server = offering(
                "AUTH LOGIN",
                "C: AUTH LOGIN",
                "S| 334 " + first + "\\r\\n",
                "C: dGlt",
                "S| 334 " + second + "\\r\\n",
                "C: dGFuc3RhYWZ0YW5zdGFhZg==",
                "S: 235 ok",
                QUIT)) {
            visit(client(server).credentials(Credentials.password("tim", "tanstaaftanstaaf")));
        }
    }

    /** Also S-18: success counts once the server has done its part. */
    @Test
    void rLogin01_r5802_04_successAfterTheUserIsTooEarly() {
        try (ScriptedServer server =
                offering("AUTH LOGIN", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: dGVzdA==", "S: 235 ok", "EOF")) {
            assertThat(authFailed(user(server))).hasMessageContaining("before LOGIN was complete");
        }
    }

    @Test
    void r2195_01_cramMd5() throws Exception {
        try (ScriptedServer server = offering(
                "AUTH CRAM-MD5",
                "C: AUTH CRAM-MD5",
                "S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
                "C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw",
                "S: 235 ok",
                QUIT)) {
            visit(client(server).credentials(Credentials.password("tim", "tanstaaftanstaaf")));
        }
    }

    @Test
    void r2195_01_emptyChallengeIsCancelled() {
        try (ScriptedServer server =
                offering("AUTH CRAM-MD5", "C: AUTH CRAM-MD5", "S: 334", "C: *", "S: 501 cancelled", QUIT)) {
            authFailed(user(server));
        }
    }

    @Test
    void r7628_01_oauthBearer() throws Exception {
        Credentials token = Credentials.token("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        try (ScriptedServer server = offering(
                "AUTH XOAUTH2 OAUTHBEARER",
                "C~ AUTH OAUTHBEARER bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9bG9jYWxob3N0AXBvcnQ9.*",
                "S: 235 ok",
                QUIT)) {
            visit(client(server).credentials(token));
        }
    }

    @Test
    void r7628_02_reasonOfTheRefusal() {
        try (ScriptedServer server = offering(
                "AUTH OAUTHBEARER",
                "C~ AUTH OAUTHBEARER .*",
                "S: 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=",
                "C: AQ==",
                "S: 535 5.7.8 no",
                QUIT)) {
            assertThat(authFailed(client(server).credentials(TOKEN)))
                    .hasMessageContaining("invalid_token")
                    .hasMessageContaining("535 5.7.8 no");
        }
    }

    @Test
    void rXoa01_reasonOfTheRefusal() {
        try (ScriptedServer server = offering(
                "AUTH XOAUTH2",
                "C: AUTH XOAUTH2 " + XOAUTH2,
                "S: 334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ==",
                "C: ",
                "S: 535 5.7.8 no",
                QUIT)) {
            assertThat(authFailed(client(server).credentials(TOKEN)))
                    .hasMessageContaining("401")
                    .hasMessageContaining("https://mail.google.com/");
        }
    }

    @Test
    void rXoa01_successBehindAReasonIsNoSuccess() {
        try (ScriptedServer server =
                offering("AUTH XOAUTH2", "C: AUTH XOAUTH2 " + XOAUTH2, "S: 334 e30=", "C: ", "S: 235 ok", "EOF")) {
            authFailed(client(server).credentials(TOKEN));
        }
    }

    @Test
    void plainIsNotAskedForMore() {
        try (ScriptedServer server =
                offering("AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "S: 334 ", "C: *", "S: 501 cancelled", QUIT)) {
            authFailed(user(server));
        }
    }

    @Test
    void s19_endlessChallenges() {
        StringBuilder dialogue = new StringBuilder("C: AUTH X-TEST\n");
        for (int i = 0; i < 10; i++) {
            dialogue.append("S: 334 \nC: YQ==\n");
        }
        dialogue.append("S: 334 \nC: *\nS: 501 cancelled\n").append(QUIT);
        try (ScriptedServer server = offering("AUTH X-TEST", dialogue.toString())) {
            assertThat(authFailed(user(server).mechanisms(new Custom(false, challenge -> done("a")))))
                    .hasMessageContaining("more than 10 challenges");
        }
    }

    // ---- credentials and mechanisms that take their time

    private static CompletionStage<byte[]> done(String response) {
        return CompletableFuture.completedFuture(response.getBytes(StandardCharsets.UTF_8));
    }

    private static <T> CompletableFuture<T> later(Supplier<T> value) {
        return CompletableFuture.supplyAsync(value, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
    }

    @Test
    void credentialsComeLaterFromAnotherThread() throws Exception {
        try (ScriptedServer server =
                offering("AUTH PLAIN", "SILENCE 20", "C: AUTH PLAIN " + PLAIN, "S: 235 ok", QUIT)) {
            visit(client(server).credentials(() -> later(() -> USER)));
        }
    }

    @Test
    void credentialsFail() {
        try (ScriptedServer server = offering("AUTH PLAIN", QUIT)) {
            SmtpException failure = authFailed(client(server)
                    .credentials(() -> later(() -> {
                        throw new IllegalStateException("vault is sealed");
                    })));
            assertThat(failure).hasRootCauseMessage("vault is sealed");
        }
        try (ScriptedServer server = offering("AUTH PLAIN", QUIT)) {
            authFailed(client(server).credentials(() -> {
                throw new IllegalStateException("vault is sealed");
            }));
        }
        try (ScriptedServer server = offering("AUTH PLAIN", QUIT)) {
            authFailed(client(server).credentials(() -> CompletableFuture.completedFuture(null)));
        }
    }

    @Test
    void credentialsNeverCome() {
        try (ScriptedServer server = offering("AUTH PLAIN", "EOF")) {
            SmtpException failure = refusal(client(server)
                    .timeouts(Timeouts.DEFAULT.with(Phase.AUTH, Duration.ofMillis(100)))
                    .credentials(CompletableFuture::new));
            assertFailure(failure, FailureCause.TIMEOUT, Phase.AUTH);
        }
    }

    /** R-5321-14: the reply's deadline begins when its command is written, however long the credentials took. */
    @Test
    void replyHasATimeoutOfItsOwn() throws Exception {
        try (ScriptedServer server =
                offering("AUTH PLAIN", "C: AUTH PLAIN " + PLAIN, "SILENCE 400", "S: 235 ok", QUIT)) {
            visit(client(server)
                    .timeouts(Timeouts.DEFAULT.with(Phase.AUTH, Duration.ofMillis(600)))
                    .credentials(() -> CompletableFuture.supplyAsync(
                            () -> USER, CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS))));
        }
    }

    @Test
    void quitHasATimeoutOfItsOwnToo() throws Exception {
        try (ScriptedServer server = offering("AUTH PLAIN", "C: QUIT", "EOF");
                SmtpClient client = client(server)
                        .timeouts(Timeouts.DEFAULT.with(Phase.QUIT, Duration.ofMillis(100)))
                        .credentials(() -> later(() -> {
                            throw new IllegalStateException();
                        }))
                        .build()) {
            assertFailure(failure(client.connect()), FailureCause.AUTH_FAILED, Phase.AUTH);
        }
    }

    @Test
    void credentialsAreAskedOncePerConnection() throws Exception {
        String script =
                "S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 AUTH CRAM-MD5 PLAIN\nC: AUTH CRAM-MD5\nS: 504 no\n"
                        + "C: AUTH PLAIN " + PLAIN + "\nS: 235 ok\n" + QUIT;
        AtomicInteger asked = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.play(script, script);
                SmtpClient client = client(server)
                        .credentials(() -> {
                            asked.incrementAndGet();
                            return CompletableFuture.completedFuture(USER);
                        })
                        .build()) {
            await(await(client.connect()).quit());
            assertThat(asked).hasValue(1);
            await(await(client.connect()).quit());
            assertThat(asked).hasValue(2);
        }
    }

    @Test
    void customMechanismComputesElsewhere() throws Exception {
        try (ScriptedServer server = offering(
                "AUTH X-TEST", "SILENCE 20", "C: AUTH X-TEST YQ==", "S: 334 Yg==", "C: YQ==", "S: 235 ok", QUIT)) {
            visit(user(server)
                    .mechanisms(new Custom(true, challenge -> later(() -> "a".getBytes(StandardCharsets.UTF_8)))));
        }
    }

    @Test
    void customMechanismGivesUp() {
        try (ScriptedServer server =
                offering("AUTH X-TEST", "C: AUTH X-TEST", "S: 334 Yg==", "C: *", "S: 501 cancelled", QUIT)) {
            authFailed(user(server)
                    .mechanisms(new Custom(
                            false, challenge -> CompletableFuture.failedFuture(new IllegalStateException("no")))));
        }
        try (ScriptedServer server = offering("AUTH X-TEST", QUIT)) {
            authFailed(user(server).mechanisms(new Custom(true, challenge -> {
                throw new IllegalStateException("no");
            })));
        }
    }

    @Test
    void customMechanismAnswersNull() {
        List<Function<byte[], CompletionStage<byte[]>>> answers =
                List.of(challenge -> null, challenge -> CompletableFuture.completedFuture(null));
        for (Function<byte[], CompletionStage<byte[]>> answer : answers) {
            try (ScriptedServer server = offering("AUTH X-TEST", QUIT)) {
                authFailed(user(server).mechanisms(new Custom(true, answer)));
            }
        }
    }

    @Test
    void customMechanismNeverAnswers() {
        try (ScriptedServer server = offering("AUTH X-TEST", "C: AUTH X-TEST", "S: 334 Yg==", "EOF")) {
            SmtpException failure = refusal(user(server)
                    .timeouts(Timeouts.DEFAULT.with(Phase.AUTH, Duration.ofMillis(100)))
                    .mechanisms(new Custom(false, challenge -> new CompletableFuture<>())));
            assertFailure(failure, FailureCause.TIMEOUT, Phase.AUTH);
        }
    }

    @Test
    void exchangeIsClosedWhateverHappens() {
        for (String end : List.of("S: 535 no\n" + QUIT, "CLOSE", "S: 421 bye\nEOF")) {
            Custom mechanism = new Custom(true, challenge -> done("a"));
            try (ScriptedServer server = offering("AUTH X-TEST", "C: AUTH X-TEST YQ==", end)) {
                refusal(user(server).mechanisms(mechanism));
            }
            assertThat(mechanism.closed).hasPositiveValue();
        }
    }

    /** A mechanism whose answers the test makes; satisfied by any number of them. */
    private static final class Custom implements SaslMechanism {
        private final boolean initial;
        private final Function<byte[], CompletionStage<byte[]>> answers;
        private final AtomicInteger closed = new AtomicInteger();

        Custom(boolean initial, Function<byte[], CompletionStage<byte[]>> answers) {
            this.initial = initial;
            this.answers = answers;
        }

        @Override
        public String name() {
            return "X-TEST";
        }

        @Override
        public boolean accepts(Credentials credentials) {
            return true;
        }

        @Override
        public SaslExchange start(Credentials credentials, SaslContext context) {
            return new SaslExchange() {
                @Override
                public boolean hasInitialResponse() {
                    return initial;
                }

                @Override
                public CompletionStage<byte[]> respond(byte[] challenge) {
                    return answers.apply(challenge);
                }

                @Override
                public boolean isComplete() {
                    return true;
                }

                @Override
                public @Nullable String failureDetail() {
                    return null;
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }
    }
}
