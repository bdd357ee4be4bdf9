/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.inClear;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.security;
import static io.pipepost.smtp.client.Sessions.send;
import static io.pipepost.smtp.client.Sessions.sendFailure;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import io.pipepost.smtp.testing.ScriptedServer;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Greeting, EHLO and HELO (RFC 5321 sections 3.1, 3.2, 4.1.1.1 and 4.3.1). */
@ExtendWith(Leaks.class)
class OpeningTest {
    /** At the end of the class only: a collection of garbage for each of so many tests takes too long. */
    private static final String QUIT = "C: QUIT\nS: 221 bye\nEOF\n";

    private static final Credentials USER = Credentials.password("tim", "tanstaaftanstaaf");

    @Test
    void r5321_15_saysNothingBeforeTheGreetingIsComplete() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                SILENCE 100
                S| 220-mx.test hi\\r\\n
                SILENCE 100
                S| 220 go\\r
                SILENCE 50
                S| \\n
                C: EHLO client.test
                S: 250 mx.test
                """ + QUIT)) {
            SessionInfo info = visit(inClear(server.port()));
            assertThat(info.tls()).isNull();
            assertThat(info.user()).isNull();
        }
    }

    @Test
    void r5321_15_saysNothingButTlsBeforeTheGreeting() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                TLS
                SILENCE 100
                S: 220 mx.test
                C: EHLO client.test
                S: 250 mx.test
                """ + QUIT)) {
            visit(to(server.port(), security(TlsMode.IMPLICIT)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "554, REJECTED_PERMANENT",
        "521, REJECTED_PERMANENT",
        "599, REJECTED_PERMANENT",
        "450, REJECTED_TEMPORARY",
        "499, REJECTED_TEMPORARY"
    })
    void r5321_16_greetingRefuses(int code, Disposition disposition) {
        try (ScriptedServer server =
                ScriptedServer.play("S: %d no SMTP service here\nC: QUIT\nS: 221 bye\nEOF".formatted(code))) {
            SmtpException refused = sendFailure(inClear(server.port()));
            assertThat(refused).isInstanceOf(SmtpException.Rejected.class);
            assertFailure(refused, FailureCause.REJECTED, Phase.GREETING);
            assertThat(refused.reply()).isNotNull();
            assertThat(refused.reply().code()).isEqualTo(code);
            assertThat(refused.isTransient()).isEqualTo(disposition == Disposition.REJECTED_TEMPORARY);
            assertThat(refused.recipients())
                    .allSatisfy(result -> assertThat(result.disposition()).isEqualTo(disposition));
        }
    }

    @Test
    void r5321_16_greeting421EndsTheConnection() {
        try (ScriptedServer server = ScriptedServer.play("S: 421 4.3.2 closing\nEOF")) {
            SmtpException closing = sendFailure(inClear(server.port()));
            assertFailure(closing, FailureCause.SERVER_CLOSING, Phase.GREETING);
            assertThat(closing.isTransient()).isTrue();
            assertThat(closing.recipients())
                    .allSatisfy(result -> assertThat(result.disposition()).isEqualTo(Disposition.NOT_SENT));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"354 go", "300 x", "150 wait", "000 x", "699 x", "221 bye", "235 ok", "220x", "22", "hello", ""})
    void r5321_16_greetingMakesNoSense(String greeting) {
        try (ScriptedServer server = ScriptedServer.play("S: " + greeting + "\nEOF")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.PROTOCOL_VIOLATION, Phase.GREETING);
        }
    }

    @Test
    void r5321_16_unknownPositiveGreetingWillDo() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.play("S: 299 hello\nC: EHLO client.test\nS: 250 mx.test\n" + QUIT)) {
            visit(inClear(server.port()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"521 never", "554 no"})
    void r5321_17_closeInPlaceOf221IsNoError_r7504_01(String greeting) {
        try (ScriptedServer server = ScriptedServer.play("S: " + greeting + "\nCLOSE")) {
            SmtpException refused = refusal(inClear(server.port()));
            assertThat(refused).isInstanceOf(SmtpException.Rejected.class).hasMessageContaining(greeting);
        }
    }

    @Test
    void r5321_17_waitsForTheReplyToQuitOnlySoLong() {
        try (ScriptedServer server = ScriptedServer.play("S: 554 no\nC: QUIT\nEOF")) {
            SmtpException refused =
                    refusal(inClear(server.port()).timeouts(Timeouts.DEFAULT.with(Phase.QUIT, Duration.ofMillis(100))));
            assertThat(refused).isInstanceOf(SmtpException.Rejected.class);
        }
    }

    @Test
    void r5321_18_secondReplyInTheGreetingIsUnsolicited() {
        try (ScriptedServer server = ScriptedServer.play("S: 220 a\nS: 250 b\nEOF")) {
            assertThat(refusal(inClear(server.port())).failure().cause()).isEqualTo(FailureCause.PROTOCOL_VIOLATION);
        }
    }

    @Test
    void r5321_19_namesItselfByItsAddress() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 mx.test\nC: EHLO [127.0.0.1]\nS: 250 mx.test\n" + QUIT)) {
            visit(SmtpClient.builder("127.0.0.1", server.port()).security(Security.of(TlsMode.NONE)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_1.test", "a\r\nRSET", "a b", "", "192.0.2.7", "[192.0.2.7", "-a.test", "a..b"})
    void r5321_19_refusesWhatIsNoName(String name) {
        SmtpClient.Builder builder = inClear(25);
        assertThatThrownBy(() -> builder.ehloName(name)).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 501, 502, 504, 550})
    void r5321_20_fallsBackToHelo(int code) throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                S: 220 x
                C: EHLO client.test
                S: %d no
                C: HELO client.test
                S: 250 x
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: DATA
                S: 354 go
                C: x
                C: .
                S: 250 ok
                """.formatted(code) + QUIT)) {
            // R-5321-24: no parameter of any extension behind HELO.
            assertThat(send(inClear(server.port())).allAccepted()).isTrue();
        }
    }

    @Test
    void r5321_20_fallsBackToHeloIfTlsIsOptional() throws Exception {
        try (ScriptedServer server = ScriptedServer.play(
                "S: 220 x\nC: EHLO client.test\nS: 502 no\nC: HELO client.test\nS: 250-x\nS: 250 SIZE 5\n" + QUIT)) {
            SessionInfo info = visit(to(server.port(), security(TlsMode.IF_OFFERED)));
            assertThat(info.extensions().has(Extension.SIZE)).isFalse();
        }
    }

    @Test
    void r5321_20_noHeloIfTlsIsRequired() {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 502 no\n" + QUIT)) {
            SmtpException failure = refusal(to(server.port(), security(TlsMode.STARTTLS)));
            assertFailure(failure, FailureCause.TLS_REQUIRED, Phase.EHLO);
        }
    }

    @Test
    void r5321_20_noHeloIfCredentialsAreConfigured() {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 502 no\n" + QUIT)) {
            SmtpException failure =
                    refusal(to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls())
                            .credentials(USER));
            assertFailure(failure, FailureCause.AUTH_UNAVAILABLE, Phase.EHLO);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"503 order", "554 no", "555 no", "530 no", "451 busy", "499 later"})
    void r5321_21_otherRefusalsOfEhloEndTheSession(String reply) {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: " + reply + "\n" + QUIT)) {
            SmtpException refused = refusal(inClear(server.port()));
            assertThat(refused).isInstanceOf(SmtpException.Rejected.class).hasMessageContaining(reply);
            assertThat(refused.isTransient()).isEqualTo(reply.startsWith("4"));
        }
    }

    @Test
    void r5321_21_421ToEhloDropsTheConnection() {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 421 busy\nEOF")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.SERVER_CLOSING, Phase.EHLO);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"220 x", "221 x", "235 x", "354 x", "150 x"})
    void r5321_13_ehloAnsweredByTheCodeOfAnotherStep(String reply) {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: " + reply + "\nEOF")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.PROTOCOL_VIOLATION, Phase.EHLO);
        }
    }

    @Test
    void r5321_21_refusedHeloEndsTheSession() {
        try (ScriptedServer server = ScriptedServer.play(
                "S: 220 x\nC: EHLO client.test\nS: 500 what\nC: HELO client.test\nS: 550 go away\n" + QUIT)) {
            assertThat(refusal(inClear(server.port())))
                    .isInstanceOf(SmtpException.Rejected.class)
                    .hasMessageContaining("550 go away");
        }
    }

    @Test
    void r5321_20_noHeloOnALostConnection() {
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nCLOSE")) {
            assertFailure(refusal(inClear(server.port())), FailureCause.CONNECTION_LOST, Phase.EHLO);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void r5321_22_theFirstLineIsNoKeyword() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250-SIZE 5\nS: 250 8bitmime\n" + QUIT)) {
            SessionInfo info = visit(inClear(server.port()));
            assertThat(info.extensions().has(Extension.SIZE)).isFalse();
            assertThat(info.extensions().has("8BITMIME")).isTrue();
        }
    }

    @Test
    void r5321_23_keywordsInAnyShapeAndLocale() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try (ScriptedServer server = ScriptedServer.play("""
                S: 220 x
                C: EHLO client.test
                S| 250-x\\r\\n250-pipelining  \\r\\n250-XXXXXXXA\\r\\n250-etrn\\r\\n250-!?\\r\\n250 SIZE  10 \\r\\n
                """ + QUIT)) {
            // R-6409-04: ETRN is of no interest.
            SessionInfo info = visit(inClear(server.port()));
            assertThat(info.extensions().has(Extension.PIPELINING)).isTrue();
            assertThat(info.extensions().sizeLimit()).hasValue(10);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void r5321_25_extensionsBelongToTheConnection() throws Exception {
        try (ScriptedServer server = ScriptedServer.play(
                        "S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 CHUNKING\n" + QUIT,
                        "S: 220 x\nC: EHLO client.test\nS: 250 x\n" + QUIT);
                SmtpClient client = inClear(server.port()).build()) {
            SmtpSession first = await(client.connect());
            await(first.quit());
            SmtpSession second = await(client.connect());
            await(second.quit());
            assertThat(first.info().extensions().has(Extension.CHUNKING)).isTrue();
            assertThat(second.info().extensions().has(Extension.CHUNKING)).isFalse();
        }
    }

    @Test
    void r6409_01_defaultsByPort() {
        assertThat(Security.DEFAULT.mode(587)).isEqualTo(TlsMode.STARTTLS);
        assertThat(Security.DEFAULT.mode(465)).isEqualTo(TlsMode.IMPLICIT);
        assertThat(Security.DEFAULT.mode(25)).isEqualTo(TlsMode.STARTTLS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"530 5.7.0 Must issue a STARTTLS command first", "530 5.7.0 Authentication required"})
    void r6409_02_mailAnswered530(String reply) {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250 x\nC: MAIL FROM:<a@b.test>\nS: " + reply
                        + "\nC: RSET\nS: 250 ok\n" + QUIT)) {
            SmtpException failure = sendFailure(inClear(server.port()));
            assertFailure(failure, FailureCause.AUTH_UNAVAILABLE, Phase.MAIL);
            assertThat(failure).hasMessageContaining(reply);
            assertThat(failure.isTransient()).isFalse();
        }
    }
}
