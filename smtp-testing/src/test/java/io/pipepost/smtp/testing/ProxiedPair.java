/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** The two ends of one connection through a proxy, both in the hands of a test. */
final class ProxiedPair implements AutoCloseable {
    private static final int SOON = 5_000;
    private static final int A_WHILE = 150;

    final FaultProxy proxy;
    final Socket client;
    final Socket server;

    ProxiedPair(Fault... faults) throws IOException {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        try (ServerSocket listener = new ServerSocket(0, 1, loopback)) {
            proxy = FaultProxy.to("127.0.0.1", listener.getLocalPort())
                    .plan(FaultPlan.first(faults))
                    .start();
            client = new Socket(loopback, proxy.port());
            listener.setSoTimeout(SOON);
            server = listener.accept();
        }
        client.setSoTimeout(SOON);
        server.setSoTimeout(SOON);
    }

    static void send(Socket from, String text) throws IOException {
        from.getOutputStream().write(text.getBytes(US_ASCII));
    }

    static void expect(Socket at, String text) throws IOException {
        byte[] read = at.getInputStream().readNBytes(text.length());
        assertThat(new String(read, US_ASCII)).isEqualTo(text);
    }

    static void expectEnd(Socket at) throws IOException {
        assertThat(at.getInputStream().read()).isEqualTo(-1);
    }

    static void expectReset(Socket at) {
        assertThatThrownBy(() -> at.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    static void expectSilence(Socket at) throws IOException {
        at.setSoTimeout(A_WHILE);
        assertThatThrownBy(() -> at.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        at.setSoTimeout(SOON);
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        proxy.close();
    }
}
