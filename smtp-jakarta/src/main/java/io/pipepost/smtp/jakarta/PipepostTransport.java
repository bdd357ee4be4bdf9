/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.netty.util.concurrent.FastThreadLocalThread;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.URLName;
import jakarta.mail.internet.MimeMessage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Jakarta Mail's transport of the protocol {@code pipepost}: sends through a client that all transports with the same
 * server, user, password and properties share, and so through its pool of connections. What the properties of the session
 * mean is told in the project's {@code docs/jakarta.md}; they are read when the transport connects.
 *
 * <p>To connect means that a session with the server was had, then or before; a connection that is lost later is replaced
 * without the transport's noticing. To close gives the client back: one that nobody uses is closed after a minute, or the
 * property {@code idletime}. Thread-safe: several threads can send over one transport at the same time, though there is no
 * need to share it.
 *
 * <p>Threads that send wait for the outcome; a thread that is interrupted meanwhile asks for the message to be kept back.
 */
public class PipepostTransport extends Transport {
    private static final SharedClients CLIENTS = new SharedClients();

    private final String protocol;
    private final boolean implicitTls;

    /** Written when connecting and closing, under this object's lock. */
    private volatile @Nullable Lease lease;

    /**
     * Creates a transport; Jakarta Mail does so.
     *
     * @param session the session whose properties are read
     * @param url the protocol, and what else is known of the server
     */
    public PipepostTransport(Session session, @Nullable URLName url) {
        this(session, url, "pipepost", false);
    }

    /**
     * Creates a transport of another protocol.
     *
     * @param session the session whose properties are read
     * @param url the protocol, and what else is known of the server
     * @param protocol the protocol, if the URL names none
     * @param implicitTls whether the protocol has TLS from the first octet
     */
    protected PipepostTransport(Session session, @Nullable URLName url, String protocol, boolean implicitTls) {
        super(session, completed(session, url, protocol));
        this.protocol = protocolOf(url, protocol);
        this.implicitTls = implicitTls;
    }

    private static String protocolOf(@Nullable URLName url, String otherwise) {
        return url == null || url.getProtocol() == null ? otherwise : url.getProtocol();
    }

    /** Jakarta Mail looks for host and user under the protocol's own name only. */
    private static URLName completed(Session session, @Nullable URLName url, String otherwise) {
        String protocol = protocolOf(url, otherwise);
        TransportProperties properties = new TransportProperties(session, protocol);
        String host = url == null ? null : url.getHost();
        String user = url == null ? null : url.getUsername();
        return new URLName(
                protocol,
                host == null ? properties.text("host") : host,
                url == null ? -1 : url.getPort(),
                url == null ? null : url.getFile(),
                user == null ? properties.text("user") : user,
                url == null ? null : url.getPassword());
    }

    /**
     * Makes the transports of a session use a client of the program's own, which stays the program's to close. Host, port,
     * user, password and all properties of the connection are then the client's business; of the properties,
     * {@code from}, {@code sendpartial} and {@code reportsuccess} count. The same can be done by putting the client into
     * the property {@code mail.pipepost.client}.
     *
     * @param session the session
     * @param client the client
     */
    public static void use(Session session, SmtpClient client) {
        session.getProperties().put("mail.pipepost.client", client);
        session.getProperties().put("mail.pipeposts.client", client);
    }

    /**
     * Closes the shared clients that no transport uses, rather than after a while: for programs that end, or are unloaded.
     *
     * @return a future that completes when their connections are closed and their threads have ended
     */
    public static CompletableFuture<Void> closeUnused() {
        return CLIENTS.closeUnused();
    }

    private TransportProperties properties() {
        return new TransportProperties(session, protocol);
    }

    // ---- connecting

