/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server with opinions about what stands behind the end of a message; counts what it has taken. Whether octets stand
 * behind is what its socket says at that moment, as with the servers that it plays.
 */
final class TrainServer implements AutoCloseable {
    /** What is done about commands that are there when the end of the data is. */
    enum Manner {
        /** They are carried out. */
        PROCESS,
        /** Each is answered 503, and its content thrown away. */
        DENY,
        /** They are thrown away, and never answered. */
        DISCARD
    }

    private final List<String> taken = new CopyOnWriteArrayList<>();
    private final RawServer server;
    private final int politeFor;
    private final Manner manner;

    /**
     * Starts a server.
     *
     * @param politeFor transactions of a connection behind which commands are carried out whatever the manner is
     */
    TrainServer(Manner manner, int politeFor) {
        this.manner = manner;
        this.politeFor = politeFor;
        this.server = new RawServer(this::serve);
    }

    int port() {
        return server.port();
    }

    int connections() {
        return server.connections().size();
    }

    /** The recipients of each message that was taken, in order. */
    List<String> taken() {
        return taken;
    }

    @Override
    public void close() {
        server.close();
    }

    private void serve(RawServer.Connection connection) throws IOException {
        connection.open("PIPELINING", "CHUNKING");
        String recipient = "";
        int ended = 0;
        while (true) {
            String line = connection.readLine();
            if (line.startsWith("RCPT")) {
                recipient = line;
            }
            if (line.startsWith("BDAT")) {
                skip(connection, line);
                taken.add(recipient);
                ended++;
                // What comes after the reply was not behind the end of the data.
                int behind = ended > politeFor && manner != Manner.PROCESS
                        ? connection.socket().getInputStream().available()
                        : 0;
                connection.send("250 taken");
                refuse(connection, behind);
            } else if (line.equals("QUIT")) {
                connection.send("221 bye");
                return;
            } else {
                connection.send("250 ok");
            }
        }
    }

    private void refuse(RawServer.Connection connection, int octets) throws IOException {
        int left = octets;
        while (left > 0) {
            String line = connection.readLine();
            left -= line.length() + 2;
            if (line.startsWith("BDAT")) {
                left -= skip(connection, line);
            }
            if (manner == Manner.DENY) {
                connection.send("503 5.5.0 not behind a message");
            }
        }
    }

    private static int skip(RawServer.Connection connection, String bdat) throws IOException {
        int octets = Integer.parseInt(bdat.split(" ")[1]);
        connection.socket().getInputStream().skipNBytes(octets);
        return octets;
    }
}
