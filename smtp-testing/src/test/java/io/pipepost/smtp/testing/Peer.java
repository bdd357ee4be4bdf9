/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Base64;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client that does what a test tells it: a plain socket, read line by line. */
final class Peer implements AutoCloseable {
    private Socket socket;

    Peer(int port) throws IOException {
        socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(5_000);
    }

    /** Sends text as one segment. */
    Peer send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
        return this;
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    /** Reads one line; at the end of the stream, what has come. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        int octet = in.read();
        while (octet >= 0 && octet != '\n') {
            line.write(octet);
            octet = in.read();
        }
        return line.toString(UTF_8).replace("\r", "");
    }

    /** Reads replies to their last lines and compares the codes. */
    Peer expect(int... codes) throws IOException {
        for (int code : codes) {
            String line = line();
            while (line.length() > 3 && line.charAt(3) == '-') {
                line = line();
            }
            assertThat(line).startsWith(code + " ");
        }
        return this;
    }

    Peer expectEnd() throws IOException {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        return this;
    }

    Peer startTls(TestCertificates certificates) throws IOException {
        SSLSocket secured = (SSLSocket)
                certificates.clientContext().getSocketFactory().createSocket(socket, "mx.test", socket.getPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        socket = secured;
        return this;
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
