/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A server with a certificate of the test's choice, which writes down what it is told, behind TLS and in front of it. */
final class TlsPeer implements AutoCloseable {
    private final ServerSocket listener;
    private final SSLContext context;
    private final boolean implicit;
    private final SSLParameters parameters;
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final List<String> serverNames = new CopyOnWriteArrayList<>();
    private final List<String> clients = new CopyOnWriteArrayList<>();

    TlsPeer(TlsMode mode, X509Bundle certificate) throws Exception {
        this(mode, certificate, null);
    }

    /** Insists on a certificate of the client's, of this authority. */
    TlsPeer(TlsMode mode, X509Bundle certificate, @Nullable X509Certificate ofClients) throws Exception {
        implicit = mode == TlsMode.IMPLICIT;
        context = SSLContext.getInstance("TLS");
        context.init(
                keyManagers(certificate),
                ofClients == null ? null : Sessions.trust(ofClients).getTrustManagers(),
                null);
        parameters = context.getDefaultSSLParameters();
        parameters.setNeedClientAuth(ofClients != null);
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }

    /** In a JKS store: the derivation of a PKCS #12 key takes longer than the whole session. */
    static KeyManager[] keyManagers(X509Bundle certificate) throws GeneralSecurityException {
        char[] password = "irrelevant".toCharArray();
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(certificate.toKeyStore("JKS", password), password);
        return factory.getKeyManagers();
    }

    TlsPeer protocols(String... protocols) {
        parameters.setProtocols(protocols);
        return this;
    }

    TlsPeer asksForCertificate() {
        parameters.setWantClientAuth(true);
        return this;
    }

    TlsPeer start() {
        Thread thread = new Thread(this::accept, "tls-peer");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** All commands, whatever connection they came on; those under TLS behind {@code "TLS"}. */
    List<String> commands() {
        return commands;
    }

    /** The names in the handshakes (RFC 6066). */
    List<String> serverNames() {
        return serverNames;
    }

    /** Whose certificates the clients had, if they were asked for them. */
    List<String> clients() {
        return clients;
    }

    private void accept() {
        try {
            while (true) {
                try (Socket socket = listener.accept()) {
                    serve(socket);
                } catch (IOException e) {
                    if (listener.isClosed()) {
                        return;
                    }
                }
            }
        } finally {
            close();
        }
    }

    private void serve(Socket socket) throws IOException {
        if (!implicit) {
            socket.getOutputStream().write("220 mx.test\r\n".getBytes(US_ASCII));
            if (!talk(socket, "250-mx.test\r\n250 STARTTLS\r\n")) {
                return;
            }
        }
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
        secured.setUseClientMode(false);
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        commands.add("TLS");
        noteServerName(secured);
        if (parameters.getNeedClientAuth()) {
            clients.add(secured.getSession().getPeerPrincipal().getName());
        }
        if (implicit) {
            secured.getOutputStream().write("220 mx.test\r\n".getBytes(US_ASCII));
        }
        talk(secured, "250-mx.test\r\n250 AUTH PLAIN\r\n");
    }

    private void noteServerName(SSLSocket socket) {
        ((ExtendedSSLSession) socket.getSession())
                .getRequestedServerNames()
                .forEach(name -> serverNames.add(((SNIHostName) name).getAsciiName()));
    }

    /** Whether the client wants to start TLS. Reads by octets: what is behind STARTTLS belongs to TLS. */
    private boolean talk(Socket socket, String capabilities) throws IOException {
        for (String line = readLine(socket); line != null; line = readLine(socket)) {
            commands.add(line);
            String reply = line.startsWith("EHLO")
                    ? capabilities
                    : line.startsWith("AUTH") ? "235 ok\r\n" : line.equals("QUIT") ? "221 bye\r\n" : "220 go\r\n";
            socket.getOutputStream().write(reply.getBytes(US_ASCII));
            if (line.equals("STARTTLS")) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String readLine(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = socket.getInputStream().read();
                octet >= 0;
                octet = socket.getInputStream().read()) {
            if (octet == '\n') {
                return line.toString().strip();
            }
            line.append((char) octet);
        }
        return null;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
