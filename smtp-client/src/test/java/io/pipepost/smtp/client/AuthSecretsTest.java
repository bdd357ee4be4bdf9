/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.to;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** S-21: whatever comes of AUTH, no log, transcript, exception or text form holds what proves who the user is. */
class AuthSecretsTest {
    private static final String USER = "margarethe";
    private static final String SECRET = "correct-horse-battery-staple";
    private static final String CHALLENGE = "<1896.697170952@postoffice.test>";
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private final Level before = ROOT.getLevel();
    private final Appender<ILoggingEvent> console = ROOT.getAppender("OUT");
    private final Appender<ILoggingEvent> capture = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            seen.add(event.getLoggerName() + " " + event.getFormattedMessage() + " "
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    };

    @BeforeEach
    void captureAllLogs() {
        ROOT.detachAppender(console);
        capture.start();
        ROOT.addAppender(capture);
        ROOT.setLevel(Level.TRACE);
    }

    @AfterEach
    void restoreLogs() {
        ROOT.setLevel(before);
        ROOT.detachAppender(capture);
        ROOT.addAppender(console);
    }

    /** How a dialogue goes on once the secret has been sent. */
    private enum End {
        SUCCESS("S: 235 2.7.0 ok\nC: QUIT\nS: 221 bye\nEOF"),
        REFUSED("S: 535 5.7.8 bad credentials\nC: QUIT\nS: 221 bye\nEOF"),
        TIMEOUT("EOF"),
        DISCONNECT("CLOSE"),
        RESET("RESET"),
        BAD_BASE64("S: 334 Y!\nC: *\nS: 501 cancelled\nC: QUIT\nS: 221 bye\nEOF"),
        NO_REPLY("S: what is this\nEOF");

        private final String script;

        End(String script) {
            this.script = script;
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private static String dialogue(SaslMechanism mechanism) {
        return switch (mechanism.name()) {
            case "PLAIN" -> "C: AUTH PLAIN " + base64("\0" + USER + "\0" + SECRET);
            case "LOGIN" ->
                "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: " + base64(USER) + "\nS: 334 UGFzc3dvcmQ6\nC: "
                        + base64(SECRET);
            case "CRAM-MD5" -> "C: AUTH CRAM-MD5\nS: 334 " + base64(CHALLENGE) + "\nC~ [A-Za-z0-9+/=]+";
            case "XOAUTH2" -> "C: AUTH XOAUTH2 " + base64("user=" + USER + "\1auth=Bearer " + SECRET + "\1\1");
            default -> "C~ AUTH OAUTHBEARER [A-Za-z0-9+/=]+";
        };
    }

    static Stream<Arguments> ends() {
        return SaslMechanism.DEFAULTS.stream()
                .flatMap(mechanism -> Stream.of(End.values()).map(end -> Arguments.of(mechanism, end)));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void s21_secretsAreNowhere(SaslMechanism mechanism, End end) throws Exception {
        Credentials password = Credentials.password(USER, SECRET);
        Credentials credentials = mechanism.accepts(password) ? password : Credentials.token(USER, SECRET);
        try (ScriptedServer server = ScriptedServer.play("S: 220 x\nC: EHLO client.test\nS: 250-x\nS: 250 AUTH "
                        + mechanism.name() + "\n" + dialogue(mechanism) + "\n" + end.script);
                SmtpClient client = to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls())
                        .credentials(credentials)
                        .timeouts(Timeouts.DEFAULT.with(Phase.AUTH, Duration.ofMillis(end == End.TIMEOUT ? 100 : 5000)))
                        .observer(Transcript.full(seen::add))
                        .build()) {
            seen.add(credentials + " " + mechanism);
            open(client);
            assertThat(seen).anyMatch(line -> line.contains("AUTH " + mechanism.name()));
            assertThat(seen).anyMatch(line -> line.startsWith("io.pipepost.smtp.client.wire"));
        }
        for (String secret : secrets()) {
            assertThat(seen).noneMatch(line -> line.toLowerCase(Locale.ROOT).contains(secret.toLowerCase(Locale.ROOT)));
        }
    }

    /** The search would find them. */
    @Test
    void secretsAreInTheDialogue() throws Exception {
        for (SaslMechanism mechanism : List.of(SaslMechanism.PLAIN, SaslMechanism.LOGIN, SaslMechanism.XOAUTH2)) {
            assertThat(secrets()).anyMatch(dialogue(mechanism)::contains);
        }
    }

    private void open(SmtpClient client) throws Exception {
        try {
            SmtpSession session = await(client.connect());
            seen.add(session + " " + session.info().tls());
            await(session.quit());
        } catch (ExecutionException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            SmtpException cause = (SmtpException) e.getCause();
            seen.add(trace + " " + cause + " " + cause.failure() + " " + cause.recipients());
        }
    }

    /** In all the forms in which it could come out; base64 at each of the three offsets. */
    private static List<String> secrets() throws GeneralSecurityException {
        List<String> all = new ArrayList<>(List.of(SECRET, base64(CHALLENGE), CHALLENGE));
        for (int offset = 0; offset < 3; offset++) {
            String encoded = base64("x".repeat(offset) + SECRET);
            all.add(encoded.substring(4, encoded.length() - 4));
        }
        byte[] octets = SECRET.getBytes(UTF_8);
        all.add(HexFormat.of().formatHex(octets));
        all.add(HexFormat.ofDelimiter(" ").formatHex(octets, 0, 8));
        all.add(HexFormat.of().formatHex(base64(SECRET).getBytes(UTF_8), 4, 24));
        Mac mac = Mac.getInstance("HmacMD5");
        mac.init(new SecretKeySpec(octets, "HmacMD5"));
        String digest = HexFormat.of().formatHex(mac.doFinal(CHALLENGE.getBytes(UTF_8)));
        all.add(digest);
        all.add(base64(USER + " " + digest));
        return all;
    }
}
