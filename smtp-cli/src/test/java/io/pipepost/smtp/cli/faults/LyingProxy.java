/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/** Makes an honest server without TLS a liar: one lie a connection. Two threads for each connection. */
final class LyingProxy implements AutoCloseable {
    private static final List<Integer> CODES = List.of(250, 250, 354, 220, 221, 421, 451, 452, 503, 550, 554, 199, 600);

    private final ServerSocket listener;
    private final int server;
    private final IntFunction<Lie> lies;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    /** What is done to a reply, or to what stands behind the end of a content. */
    enum Kind {
        NONE,
        DROP,
        DOUBLE,
        MOVE,
        ALTER,
        IGNORE_BEHIND
    }

    /**
     * A lie.
     *
     * @param kind its kind
     * @param place which reply it concerns, from 0; which content, for what is ignored
     * @param code the new code, of an altered reply
     */
    record Lie(Kind kind, int place, int code) {
        /** Early replies as often as late ones. */
        static Lie draw(SplittableRandom random) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            int range = 1 << random.nextInt(kind == Kind.IGNORE_BEHIND ? 3 : 6);
            return new Lie(kind, random.nextInt(range), CODES.get(random.nextInt(CODES.size())));
        }
    }

    /** {@code lies} are asked with the number of the connection, from 1. */
    LyingProxy(int server, IntFunction<Lie> lies) throws IOException {
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.server = server;
        this.lies = lies;
        threads.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    List<Connection> connections() {
        return connections;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Connection connection = new Connection(
                        lies.apply(connections.size() + 1),
                        client,
                        new Socket(InetAddress.getLoopbackAddress(), server));
                connections.add(connection);
                threads.execute(connection::toServer);
                threads.execute(connection::toClient);
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Connection connection : connections) {
            connection.close();
        }
        threads.shutdownNow();
    }

    /** One connection and what was said on it. */
    static final class Connection {
        private final Lie lie;
        private final Socket client;
        private final Socket server;
        private final Dialogue dialogue = new Dialogue();

        /** The thread that reads replies has these for itself. */
        private int replies;

        private String kept = "";

        Connection(Lie lie, Socket client, Socket server) {
            this.lie = lie;
            this.client = client;
            this.server = server;
        }

        Dialogue dialogue() {
            return dialogue;
        }

        void close() throws IOException {
            client.close();
            server.close();
        }

        /** Ends when the client does; the server is then told. */
        private void toServer() {
            byte[] octets = new byte[16 * 1024];
            int contents = 0;
            try (InputStream in = client.getInputStream()) {
                OutputStream out = server.getOutputStream();
                for (int length = in.read(octets); length >= 0; length = in.read(octets)) {
                    int end = dialogue.endOfContent(octets, length);
                    boolean ignores = end >= 0 && lie.kind() == Kind.IGNORE_BEHIND && contents++ >= lie.place();
                    out.write(octets, 0, ignores ? end : length);
                    out.flush();
                }
                dialogue.closed();
                server.close();
            } catch (IOException e) {
                dialogue.closed();
            }
        }

        private void toClient() {
            StringBuilder reply = new StringBuilder();
            StringBuilder line = new StringBuilder();
            try (InputStream in = server.getInputStream()) {
                for (int octet = in.read(); octet >= 0; octet = in.read()) {
                    line.append((char) octet);
                    if (octet == '\n') {
                        boolean last = line.charAt(3) == ' ';
                        reply.append(line);
                        line.setLength(0);
                        if (last) {
                            pass(reply.toString());
                            reply.setLength(0);
                        }
                    }
                }
                client.shutdownOutput();
            } catch (IOException e) {
                // The client is gone.
            }
        }

        private void pass(String reply) throws IOException {
            boolean concerned = replies++ == lie.place();
            String before = kept;
            kept = "";
            switch (concerned ? lie.kind() : Kind.NONE) {
                case DROP -> {}
                case DOUBLE -> {
                    say(reply);
                    say(reply);
                }
                case MOVE -> kept = reply;
                case ALTER -> say(lie.code() + reply.substring(3).replaceAll("\n\\d\\d\\d", "\n" + lie.code()));
                default -> say(reply);
            }
            if (!before.isEmpty()) {
                say(before);
            }
        }

        private void say(String reply) throws IOException {
            dialogue.answered(Integer.parseInt(reply.substring(0, 3)));
            client.getOutputStream().write(reply.getBytes(ISO_8859_1));
        }

        @Override
        public String toString() {
            return lie + "\n" + dialogue;
        }
    }
}
