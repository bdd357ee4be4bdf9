/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.testing.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A server that says what a terminal would act upon, in one place of the dialogue. */
final class HostileServer implements AutoCloseable {
    /** Clears the screen, rings, overwrites, begins lines, turns the direction of text, hides. */
    static final String TEXT = "evil\u001b[2J\u0007\r\u0085\u009b\u2028\u202e\u2066\u200b\ufeff\u007flive";

    /** No place in TLS takes more than ASCII as it is. */
    private static final String ASCII_TEXT = "evil\u001b[2J\u0007\rlive";

    private static final String OK = "250 ok";

    /** Where it says so. */
    enum Place {
        GREETING("220 " + TEXT),
        GREETING_REFUSAL("554 " + TEXT),
        NO_REPLY(TEXT),
        NO_REPLY_CODE("2" + TEXT),
        EHLO_NAME("250-" + TEXT + "\r\n250-8BITMIME\r\n250 AUTH XOAUTH2"),
        EHLO_KEYWORD("250-x\r\n250-" + TEXT + "\r\n250-8BITMIME\r\n250 AUTH XOAUTH2"),
        EHLO_PARAMETER("250-x\r\n250-SIZE " + TEXT + "\r\n250-8BITMIME\r\n250 AUTH XOAUTH2"),
        EHLO_REFUSAL("421 " + TEXT),
        HELO_REFUSAL("554 " + TEXT),
        MECHANISM("250-8BITMIME\r\n250 AUTH XOAUTH2 " + TEXT),
        ONLY_MECHANISM("250-x\r\n250 AUTH GSSAPI " + TEXT),
        STARTTLS("454 " + TEXT),
        CHALLENGE("334 " + TEXT),
        CHALLENGE_JSON("334 " + Base64.getEncoder().encodeToString(("{\"status\":\"" + TEXT + "\"}").getBytes(UTF_8))),
        CHALLENGE_LINES("334-" + TEXT + "\r\n334 " + TEXT),
        AUTH("235 " + TEXT),
        AUTH_REFUSAL("535 5.7.8 " + TEXT),
        MAIL("250 " + TEXT),
        MAIL_REFUSAL("550-a\r\n550 " + TEXT),
        MAIL_SURPRISE("354 " + TEXT),
        RCPT("250 " + TEXT),
        RCPT_REFUSAL("550 " + TEXT),
        DATA("354 " + TEXT),
        DATA_REFUSAL("554 " + TEXT),
        END_OF_DATA("250 2.0.0 " + TEXT),
        END_OF_DATA_REFUSAL("451 4.3.0 " + TEXT),
        RSET("250 " + TEXT),
        RSET_REFUSAL("550 " + TEXT),
        NOOP("250 " + TEXT),
        QUIT("221 " + TEXT),
        UNSOLICITED("250 ok\r\n421 " + TEXT),
        CERTIFICATE("");

        private final String reply;

        Place(String reply) {
            this.reply = reply;
        }
    }

    private final Place place;
    private final ServerSocket listener;

    HostileServer(Place place) throws IOException {
        this.place = place;
        this.listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The listener was closed: that is how this thread ends.
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "hostile-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket socket) {
        try (socket) {
            if (place == Place.CERTIFICATE) {
                TestCertificates foreign = TestCertificates.create(ASCII_TEXT, "other.test");
                talk(foreign.serverContext().getSocketFactory().createSocket(socket, null, false));
            } else {
                talk(socket);
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }

    private void talk(Socket socket) throws IOException {
        String greeting = switch (place) {
            case GREETING, GREETING_REFUSAL, NO_REPLY, NO_REPLY_CODE -> place.reply;
            default -> "220 mx.test";
        };
        send(socket, greeting);
        boolean content = false;
        for (String line = readLine(socket); line != null; line = readLine(socket)) {
            if (!content || line.equals(".")) {
                String reply = reply(content ? "." : line.split(" ", 2)[0]);
                content = reply.startsWith("354");
                send(socket, reply);
            }
        }
    }

    /** What the place says if it is this command's, else what a server usually says. */
    private String reply(String verb) {
        String usual = switch (verb) {
            case "EHLO" -> "250-mx.test\r\n250-8BITMIME\r\n250 AUTH XOAUTH2";
            case "AUTH" -> "235 2.7.0 ok";
            case "DATA" -> "354 go on";
            case "QUIT" -> "221 bye";
            default -> OK;
        };
        return switch (place) {
            case EHLO_NAME, EHLO_KEYWORD, EHLO_PARAMETER, EHLO_REFUSAL, MECHANISM, ONLY_MECHANISM ->
                verb.equals("EHLO") ? place.reply : usual;
            case HELO_REFUSAL -> verb.equals("EHLO") ? "502 no" : verb.equals("HELO") ? place.reply : usual;
            case STARTTLS ->
                verb.equals("EHLO") ? "250-x\r\n250 STARTTLS" : verb.equals("STARTTLS") ? place.reply : usual;
            case CHALLENGE, CHALLENGE_JSON, CHALLENGE_LINES ->
                verb.equals("AUTH") ? place.reply : verb.isEmpty() || verb.equals("*") ? "535 5.7.8 " + TEXT : usual;
            case AUTH, AUTH_REFUSAL -> verb.equals("AUTH") ? place.reply : usual;
            case MAIL, MAIL_REFUSAL, MAIL_SURPRISE -> verb.equals("MAIL") ? place.reply : usual;
            case RCPT, RCPT_REFUSAL -> verb.equals("RCPT") ? place.reply : usual;
            case DATA, DATA_REFUSAL -> verb.equals("DATA") ? place.reply : usual;
            case END_OF_DATA, END_OF_DATA_REFUSAL, UNSOLICITED -> verb.equals(".") ? place.reply : usual;
            case RSET, RSET_REFUSAL ->
                verb.equals("RSET") ? place.reply : verb.equals("RCPT") ? "550 5.1.1 nobody" : usual;
            case NOOP -> verb.equals("NOOP") ? place.reply : usual;
            case QUIT -> verb.equals("QUIT") ? place.reply : usual;
            default -> usual;
        };
    }

    private static void send(Socket socket, String reply) throws IOException {
        socket.getOutputStream().write((reply + "\r\n").getBytes(UTF_8));
    }

    private static @Nullable String readLine(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = socket.getInputStream().read();
                c >= 0;
                c = socket.getInputStream().read()) {
            if (c == '\n') {
                return line.toString().strip();
            }
            line.append((char) c);
        }
        return null;
    }

    /** What must not come out, and what has come out if this is found. */
    static @Nullable String found(String shown) {
        for (int i = 0; i < TEXT.length(); i++) {
            char c = TEXT.charAt(i);
            boolean acts = c < ' ' || c > '~';
            if (acts && shown.indexOf(c) >= 0) {
                return HexFormat.of().toHexDigits(c);
            }
        }
        return null;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
