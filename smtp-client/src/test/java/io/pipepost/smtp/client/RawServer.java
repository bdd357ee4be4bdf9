/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;

/** A server in a few lines: each connection gets a thread that does what the test says. */
final class RawServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    /** What is done with a connection; it is closed afterwards. */
    interface Behaviour {
        void run(Connection connection) throws IOException;
    }

    RawServer(Behaviour behaviour) {
        this(ServerSocketFactory.getDefault(), behaviour);
    }

    /** A server whose sockets are of another kind. */
    RawServer(ServerSocketFactory sockets, Behaviour behaviour) {
        try {
            listener = sockets.createServerSocket(0, 200, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("raw-server", () -> {
            while (true) {
                Connection connection = new Connection(listener.accept(), connections.size() + 1);
                connections.add(connection);
                start("raw-connection", () -> {
                    try (connection) {
                        behaviour.run(connection);
                    }
                });
            }
        });
    }

    /** A server that takes connections and says nothing. */
    static RawServer silent() {
        return new RawServer(Connection::awaitEnd);
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // The test, or the client, has closed the socket.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    List<Connection> connections() {
        return connections;
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Connection connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection. */
    static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final int number;
        private final List<String> lines = new CopyOnWriteArrayList<>();

        Connection(Socket socket, int number) throws IOException {
            this.socket = socket;
            this.number = number;
            socket.setTcpNoDelay(true);
        }

        /** 1 for the first connection. */
        int number() {
            return number;
        }

        /** What {@link #readLine} has read. */
        List<String> lines() {
            return lines;
        }

        boolean isClosed() {
            return socket.isClosed();
        }

        Socket socket() {
            return socket;
        }

        /** Sends lines as one segment. */
        void send(String... text) throws IOException {
            byte[] octets = (String.join("\r\n", text) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            socket.getOutputStream().write(octets);
        }

        /** Reads a line; throws at the end of the stream. */
        String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            InputStream in = socket.getInputStream();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("The client has closed");
                }
                line.append((char) c);
            }
            String text = line.substring(0, line.length() - 1);
            lines.add(text);
            return text;
        }

        void readLines(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                readLine();
            }
        }

        /** Greeting and EHLO, with keywords. */
        void open(String... keywords) throws IOException {
            send("220 mx.test ready");
            readLine();
            StringBuilder reply = new StringBuilder();
            String last = "mx.test";
            for (String keyword : keywords) {
                reply.append("250-").append(last).append("\r\n");
                last = keyword;
            }
            send(reply + "250 " + last);
        }

        /** Takes a message in lock-step, by DATA. */
        void takeMessage() throws IOException {
            readLine();
            send("250 sender ok");
            readLine();
            send("250 recipient ok");
            readLine();
            send("354 go on");
            readContent();
            send("250 taken");
        }

        void readContent() throws IOException {
            while (!readLine().equals(".")) {
                // Content is for the dot's sake.
            }
        }

        /** Reads and drops until the client closes. */
        void awaitEnd() throws IOException {
            byte[] dropped = new byte[8192];
            while (socket.getInputStream().read(dropped) >= 0) {
                // Nobody listens.
            }
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
