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
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.protocol.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** S-21, S-48: a server repeats what it was sent to log in, at once or later, and nobody learns it from the client. */
class RepeatedSecretsTest {
    private static final String USER = "margarethe@a.test";
    private static final String SECRET = "correct-horse-battery-staple";
    private static final Message MESSAGE = Message.of("a@b.test", List.of("c@d.test", "e@d.test"), Content.of("x\r\n"));
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private final Queue<String> sent = new ConcurrentLinkedQueue<>();
    private final Level before = ROOT.getLevel();
    private final Appender<ILoggingEvent> console = ROOT.getAppender("OUT");
    private final Appender<ILoggingEvent> capture = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            seen.add(event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : " " + ThrowableProxyUtil.asString(event.getThrowableProxy())));
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

    /** The command whose reply repeats it, and the reply's code and status. */
    private enum Place {
        AUTH_REFUSAL("AUTH", 535, "5.7.8"),
        AUTH("AUTH", 235, "2.7.0"),
        CHALLENGE("AUTH", 334, ""),
        CHALLENGE_JSON("AUTH", 334, ""),
        MAIL("MAIL", 250, "2.1.0"),
        MAIL_REFUSAL("MAIL", 530, "5.7.0"),
        RCPT_REFUSAL("RCPT", 550, "5.1.1"),
        DATA("DATA", 354, ""),
        DATA_REFUSAL("DATA", 554, "5.5.1"),
        END_OF_DATA(".", 250, "2.0.0"),
        END_OF_DATA_REFUSAL(".", 451, "4.3.0"),
        RSET("RSET", 250, "2.0.0"),
        NOOP("NOOP", 250, "2.0.0"),
        QUIT("QUIT", 221, "2.0.0"),
        CLOSING("MAIL", 421, "4.3.0"),
        UNSOLICITED(".", 421, "4.3.0"),
        NO_REPLY("MAIL", 0, "");

        private final String verb;
        private final int code;
        private final String status;

        Place(String verb, int code, String status) {
            this.verb = verb;
            this.code = code;
            this.status = status;
        }

        boolean isChallenge() {
            return code == 334;
        }
    }

    static Stream<Arguments> places() {
        return SaslMechanism.DEFAULTS.stream()
                .flatMap(mechanism -> Stream.of(Place.values()).map(place -> Arguments.of(mechanism, place)));
    }

    @ParameterizedTest
    @MethodSource("places")
    void s48_nothingComesBack(SaslMechanism mechanism, Place place) throws Exception {
        Credentials password = Credentials.password(USER, SECRET);
        Credentials credentials = mechanism.accepts(password) ? password : Credentials.token(USER, SECRET);
        try (RawServer server = new RawServer(connection -> serve(connection, mechanism, place));
                SmtpClient client = to(server.port(), Security.of(TlsMode.NONE).allowAuthWithoutTls())
                        .credentials(credentials)
                        .observer(new Watcher())
                        .build()) {
            tell(client.send(MESSAGE));
            SmtpSession session = tell(client.connect());
            if (session != null) {
                tell(session.noop());
                tell(session.quit());
            }
        }
        assertThat(sent).isNotEmpty();
        if (!place.isChallenge()) {
            assertThat(seen).as("shown in part").anyMatch(line -> line.contains("***") && line.contains("repeat"));
        }
        for (String secret : secrets()) {
            assertThat(seen).noneMatch(line -> line.contains(secret));
        }
    }

    /** Everything that the client shows or hands over, as text. */
    private final class Watcher implements SmtpObserver {
        private final Transcript transcript = Transcript.full(seen::add);

        @Override
        public void replyReceived(long session, Reply reply, boolean secret) {
            seen.addAll(reply.lines());
            transcript.replyReceived(session, reply, secret);
        }

        @Override
        public void closed(long session, io.pipepost.smtp.mail.@Nullable Failure failure) {
            seen.add(String.valueOf(failure));
            transcript.closed(session, failure);
        }
    }

    private <T> @Nullable T tell(CompletableFuture<T> future) throws Exception {
        try {
            T result = await(future);
            seen.add(String.valueOf(result));
            return result;
        } catch (ExecutionException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            SmtpException cause = (SmtpException) e.getCause();
            seen.add(trace + " " + cause.failure() + " " + cause.recipients());
            cause.recipients().forEach(recipient -> seen.add(String.valueOf(recipient.reply())));
            if (cause.reply() != null) {
                seen.addAll(cause.reply().lines());
            }
            return null;
        }
    }

    // ---- the server

    private void serve(RawServer.Connection connection, SaslMechanism mechanism, Place place) throws IOException {
        connection.open("AUTH " + mechanism.name());
        logIn(connection, mechanism, place);
        boolean content = false;
        while (true) {
            String line = connection.readLine();
            if (content && !line.equals(".")) {
                continue;
            }
            String verb = content ? "." : line.split(" ", 2)[0];
            String reply = verb.equals(place.verb) ? repeating(place) : usual(verb, place);
            content = reply.startsWith("354");
            connection.send(reply);
        }
    }

    private void logIn(RawServer.Connection connection, SaslMechanism mechanism, Place place) throws IOException {
        String[] words = connection.readLine().split(" ");
        if (words.length > 2) {
            sent.add(words[2]);
        }
        List<String> challenges = switch (mechanism.name()) {
            case "LOGIN" -> List.of("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6");
            case "CRAM-MD5" -> List.of("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UudGVzdD4=");
            default -> List.of();
        };
        for (String challenge : challenges) {
            connection.send(challenge);
            sent.add(connection.readLine());
        }
        if (place == Place.CHALLENGE_JSON) {
            String json = "{\"status\":\"401\",\"token\":\"" + SECRET + "\"}";
            connection.send("334 " + Base64.getEncoder().encodeToString(json.getBytes(UTF_8)));
            connection.readLine();
            connection.send("535 5.7.8 no");
        } else if (place == Place.CHALLENGE) {
            connection.send("334 " + sent.stream().reduce((first, last) -> last).orElseThrow());
            connection.readLine();
            connection.send("535 5.7.8 no");
        } else {
            connection.send(place.verb.equals("AUTH") ? repeating(place) : "235 2.7.0 ok");
        }
    }

    private static String usual(String verb, Place place) {
        return switch (verb) {
            case "DATA" -> "354 go on";
            case "QUIT" -> "221 bye";
            case "RCPT" -> place == Place.RSET ? "550 nobody" : "250 ok";
            default -> "250 ok";
        };
    }

    /** All that was sent, as it was, and decoded, on one line and on two. */
    private String repeating(Place place) {
        if (place == Place.NO_REPLY) {
            return "repeat " + SECRET;
        }
        List<String> lines = new ArrayList<>();
        for (String each : sent) {
            int middle = each.length() / 2;
            lines.addAll(List.of("repeat " + each, each.substring(0, middle), each.substring(middle)));
            lines.add(new String(Base64.getDecoder().decode(each), UTF_8).replace('\0', ' '));
        }
        lines.addAll(List.of(SECRET + " and " + SECRET.substring(0, 14), SECRET.substring(14)));
        StringBuilder reply = new StringBuilder(place == Place.UNSOLICITED ? "250 ok\r\n" : "");
        for (int i = 0; i < lines.size(); i++) {
            boolean last = i == lines.size() - 1;
            reply.append(place.code).append(last ? ' ' : '-').append(place.status);
            reply.append(' ').append(lines.get(i)).append(last ? "" : "\r\n");
        }
        return reply.toString();
    }

    /** All that must not be seen, also in part. */
    private List<String> secrets() {
        List<String> all = new ArrayList<>(List.of(SECRET, SECRET.substring(0, 14), SECRET.substring(14)));
        for (String each : sent) {
            int middle = each.length() / 2;
            all.addAll(List.of(each.substring(0, middle), each.substring(middle)));
            String decoded = new String(Base64.getDecoder().decode(each), UTF_8);
            if (decoded.startsWith(USER + " ")) {
                all.add(decoded.substring(USER.length() + 1));
            }
        }
        return all;
    }
}
