/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Ports on which nobody listens, and nobody can while this JVM lives: tests of other JVMs ask for ports as well. */
final class ClosedPort {
    private static final Queue<Socket> HELD = new ConcurrentLinkedQueue<>();

    private ClosedPort() {}

    static int take() {
        Socket socket = new Socket();
        HELD.add(socket);
        try {
            socket.bind(new InetSocketAddress(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return socket.getLocalPort();
    }
}
