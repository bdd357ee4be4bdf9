/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static io.pipepost.smtp.cli.HostileServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.netty.handler.ssl.util.SimpleTrustManagerFactory;
import io.pipepost.smtp.cli.HostileServer.Place;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.SmtpSession;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** S-23, S-49: whatever a server says, and wherever, nothing that a terminal or a log would act upon comes out. */
class HostileTextTest {
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private static final Credentials TOKEN = Credentials.token("jo@a.test", "a-token-of-some-length");
    private static final Message MESSAGE =
            Message.of("a@b.test", List.of("c@d.test", "e@d.test"), Content.of("Subject: x\r\n\r\n" + TEXT + "\r\n"));

    @TempDir
    private Path directory;

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private final Level before = ROOT.getLevel();
    private final AppenderBase<ILoggingEvent> capture = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            seen.add(event.getFormattedMessage());
            for (IThrowableProxy link = event.getThrowableProxy(); link != null; link = link.getCause()) {
                seen.add(link.getClassName() + ": " + link.getMessage());
            }
        }
    };

    @BeforeEach
    void captureAllLogs() {
        capture.start();
        ROOT.addAppender(capture);
        ROOT.setLevel(Level.TRACE);
        ROOT.getAppender("console").stop();
    }

    @AfterEach
    void restoreLogs() {
        ROOT.setLevel(before);
        ROOT.detachAppender(capture);
        ROOT.getAppender("console").start();
    }

    private void assertHarmless() {
        for (String line : seen) {
            assertThat(HostileServer.found(line)).as("%s", line).isNull();
        }
    }

    private static TlsMode mode(Place place) {
        return switch (place) {
            case STARTTLS -> TlsMode.STARTTLS;
            case CERTIFICATE -> TlsMode.IMPLICIT;
            default -> TlsMode.NONE;
        };
    }

    /** How its beginning is shown. */
    private static String shown(Place place) {
        return switch (place) {
            case NO_REPLY, NO_REPLY_CODE -> "evil\\x1b[2J\\x07\\x0d";
            case CHALLENGE_LINES -> "334-***";
            default -> "evil\\u001b[2J\\u0007\\u000d";
        };
    }

    private static boolean logsIn(Place place) {
        return place != Place.HELO_REFUSAL;
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void s49_fromTheLibrary(Place place) throws Exception {
        try (HostileServer server = new HostileServer(place);
                SmtpClient client = client(server.port(), Security.of(mode(place)), logsIn(place))) {
            tell(client.send(MESSAGE));
            SmtpSession session = tell(client.connect());
            if (session != null) {
                seen.add(session + " " + session.info() + " " + session.info().extensions());
                seen.add(String.join(" ", session.info().extensions().authMechanisms()));
                tell(session.noop());
                tell(session.send(MESSAGE));
                tell(session.quit());
            }
        }
        assertHarmless();
        assertThat(seen).anyMatch(line -> line.contains(shown(place)));
    }

    private SmtpClient client(int port, Security security, boolean logsIn) {
        SmtpClient.Builder builder = SmtpClient.builder("localhost", port)
                .security(security.allowAuthWithoutTls())
                .timeouts(Timeouts.DEFAULT.with(Phase.QUIT, Duration.ofSeconds(2)))
                .observer(Transcript.full(seen::add));
        return logsIn ? builder.credentials(TOKEN).build() : builder.build();
    }

    /** Adds all that a caller may print of what came of it. */
    private <T> @Nullable T tell(CompletableFuture<T> future) throws Exception {
        try {
            T result = future.get(10, TimeUnit.SECONDS);
            seen.add(String.valueOf(result));
            return result;
        } catch (ExecutionException e) {
            for (Throwable link = e; link != null; link = link.getCause()) {
                seen.add(link.toString());
                seen.add(String.valueOf(link.getMessage()));
                if (link instanceof SmtpException known) {
                    seen.add(known.failure() + " " + known.reply() + " " + known.recipients());
                }
            }
            return null;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOOP")
    void s49_fromTheProgram(Place place) throws IOException {
        try (HostileServer server = new HostileServer(place)) {
            for (String how : List.of("--all-or-nothing", "--json", "--transcript=full")) {
                CliRun run = send(place, server.port(), how);
                // Lines of the program's own end in LF.
                seen.addAll(run.out().lines().toList());
                seen.addAll(run.err().lines().toList());
                assertThat(run.out() + run.err()).endsWith("\n").doesNotContain("\r");
                if (how.equals("--json")) {
                    assertThat(run.lines()).hasSize(1);
                }
                if (how.startsWith("--transcript")) {
                    assertThat(run.err()).contains(shown(place));
                }
            }
        }
        assertHarmless();
    }

    private CliRun send(Place place, int port, String how) throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "a-token-of-some-length\n");
        List<String> args = CliRun.args(
                List.of("send", "--server", "localhost:" + port, "--from", "a@b.test", "--data", "-"),
                "--to",
                "c@d.test",
                "--to",
                "e@d.test",
                "--tls",
                mode(place).name().toLowerCase(Locale.ROOT),
                "--allow-plaintext-auth",
                how);
        if (logsIn(place)) {
            args = CliRun.args(args, "--user", "jo@a.test", "--token-file", token.toString());
        }
        byte[] content = ("Subject: x\r\n\r\n" + TEXT + "\r\n").getBytes(StandardCharsets.UTF_8);
        return CliRun.of(content, Map.of(), args);
    }

    /** Trust managers quote certificates in exceptions of their own, which loggers print as causes. */
    @Test
    void s49_fromTrustManagers() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().implicitTls().start();
                SmtpClient client =
                        client(sink.port(), Security.of(TlsMode.IMPLICIT).trust(new Suspicious()), false)) {
            tell(client.connect());
        }
        assertHarmless();
        assertThat(seen)
                .filteredOn(line -> line.contains("not signed by us: CN=evil\\u001b[2J"))
                .anyMatch(line -> line.startsWith("TLS handshake with localhost failed"))
                .anyMatch(line -> line.contains("CertificateException"));
    }

    private static final class Suspicious extends SimpleTrustManagerFactory {
        @Override
        protected void engineInit(KeyStore keyStore) {}

        @Override
        protected void engineInit(ManagerFactoryParameters parameters) {}

        @Override
        protected TrustManager[] engineGetTrustManagers() {
            return new TrustManager[] {
                new X509ExtendedTrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                            throws CertificateException {
                        throw new CertificateException("not signed by us: CN=" + TEXT);
                    }

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                }
            };
        }
    }

    /** In JSON the reply's text is data, so what must not be raw can be read back. */
    @Test
    void s49_jsonKeepsWhatWasSaid() throws IOException {
        try (HostileServer server = new HostileServer(Place.END_OF_DATA_REFUSAL)) {
            CliRun run = send(Place.END_OF_DATA_REFUSAL, server.port(), "--json");
            Map<String, @Nullable Object> json =
                    JsonReader.object(run.lines().get(0).getBytes(StandardCharsets.UTF_8));
            assertThat(json.get("reply")).isInstanceOf(Map.class);
            assertThat(((Map<?, ?>) json.get("reply")).get("lines")).isEqualTo(List.of("4.3.0 " + TEXT));
        }
    }
}
