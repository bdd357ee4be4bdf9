/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client has to do, from {@code key=value} arguments. Immutable. */
public final class Workload {
    /** The reverse-path of all messages. */
    public static final String FROM = "alice@example.com";

    private static final String HEADER = """
            From: Alice <alice@example.com>
            To: Bob <bob@pipepost.test>
            Subject: A message of the benchmark
            MIME-Version: 1.0
            Content-Type: text/plain; charset=us-ascii

            """.replace("\n", "\r\n");
    /** Short enough for everyone to send it as it is, without quoted-printable. */
    private static final String LINE = "The quick brown fox jumps over the lazy dog, again and again.\r\n";

    private final Map<String, String> values;

    private Workload(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads arguments.
     *
     * @param arguments each {@code key=value}
     * @return the workload
     */
    public static Workload parse(List<String> arguments) {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int at = argument.indexOf('=');
            if (at < 1) {
                throw new IllegalArgumentException("Not key=value: " + argument);
            }
            values.put(argument.substring(0, at), argument.substring(at + 1));
        }
        return new Workload(values);
    }

    /**
     * A value of this client's own.
     *
     * @param key its name
     * @param otherwise if there is none
     * @return the value
     */
    public String get(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    /**
     * A number of this client's own.
     *
     * @param key its name
     * @param otherwise if there is none
     * @return the value
     */
    public int number(String key, int otherwise) {
        String value = values.get(key);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    /**
     * The server's address.
     *
     * @return always on loopback
     */
    public String host() {
        return "127.0.0.1";
    }

    /**
     * The server's port.
     *
     * @return the port
     */
    public int port() {
        return number("port", 25);
    }

    /**
     * Connections under load at the same time.
     *
     * @return their number
     */
    public int connections() {
        return number("connections", 1);
    }

    /**
     * Octets of a message, header included.
     *
     * @return the size
     */
    public int octets() {
        return number("octets", 1024);
    }

    /**
     * Whether TLS is spoken from the first octet on.
     *
     * @return false for plain text
     */
    public boolean isTls() {
        return !get("tls", "none").equals("none");
    }

    /**
     * Whether TLS is to come from BoringSSL instead of the JDK; for clients that have the choice.
     *
     * @return false by default
     */
    public boolean isBoringSsl() {
        return get("tls", "none").equals("boringssl");
    }

    /**
     * The name to log in with.
     *
     * @return null for no login
     */
    public @Nullable String user() {
        return values.get("user");
    }

    /**
     * The password.
     *
     * @return empty for no login
     */
    public String password() {
        return get("password", "");
    }

    /**
     * The recipients of every message.
     *
     * @return one or more addresses
     */
    public List<String> recipients() {
        int count = number("recipients", 1);
        if (count == 1) {
            return List.of("bob@pipepost.test");
        }
        List<String> recipients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            recipients.add("bob" + i + "@pipepost.test");
        }
        return Collections.unmodifiableList(recipients);
    }

    /**
     * A message, header and body, in the octets that are to be delivered: ASCII, CRLF, no line that begins with a dot.
     *
     * @return as many octets as {@link #octets()} says
     */
    public byte[] message() {
        return (HEADER + text(octets() - HEADER.length())).getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * A body, for clients that compose messages themselves.
     *
     * @param length its length, line ends included
     * @return lines that end with CRLF
     */
    public static String text(int length) {
        StringBuilder text = new StringBuilder(LINE.repeat(length / LINE.length()));
        int rest = length - text.length();
        if (rest >= 2) {
            text.append(LINE, 0, rest - 2).append("\r\n");
        } else if (rest == 1) {
            text.insert(0, 'x');
        }
        return text.toString();
    }
}