    @Override
    protected boolean protocolConnect(@Nullable String host, int port, @Nullable String user, @Nullable String password)
            throws MessagingException {
        requireMayWait();
        TransportProperties properties = properties();
        SmtpClient given = properties.client();
        Lease leased;
        if (given == null) {
            Boolean auth = properties.choice("auth");
            boolean known = user != null && password != null;
            if (Boolean.TRUE.equals(auth) && !known) {
                return false; // Then Jakarta Mail asks the session's Authenticator.
            }
            Login login = user != null && password != null && !Boolean.FALSE.equals(auth)
                    ? Login.of(user, password, properties)
                    : null;
            leased = CLIENTS.acquire(ClientSettings.of(
                    properties,
                    new ClientSettings.Protocol(implicitTls, session),
                    host == null || host.isEmpty() ? "localhost" : host,
                    port > 0 ? port : properties.number("port", -1),
                    login));
        } else {
            leased = Lease.of(given);
        }
        check(leased);
        lease = leased;
        return true;
    }

    private static void requireMayWait() {
        if (Thread.currentThread() instanceof FastThreadLocalThread loop && !loop.permitBlockingCalls()) {
            throw new IllegalStateException("Waiting for a server on an event loop would be a deadlock");
        }
    }

    /** A session is opened, or there is one in the pool. */
    private static void check(Lease leased) throws MessagingException {
        boolean good = false;
        try {
            leased.warmUp().get();
            leased.confirm();
            good = true;
        } catch (ExecutionException e) {
            throw connectFailure(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MessagingException("Interrupted while connecting", e);
        } finally {
            if (!good) {
                leased.release();
            }
        }
    }

    private static MessagingException connectFailure(@Nullable Throwable cause) {
        if (cause instanceof SmtpException.Authentication refused) {
            return new AuthenticationFailedException(refused.getMessage(), refused);
        }
        return cause instanceof SmtpException known
                ? new MessagingException(known.getMessage(), known)
                : new MessagingException("Cannot connect: " + cause, cause instanceof Exception other ? other : null);
    }

    @Override
    public synchronized void close() throws MessagingException {
        Lease leased = lease;
        lease = null;
        if (leased != null) {
            leased.release();
        }
        if (super.isConnected()) {
            super.close();
        }
    }

    // ---- sending

    /**
     * Sends a message and waits for the outcome. As in Jakarta Mail, the message is not saved, but for one that never was;
     * and it goes to all addresses or to nobody, unless the property {@code sendpartial} is true.
     *
     * @param message a {@link MimeMessage}, not to be changed meanwhile
     * @param addresses the recipients, whatever the message's header says
     * @throws SmtpSendFailedException if it was not accepted for everybody
     * @throws MessagingException if it is no MimeMessage, an address no InternetAddress, or a property malformed
     * @throws IllegalStateException if the transport is not connected
     */
    @Override
    public void sendMessage(Message message, Address[] addresses) throws MessagingException {
        Lease leased = lease;
        if (leased == null) {
            throw new IllegalStateException("Not connected");
        }
        requireMayWait();
        if (!(message instanceof MimeMessage mime)) {
            throw new MessagingException("Expected a MimeMessage, found " + message);
        }
        Recipients recipients = Recipients.of(addresses);
        boolean tellSuccess = properties().isTrue("reportsuccess");
        Report report = new Report(recipients, outcome(leased.client(), mime, recipients));
        Report.Lists lists = report.addresses();
        notifyTransportListeners(
                report.eventType(),
                Report.array(lists.sent()),
                Report.array(lists.unsent()),
                Report.array(lists.invalid()),
                message);
        if (tellSuccess || !report.isComplete()) {
            throw report.exception(tellSuccess);
        }
    }

    private Report.Outcome outcome(SmtpClient client, MimeMessage mime, Recipients recipients)
            throws MessagingException {
        boolean partial = properties().isTrue("sendpartial");
        if (recipients.paths().isEmpty() || (!partial && !recipients.malformed().isEmpty())) {
            return Report.Outcome.notSent("Not sent: not an address: "
                    + recipients.malformed().keySet().iterator().next().getAddress());
        }
        Content content;
        ReversePath from;
        try {
            content = MimeMessages.content(mime);
            from = MimeMessages.from(mime, properties().text("from"));
        } catch (MessagingException | SmtpSyntaxException e) {
            return Report.Outcome.notSent("Not sent: " + e.getMessage(), e);
        }
        boolean all = !partial && recipients.paths().size() > 1;
        return Waiting.outcome(client.send(new io.pipepost.smtp.mail.Message(
                new Envelope(from, recipients.paths()), content, all ? RecipientPolicy.ALL : RecipientPolicy.ANY)));
    }
}
