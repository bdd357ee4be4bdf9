/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the other tests rely on when they read a message back; the dialogue is written out, no client of ours is in it. */
class PostfixServerIT {
    private static final String CONTENT = "Subject: marker-4711\r\nX-Blanks:  two  \r\n\r\n.dot\r\n\r\nZażółć\r\n";

    @Test
    void keepsOneCopyPerAcceptedRecipientByteForByte() throws IOException {
        try (PostfixServer postfix = PostfixServer.startOrSkip();
                Socket socket = new Socket(postfix.host(), postfix.plainPort())) {
            socket.setSoTimeout(10_000);
            String d = "@" + postfix.domain() + ">";
            assertThat(reply(socket, "")).startsWith("220 ");
            assertThat(reply(socket, "HELO client.test\r\n")).startsWith("250 ");
            assertThat(reply(socket, "MAIL FROM:<bob@example.org>\r\n")).startsWith("250 ");
            assertThat(reply(socket, "RCPT TO:<a" + d + "\r\n")).startsWith("250 ");
            assertThat(reply(socket, "RCPT TO:<b" + d + "\r\n")).startsWith("250 ");
            assertThat(reply(socket, "RCPT TO:<refused-c" + d + "\r\n")).startsWith("550 5.1.1 ");
            assertThat(reply(socket, "RCPT TO:<later-d" + d + "\r\n")).startsWith("450 4.2.1 ");
            assertThat(reply(socket, "RCPT TO:<e@example.org>\r\n")).startsWith("554 5.7.1 ");
            assertThat(reply(socket, "DATA\r\n")).startsWith("354 ");
            assertThat(reply(socket, CONTENT.replace("\r\n.", "\r\n..") + ".\r\n"))
                    .startsWith("250 ");

            List<byte[]> stored = postfix.awaitMessage("marker-4711", Duration.ofSeconds(20));

            assertThat(stored)
                    .extracting(PostfixServer::recipientOf)
                    .containsExactlyInAnyOrder("a@" + postfix.domain(), "b@" + postfix.domain());
            assertThat(stored)
                    .extracting(PostfixServer::contentOf)
                    .allSatisfy(content -> assertThat(content).isEqualTo(bytes(CONTENT)));
        }
    }

    private static String reply(Socket socket, String command) throws IOException {
        socket.getOutputStream().write(bytes(command));
        StringBuilder line = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
