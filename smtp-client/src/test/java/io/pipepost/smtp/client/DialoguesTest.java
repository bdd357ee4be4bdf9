/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.security;
import static io.pipepost.smtp.client.Sessions.to;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.testing.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Servers as they are met, octet by octet; {@code docs/dialogues.md} shows what the transcript makes of each session. */
class DialoguesTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "dialogues.md");
    private static final Credentials USER = Credentials.password("alice@example.com", "tanstaaftanstaaf");
    private static final Message MESSAGE = Message.of(
            "alice@example.com", List.of("bob@example.org"), Content.of("Subject: Hello\r\n\r\nHello, Bob.\r\n"));

    /** The JDK's TLS, so that the cipher suite is the same on every machine. */
    private static Security tls(TlsMode mode) {
        return security(mode).engine(TlsEngine.JDK);
    }

    private static void assertDialogue(
            String title, Security security, UnaryOperator<SmtpClient.Builder> options, String script)
            throws Exception {
        List<String> transcript = Collections.synchronizedList(new ArrayList<>());
        try (ScriptedServer server = ScriptedServer.play(script);
                SmtpClient client = options.apply(to(server.port(), security))
                        .observer(Transcript.to(transcript::add))
                        .build()) {
            assertThat(await(client.send(MESSAGE)).allAccepted()).isTrue();
        }
        String shown = String.join("\n", transcript).replaceFirst("localhost:\\d+", "localhost");
        assertThat(shown)
                .as("The transcript under \"%s\" in %s", title, DOCUMENT)
                .isEqualTo(documented(title));
    }

    private static String documented(String title) throws IOException {
        String document = Files.readString(DOCUMENT);
        int heading = document.indexOf("\n## " + title + "\n");
        assertThat(heading).as("The heading \"%s\" in %s", title, DOCUMENT).isNotNegative();
        int start = document.indexOf("\n```text\n", heading) + "\n```text\n".length();
        return document.substring(start, document.indexOf("\n```\n", start));
    }

    @Test
    void gmail() throws Exception {
        assertDialogue(
                "Gmail's replies, implicit TLS, AUTH LOGIN",
                tls(TlsMode.IMPLICIT),
                client -> client.credentials(USER).mechanisms(SaslMechanism.LOGIN),
                """
                TLS
                S: 220 smtp.gmail.com ESMTP 5b1f17b1804b1-42b2f0-20sm1 - gsmtp
                C: EHLO client.test
                S: 250-smtp.gmail.com at your service, [192.0.2.7]
                S: 250-SIZE 35882577
                S: 250-8BITMIME
                S: 250-AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH
                S: 250-ENHANCEDSTATUSCODES
                S: 250-PIPELINING
                S: 250-CHUNKING
                S: 250 SMTPUTF8
                C: AUTH LOGIN
                S: 334 VXNlcm5hbWU6
                C: YWxpY2VAZXhhbXBsZS5jb20=
                S: 334 UGFzc3dvcmQ6
                C: dGFuc3RhYWZ0YW5zdGFhZg==
                S: 235 2.7.0 Accepted
                C: MAIL FROM:<alice@example.com> SIZE=31
                C: RCPT TO:<bob@example.org>
                C: BDAT 31 LAST
                C| Subject: Hello\\r\\n\\r\\nHello, Bob.\\r\\n
                S: 250 2.1.0 OK 5b1f17b1804b1-42b2f0-20sm1 - gsmtp
                S: 250 2.1.5 OK 5b1f17b1804b1-42b2f0-20sm1 - gsmtp
                S: 250 2.0.0 OK  1795243870 5b1f17b1804b1-42b2f0-20sm1 - gsmtp
                C: QUIT
                S: 221 2.0.0 closing connection 5b1f17b1804b1-42b2f0-20sm1 - gsmtp
                EOF
                """);
    }

    @Test
    void heloOnly() throws Exception {
        assertDialogue("A server that knows only HELO", Security.of(TlsMode.NONE), client -> client, """
                S: 220 relay.test SMTP
                C: EHLO client.test
                S: 500 Command unrecognized
                C: HELO client.test
                S: 250 relay.test
                C: MAIL FROM:<alice@example.com>
                S: 250 Sender OK
                C: RCPT TO:<bob@example.org>
                S: 250 Recipient OK
                C: DATA
                S: 354 Enter mail, end with a dot
                C: Subject: Hello
                C:
                C: Hello, Bob.
                C: .
                S: 250 Mail accepted
                C: QUIT
                S: 221 Bye
                EOF
                """);
    }

    @Test
    void cramMd5() throws Exception {
        assertDialogue(
                "STARTTLS, then CRAM-MD5 rather than PLAIN or LOGIN",
                tls(TlsMode.STARTTLS),
                client -> client.credentials(USER),
                """
                S: 220 mx.test ESMTP
                C: EHLO client.test
                S: 250-mx.test
                S: 250-PIPELINING
                S: 250-STARTTLS
                S: 250 8BITMIME
                C: STARTTLS
                S: 220 2.0.0 Ready to start TLS
                TLS
                C: EHLO client.test
                S: 250-mx.test
                S: 250-PIPELINING
                S: 250-AUTH PLAIN LOGIN CRAM-MD5
                S: 250 8BITMIME
                C: AUTH CRAM-MD5
                S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
                C: YWxpY2VAZXhhbXBsZS5jb20gYjkxM2E2MDJjN2VkYTdhNDk1YjRlNmU3MzM0ZDM4OTA=
                S: 235 2.7.0 Authentication successful
                C: MAIL FROM:<alice@example.com>
                C: RCPT TO:<bob@example.org>
                C: DATA
                S: 250 2.1.0 Ok
                S: 250 2.1.5 Ok
                S: 354 End data with <CR><LF>.<CR><LF>
                C: Subject: Hello
                C:
                C: Hello, Bob.
                C: .
                S: 250 2.0.0 Ok: queued as 4Vx2bK3zqSz9rxL
                C: QUIT
                S: 221 2.0.0 Bye
                EOF
                """);
    }

    @Test
    void coremail() throws Exception {
        assertDialogue(
                "Coremail's EHLO: AUTH=, a keyword of its own",
                tls(TlsMode.IMPLICIT),
                client -> client.credentials(USER),
                """
                TLS
                S: 220 163.com Anti-spam GT for Coremail System (163com[20141201])
                C: EHLO client.test
                S: 250-mail
                S: 250-PIPELINING
                S: 250-AUTH LOGIN PLAIN
                S: 250-AUTH=LOGIN PLAIN
                S: 250-coremail 1Uxr2xKj7kG0xkI17xGrU7I0s8FY2U3Uj8Cz28x1UUUUU7Ic2I0Y2Uryjwm0UCa0xDrUUUUj
                S: 250 8BITMIME
                C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUuY29tAHRhbnN0YWFmdGFuc3RhYWY=
                S: 235 Authentication successful
                C: MAIL FROM:<alice@example.com>
                C: RCPT TO:<bob@example.org>
                C: DATA
                S: 250 Mail OK
                S: 250 Mail OK
                S: 354 End data with <CR><LF>.<CR><LF>
                C: Subject: Hello
                C:
                C: Hello, Bob.
                C: .
                S: 250 Mail OK queued as smtp1,C8CowACHqVZ1Jl5m2sDqAA--.20181S2 1717446261
                C: QUIT
                S: 221 Bye
                EOF
                """);
    }

    @Test
    void lowerCase() throws Exception {
        assertDialogue(
                "Keywords and prompts in lower case",
                tls(TlsMode.STARTTLS),
                client -> client.credentials(USER).mechanisms(SaslMechanism.LOGIN),
                """
                S: 220 mail.test esmtp
                C: EHLO client.test
                S: 250-mail.test
                S: 250-starttls
                S: 250 auth login plain
                C: STARTTLS
                S: 220 go ahead
                TLS
                C: EHLO client.test
                S: 250-mail.test
                S: 250-auth login plain
                S: 250 size 10485760
                C: AUTH LOGIN
                S: 334 dXNlcm5hbWU6
                C: YWxpY2VAZXhhbXBsZS5jb20=
                S: 334 UGFzc3dvcmQ6
                C: dGFuc3RhYWZ0YW5zdGFhZg==
                S: 235 ok, go ahead (#2.0.0)
                C: MAIL FROM:<alice@example.com> SIZE=31
                S: 250 ok
                C: RCPT TO:<bob@example.org>
                S: 250 ok
                C: DATA
                S: 354 go ahead
                C: Subject: Hello
                C:
                C: Hello, Bob.
                C: .
                S: 250 ok 1717446261 qp 20181
                C: QUIT
                S: 221 mail.test
                EOF
                """);
    }
}
