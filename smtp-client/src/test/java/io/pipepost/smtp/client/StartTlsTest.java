/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.refusal;
import static io.pipepost.smtp.client.Sessions.security;
import static io.pipepost.smtp.client.Sessions.send;
import static io.pipepost.smtp.client.Sessions.to;
import static io.pipepost.smtp.client.Sessions.visit;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.testing.ScriptedServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The switch to TLS in the middle of a session (RFC 3207), and attacks on it. */
@ExtendWith(Leaks.class)
class StartTlsTest {
    /** At the end of the class only: a collection of garbage for each of so many tests takes too long. */
    private static final String OFFER = "S: 220 mx.test\nC: EHLO client.test\nS: 250-mx.test\nS: 250 STARTTLS\n";

    private static final String ASKED = OFFER + "C: STARTTLS\n";
    private static final String QUIT = "C: QUIT\nS: 221 bye\nEOF\n";
    private static final Credentials USER = Credentials.password("test", "1234");

    private static SmtpClient.Builder required(ScriptedServer server) {
        return to(server.port(), security(TlsMode.STARTTLS));
    }

    private static SmtpClient.Builder optional(ScriptedServer server) {
        return to(server.port(), security(TlsMode.IF_OFFERED));
    }

    /** Appendix B2; also R-3207-03, R-6409-01, R-4616-01, R-2920-02, R-5321-53. */
    @Test
    void b2_submission() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                        S: 220 mx.test
                        C: EHLO client.test
                        S: 250-mx.test
                        S: 250-PIPELINING
                        S: 250 STARTTLS
                        C: STARTTLS
                        S: 220 go
                        TLS
                        C: EHLO client.test
                        S: 250-mx.test
                        S: 250-PIPELINING
                        S: 250-SIZE 1000000
                        S: 250 AUTH PLAIN LOGIN
                        C: AUTH PLAIN AHRlc3QAMTIzNA==
                        S: 235 2.7.0 ok
                        C| MAIL FROM:<a@b.test> SIZE=42\\r\\nRCPT TO:<c@d.test>\\r\\nRCPT TO:<nobody@d.test>\\r\\nDATA\\r\\n
                        S: 250 2.1.0 ok
                        S: 250 2.1.5 ok
                        S: 550 5.1.1 unknown
                        S: 354 go
                        C* 42
                        C: .
                        S: 250 2.0.0 queued
                        """ + QUIT);
                SmtpClient client = required(server).credentials(USER).build()) {
            String content = "Subject: x\r\n\r\n" + "y".repeat(26) + "\r\n";
            SendResult result = Sessions.await(
                    client.send(Message.of("a@b.test", List.of("c@d.test", "nobody@d.test"), Content.of(content))));
            assertThat(result.recipients())
                    .extracting(recipient -> recipient.disposition())
                    .containsExactly(Disposition.ACCEPTED, Disposition.REJECTED_PERMANENT);
            assertThat(result.session().user()).isEqualTo("test");
            assertThat(result.session().tls()).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"S: 220-go\nS: 220 now", "S| 220 go\\r\\n", "S| 2\nS| 2\nS| 0\nS| \\x20\nS| g\nS| \\r\nS| \\n"})
    void r3207_01_startsTls_r2920_10(String reply) throws Exception {
        try (ScriptedServer server =
                ScriptedServer.play(ASKED + reply + "\nTLS\nC: EHLO client.test\nS: 250 mx.test\n" + QUIT)) {
            SessionInfo info = visit(required(server));
            assertThat(info.tls()).isNotNull();
            assertThat(info.tls().verified()).isTrue();
        }
    }

    /** Also S-10: the line was there and somebody took it away. */
    @Test
    void r3207_02_notOffered() {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 AUTH PLAIN\n" + QUIT)) {
            // R-8314-02: EHLO and QUIT are all that is seen.
            SmtpException failure = refusal(required(server).credentials(USER));
            assertFailure(failure, FailureCause.TLS_REQUIRED, Phase.STARTTLS);
            assertThat(failure.isTransient()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"454 later, true", "432 x, true", "500 what, false", "501 x, false", "554 no, false"})
    void r3207_02_refused(String reply, boolean isTransient) {
        try (ScriptedServer server = ScriptedServer.play(ASKED + "S: " + reply + "\n" + QUIT)) {
            SmtpException failure = refusal(required(server).credentials(USER));
            assertFailure(failure, FailureCause.TLS_REQUIRED, Phase.STARTTLS);
            assertThat(failure).hasMessageContaining(reply);
            assertThat(failure.isTransient()).isEqualTo(isTransient);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"250 ok", "221 bye", "235 ok", "299 x", "354 go", "334 ", "150 x"})
    void r3207_02_otherAnswersAreErrors(String reply) {
        for (TlsMode mode : List.of(TlsMode.STARTTLS, TlsMode.IF_OFFERED)) {
            try (ScriptedServer server = ScriptedServer.play(ASKED + "S: " + reply + "\nEOF")) {
                SmtpException failure =
                        refusal(to(server.port(), security(mode)).credentials(USER));
                assertFailure(failure, FailureCause.PROTOCOL_VIOLATION, Phase.STARTTLS);
            }
        }
    }

    @Test
    void r3207_02_answeredByClosing() {
        try (ScriptedServer server = ScriptedServer.play(ASKED + "S: 421 bye\nEOF")) {
            assertFailure(refusal(required(server)), FailureCause.SERVER_CLOSING, Phase.STARTTLS);
        }
        try (ScriptedServer server = ScriptedServer.play(ASKED + "CLOSE")) {
            assertFailure(refusal(required(server)), FailureCause.CONNECTION_LOST, Phase.STARTTLS);
        }
    }

    /** Also S-12. */
    @Test
    void r3207_03_whatWasOfferedInClearIsForgotten() {
        try (ScriptedServer server = ScriptedServer.play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 250-mx.test
                S: 250-AUTH PLAIN
                S: 250-SIZE 9
                S: 250 STARTTLS
                C: STARTTLS
                S: 220 go
                TLS
                C: EHLO client.test
                S: 250 other.test
                """ + QUIT)) {
            SmtpException failure = refusal(required(server).credentials(USER));
            assertFailure(failure, FailureCause.AUTH_UNAVAILABLE, Phase.AUTH);
        }
    }

    @Test
    void r3207_03_sizeOfferedInClearIsForgotten() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 250-mx.test
                S: 250-PIPELINING
                S: 250-SIZE 1
                S: 250 STARTTLS
                C: STARTTLS
                S: 220 go
                TLS
                C: EHLO client.test
                S: 250-other.test
                S: 250 8BITMIME
                C: MAIL FROM:<a@b.test>
                S: 250 ok
                C: RCPT TO:<c@d.test>
                S: 250 ok
                C: DATA
                S: 354 go
                C: x
                C: .
                S: 250 ok
                """ + QUIT)) {
            SendResult result = send(required(server));
            assertThat(result.session().extensions().lines()).containsExactly("8BITMIME");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"500", "502", "550"})
    void r3207_03_ehloRefusedUnderTls(String code) {
        for (TlsMode mode : List.of(TlsMode.STARTTLS, TlsMode.IF_OFFERED)) {
            try (ScriptedServer server =
                    ScriptedServer.play(ASKED + "S: 220 go\nTLS\nC: EHLO client.test\nS: " + code + " no\n" + QUIT)) {
                SmtpException failure = refusal(to(server.port(), security(mode)));
                assertThat(failure).isInstanceOf(SmtpException.Rejected.class).hasMessageContaining(code);
            }
        }
    }

    /** Also R-3207-04, appendix B8. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "250-mx.test\\r\\n250 AUTH PLAIN\\r\\n",
                "250 injected\\r\\n",
                "421 bye\\r\\n",
                "220 go\\r\\n",
                "2",
                "250-mx.test\\r\\n",
                "\\r\\n",
                "\\n",
                "\\x16\\x03\\x03\\0\\x01\\0",
                "nonsense\\r\\n"
            })
    void s09_octetsBehindTheReply(String injected) {
        for (TlsMode mode : List.of(TlsMode.STARTTLS, TlsMode.IF_OFFERED)) {
            try (ScriptedServer server = ScriptedServer.play(ASKED + "S| 220 go\\r\\n" + injected + "\nEOF")) {
                SmtpException failure =
                        refusal(to(server.port(), security(mode)).credentials(USER));
                assertFailure(failure, FailureCause.TLS_INJECTION, Phase.STARTTLS);
            }
        }
    }

    /** The ClientHello may have left by then; nothing follows it. */
    @ParameterizedTest
    @ValueSource(strings = {"250-mx.test\\r\\n250 AUTH PLAIN\\r\\n", "2", "250 injected\\r\\n"})
    void s09_octetsInTheNextSegment(String injected) {
        try (ScriptedServer server = ScriptedServer.builder()
                .gap(Duration.ofMillis(1))
                .script(ASKED + "S| 220 go\\r\\n\nS| " + injected + "\nCLOSE\nDRAIN")
                .start()) {
            SmtpException failure = refusal(required(server).credentials(USER));
            assertThat(failure.failure().cause())
                    .isIn(FailureCause.TLS_INJECTION, FailureCause.TLS_FAILED, FailureCause.CONNECTION_LOST);
        }
    }

    @Test
    void s09_plainTextInPlaceOfTheServerHello() {
        try (ScriptedServer server =
                ScriptedServer.play(ASKED + "S: 220 go\nC* 5\nS: 250-mx.test\nS: 250 AUTH PLAIN\nDRAIN")) {
            SmtpException failure = refusal(required(server).credentials(USER));
            assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "IF_OFFERED"})
    void s11_answerBeforeTheQuestion(TlsMode mode) {
        try (ScriptedServer server = ScriptedServer.play(OFFER + "S: 220 go\nEOF")) {
            SmtpException failure = refusal(to(server.port(), security(mode)));
            assertThat(failure.failure().cause()).isEqualTo(FailureCause.PROTOCOL_VIOLATION);
        }
    }

    @Test
    void s11_successBeforeAuth() {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 AUTH PLAIN\nS: 235 ok\nEOF")) {
            SmtpException failure =
                    refusal(to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls())
                            .credentials(USER));
            assertThat(failure.failure().cause()).isEqualTo(FailureCause.PROTOCOL_VIOLATION);
        }
    }

    /** One connection only: what could not be verified or agreed on is not tried again in clear. */
    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "IF_OFFERED"})
    void r3207_06_failedHandshakeDropsTheConnection(TlsMode mode) {
        try (ScriptedServer server = ScriptedServer.play(ASKED + "S: 220 go\nC* 5\nS: garbage\nDRAIN")) {
            SmtpException failure = refusal(to(server.port(), security(mode)));
            assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void r3207_06_refusedIfOfferedGoesOnInClear() throws Exception {
        try (ScriptedServer server = ScriptedServer.play(ASKED + "S: 454 later\n" + QUIT)) {
            assertThat(visit(optional(server)).tls()).isNull();
        }
    }

    @Test
    void r3207_06_refusedIfOfferedSendsNoCredentials() {
        try (ScriptedServer server = ScriptedServer.play("""
                S: 220 mx.test
                C: EHLO client.test
                S: 250-mx.test
                S: 250-AUTH PLAIN
                S: 250 STARTTLS
                C: STARTTLS
                S: 454 later
                """ + QUIT)) {
            SmtpException failure = refusal(optional(server).credentials(USER));
            assertFailure(failure, FailureCause.AUTH_UNAVAILABLE, Phase.AUTH);
        }
    }

    @Test
    void r3207_07_offeredUnderTls() throws Exception {
        String again = "C: EHLO client.test\nS: 250-mx.test\nS: 250 STARTTLS\n" + QUIT;
        try (ScriptedServer server = ScriptedServer.play(ASKED + "S: 220 go\nTLS\n" + again)) {
            assertThat(visit(required(server)).extensions().has(Extension.STARTTLS))
                    .isTrue();
        }
        try (ScriptedServer server = ScriptedServer.play("TLS\nS: 220 mx.test\n" + again)) {
            visit(to(server.port(), security(TlsMode.IMPLICIT)));
        }
    }

    @Test
    void startTlsIsOfNoInterestWithoutTls() throws Exception {
        try (ScriptedServer server = ScriptedServer.play(OFFER + QUIT)) {
            assertThat(visit(Sessions.inClear(server.port())).tls()).isNull();
        }
    }

    @Test
    void r8314_01_plainTextOnAnImplicitPort() {
        try (ScriptedServer server = ScriptedServer.play("C* 5\nS: 220 mx.test ESMTP\nDRAIN")) {
            SmtpException failure =
                    refusal(to(server.port(), security(TlsMode.IMPLICIT)).credentials(USER));
            assertFailure(failure, FailureCause.TLS_FAILED, Phase.TLS);
        }
    }
}
