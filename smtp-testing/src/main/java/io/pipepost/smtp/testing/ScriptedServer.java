/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server that plays exact octets with exact segment boundaries, and fails the test if the client sends anything but
 * what the script says. It listens on 127.0.0.1; the first connection plays the first script, the second the second, and
 * so on. A script is text, one step a line; empty lines and lines that begin with {@code #} do not count:
 *
 * <table>
 *   <caption>Steps</caption>
 *   <tr><td>{@code S: text}</td><td>sends a line; lines in a row leave as <em>one</em> segment</td></tr>
 *   <tr><td>{@code S| text}</td><td>sends octets as a segment of their own</td></tr>
 *   <tr><td>{@code C: text}</td><td>the client must send exactly this line</td></tr>
 *   <tr><td>{@code C| text}</td><td>the client must send exactly these octets</td></tr>
 *   <tr><td>{@code C~ regex}</td><td>the client must send a line that matches as a whole</td></tr>
 *   <tr><td>{@code C* n}</td><td>the client must send n octets, whatever they are</td></tr>
 *   <tr><td>{@code SILENCE n}</td><td>the client must send nothing for n milliseconds</td></tr>
 *   <tr><td>{@code TLS}</td><td>a TLS handshake begins here; what follows is said under TLS</td></tr>
 *   <tr><td>{@code CLOSE}</td><td>ends the server's direction (FIN, under TLS close_notify first)</td></tr>
 *   <tr><td>{@code RESET}</td><td>resets the connection (RST)</td></tr>
 *   <tr><td>{@code EOF}</td><td>the client must close the connection and send nothing before</td></tr>
 *   <tr><td>{@code DRAIN}</td><td>the client may send anything, and must close the connection</td></tr>
 * </table>
 *
 * <p>Lines end in CRLF. In octets {@code \r \n \t \0 \\} and {@code \xNN} are escapes, and white space at the end of a
 * line does not count: write it {@code \x20}. Behind the last step the connection stays open and the client must send
 * nothing more; behind a last RESET, EOF or DRAIN it is closed, and behind a last CLOSE what the client sends is dropped.
 *
 * <p>A segment is one write to a socket with TCP_NODELAY. Between two segments in a row the server waits for the
 * {@linkplain Builder#gap gap}, 20 ms by default, so that the client reads them apart; no gap can guarantee that.
 *
 * <pre>{@code
 * try (ScriptedServer server = ScriptedServer.play("""
 *         S: 220 mx.test
 *         C: EHLO client.test
 *         S: 250-mx.test
 *         S: 250 PIPELINING
 *         C: QUIT
 *         S: 221 bye
 *         EOF
 *         """)) {
 *     // ... run the client against server.host(), server.port() ...
 * }
 * }</pre>
 *
 * <p>{@link #verify()}, also called by {@link #close()}, throws if anything was not as written. Thread-safe.
 */
public final class ScriptedServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<ScriptedConnection> connections;
    private final AtomicInteger accepted = new AtomicInteger();
    private final Duration timeout;
    private final TestCertificates certificates;

    private ScriptedServer(Builder builder) throws IOException {
        certificates = builder.certificates == null ? TestCertificates.shared() : builder.certificates;
        timeout = builder.timeout;
        connections = new ArrayList<>();
        for (String script : builder.scripts) {
            connections.add(new ScriptedConnection(
                    connections.size() + 1, Script.parse(script), timeout, builder.gap, certificates.serverContext()));
        }
        listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        Thread acceptor = new Thread(this::accept, "scripted-server");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    /**
     * Starts a server with the defaults.
     *
     * @param scripts one script for each connection, in their order
     * @return a server that listens
     * @throws IllegalArgumentException if a script makes no sense, with the number of the line
     */
    public static ScriptedServer play(String... scripts) {
        Builder builder = builder();
        for (String script : scripts) {
            builder.script(script);
        }
        return builder.start();
    }

    /**
     * A builder with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                int index = accepted.getAndIncrement();
                if (index < connections.size()) {
                    connections.get(index).start(socket);
                } else {
                    socket.close();
                }
            }
        } catch (IOException e) {
            // The listener was closed: that is how this thread ends.
        }
    }

    /**
     * The address that the server listens on.
     *
     * @return {@code 127.0.0.1}
     */
    public String host() {
        return "127.0.0.1";
    }

    /**
     * The port that the server listens on.
     *
     * @return the port
     */
    public int port() {
        return listener.getLocalPort();
    }

    /**
     * The certificates that the server uses for TLS.
     *
     * @return the certificates
     */
    public TestCertificates certificates() {
        return certificates;
    }

    /**
     * How many connections have been accepted.
     *
     * @return their number, those without a script included
     */
    public int connections() {
        return accepted.get();
    }

    /**
     * Waits until all scripts have been played, at most as long as a single step may take and a second.
     *
     * @throws AssertionError if a client sent something else than its script says, or not all of it, if there were fewer
     *     connections than scripts, or more; the message shows what was expected and what was found
     */
    public void verify() {
        List<String> failures = new ArrayList<>();
        // Longer than a step, so that a step that ran into its own timeout can tell what it waited for.
        long deadline = System.nanoTime() + timeout.plusSeconds(1).toNanos();
        for (ScriptedConnection connection : connections) {
            String failure = outcome(connection, deadline - System.nanoTime());
            if (failure != null) {
                failures.add(failure);
            }
        }
        if (accepted.get() > connections.size()) {
            failures.add("Expected " + connections.size() + " connections, found " + accepted.get());
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(String.join("\n", failures));
        }
    }

    private static @Nullable String outcome(ScriptedConnection connection, long nanos) {
        try {
            return connection.outcome(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "Interrupted";
        }
    }

    /**
     * Stops listening, {@linkplain #verify() verifies} and closes all connections.
     *
     * @throws AssertionError as {@link #verify()} does
     */
    @Override
    public void close() {
        try {
            verify();
        } finally {
            closeListener();
            connections.forEach(ScriptedConnection::close);
        }
    }

    private void closeListener() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Collects scripts and settings. Not thread-safe. */
    public static final class Builder {
        private final List<String> scripts = new ArrayList<>();
        private Duration timeout = Duration.ofSeconds(5);
        private Duration gap = Duration.ofMillis(20);
        private @Nullable TestCertificates certificates;

        private Builder() {}

        /**
         * Adds the script for the next connection.
         *
         * @param script the script
         * @return this
         */
        public Builder script(String script) {
            scripts.add(script);
            return this;
        }

        /**
         * Sets how long a step waits for the client; 5 seconds by default.
         *
         * @param timeout the time
         * @return this
         */
        public Builder timeout(Duration timeout) {
            this.timeout = timeout;
            return this;
        }

        /**
         * Sets the pause between two segments in a row; 20 milliseconds by default.
         *
         * @param gap the time
         * @return this
         */
        public Builder gap(Duration gap) {
            this.gap = gap;
            return this;
        }

        /**
         * Sets the certificates; {@link TestCertificates#shared()} by default.
         *
         * @param certificates the certificates
         * @return this
         */
        public Builder certificates(TestCertificates certificates) {
            this.certificates = certificates;
            return this;
        }

        /**
         * Starts a server.
         *
         * @return a server that listens
         * @throws IllegalArgumentException if a script makes no sense, with the number of the line
         */
        public ScriptedServer start() {
            try {
                return new ScriptedServer(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
