/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.client.TransportType;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.mail.Phase;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All that makes one shared client differ from another.
 *
 * @param host the server's name
 * @param port the server's port
 * @param tls when TLS is used
 * @param trust whom to trust
 * @param authWithoutTls whether credentials may go out without TLS
 * @param login who logs in, or null
 * @param localhost the name for EHLO, or null
 * @param localaddress where connections come from, or null for any
 * @param times how long things may take
 * @param maxConnections the pool's limit
 * @param maxRecipients in one transaction
 * @param debug where the dialogue is shown, or null
 */
record ClientSettings(
        String host,
        int port,
        TlsMode tls,
        Trust trust,
        boolean authWithoutTls,
        @Nullable Login login,
        @Nullable String localhost,
        @Nullable String localaddress,
        Times times,
        int maxConnections,
        int maxRecipients,
        @Nullable PrintStream debug) {
    /** Jakarta Mail sends to all recipients in one transaction, and to all or nobody unless told otherwise. */
    private static final int ALL_RECIPIENTS = Integer.MAX_VALUE;

    /** Callers wait for their message one by one: there is never much to do at once. */
    private static final int EVENT_LOOPS = 2;

    private static final List<Phase> REPLIES = List.of(
            Phase.TLS,
            Phase.GREETING,
            Phase.EHLO,
            Phase.STARTTLS,
            Phase.AUTH,
            Phase.MAIL,
            Phase.RCPT,
            Phase.DATA,
            Phase.END_OF_DATA,
            Phase.RSET);

    /** Whom to trust: everybody, the authorities in a file, or the platform's. */
    record Trust(boolean anybody, @Nullable Path cafile) {}

    /** How long things may take; null for Pipepost's own limit. */
    record Times(
            @Nullable Duration connect,
            @Nullable Duration reply,
            @Nullable Duration write,
            @Nullable Duration idle) {}

    /** What a protocol brings with it. */
    record Protocol(boolean implicitTls, Session session) {}

    static ClientSettings of(
            TransportProperties properties, Protocol protocol, String host, int port, @Nullable Login login)
            throws MessagingException {
        properties.requirePossible();
        requireProtocols(properties);
        TlsMode tls = protocol.implicitTls() ? TlsMode.IMPLICIT : tls(properties, port);
        PoolOptions pool = PoolOptions.DEFAULT;
        return new ClientSettings(
                host,
                port > 0 ? port : tls == TlsMode.IMPLICIT ? 465 : 25,
                tls,
                trust(properties, host),
                properties.isTrue("auth.withouttls"),
                login,
                properties.text("localhost"),
                properties.text("localaddress"),
                times(properties),
                properties.number("maxconnections", pool.maxConnections()),
                properties.isTrue("sendpartial") ? pool.maxRecipients() : ALL_RECIPIENTS,
                protocol.session().getDebug() ? protocol.session().getDebugOut() : null);
    }

    /** What is said decides; where nothing is said, TLS is required as everywhere in Pipepost. */
    private static TlsMode tls(TransportProperties properties, int port) throws MessagingException {
        Boolean ssl = properties.choice("ssl.enable");
        Boolean startTls = properties.choice("starttls.enable");
        Boolean required = properties.choice("starttls.required");
        if (Boolean.TRUE.equals(ssl) || (ssl == null && port == 465)) {
            return TlsMode.IMPLICIT;
        }
        if (Boolean.FALSE.equals(startTls) && !Boolean.TRUE.equals(required)) {
            return TlsMode.NONE;
        }
        return Boolean.TRUE.equals(startTls) && Boolean.FALSE.equals(required) ? TlsMode.IF_OFFERED : TlsMode.STARTTLS;
    }

    private static Trust trust(TransportProperties properties, String host) throws MessagingException {
        List<String> trusted = properties.words("ssl.trust");
        boolean anybody = trusted.stream()
                .anyMatch(name -> name.equals("*") || lower(name).equals(lower(host)));
        if (!anybody && Boolean.FALSE.equals(properties.choice("ssl.checkserveridentity"))) {
            throw new MessagingException(properties.shown("ssl.checkserveridentity")
                    + " cannot be heeded: the name is always checked with the certificate; to accept any certificate of"
                    + " this server set ssl.trust to its name");
        }
        String cafile = properties.text("ssl.cafile");
        return new Trust(anybody, cafile == null ? null : Path.of(cafile));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** TLS 1.2 and 1.3 are offered: nothing older ever, and none of the two alone. */
    private static void requireProtocols(TransportProperties properties) throws MessagingException {
        List<String> protocols = properties.words("ssl.protocols");
        if (!protocols.isEmpty() && !protocols.contains("TLSv1.2")) {
            throw properties.bad("ssl.protocols", "TLSv1.2 among them", String.join(" ", protocols));
        }
    }

    private static Times times(TransportProperties properties) throws MessagingException {
        return new Times(
                properties.time("connectiontimeout"),
                properties.time("timeout"),
                properties.time("writetimeout"),
                properties.time("idletime"));
    }

    /** Opens no connection. */
    SmtpClient newClient() throws MessagingException {
        try {
            SmtpClient.Builder builder = SmtpClient.builder(host, port)
                    .security(security())
                    .timeouts(timeouts())
                    .pool(pool())
                    .transport(TransportType.AUTO, EVENT_LOOPS);
            if (login != null) {
                builder.credentials(login.credentials());
                if (!login.mechanisms().isEmpty()) {
                    builder.mechanisms(login.mechanisms().toArray(new SaslMechanism[0]));
                }
            }
            if (localhost != null) {
                builder.ehloName(localhost);
            }
            if (localaddress != null) {
                builder.localAddress(InetAddress.getByName(localaddress));
            }
            if (debug != null) {
                builder.observer(Transcript.to(debug::println));
            }
            return builder.build();
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new MessagingException("Cannot set up the connection to " + host + ": " + e.getMessage(), e);
        }
    }

    private Security security() {
        Security security = Security.of(tls);
        if (trust.cafile() != null) {
            security = security.trust(trust.cafile());
        }
        if (trust.anybody()) {
            security = security.trustAnythingInsecurely();
        }
        return authWithoutTls ? security.allowAuthWithoutTls() : security;
    }

    private Timeouts timeouts() {
        Timeouts timeouts = Timeouts.DEFAULT;
        if (times.connect() != null) {
            timeouts = timeouts.with(Phase.CONNECT, times.connect());
        }
        if (times.write() != null) {
            timeouts = timeouts.with(Phase.WRITE, times.write());
        }
        if (times.reply() != null) {
            for (Phase phase : REPLIES) {
                timeouts = timeouts.with(phase, times.reply());
            }
        }
        return timeouts;
    }

    private PoolOptions pool() {
        PoolOptions pool =
                PoolOptions.DEFAULT.withMaxConnections(maxConnections).withMaxRecipients(maxRecipients);
        return times.idle() == null ? pool : pool.withIdleTime(times.idle());
    }

    /** How long a client that nobody uses is kept. */
    Duration idleTime() {
        return times.idle() == null ? PoolOptions.DEFAULT.idleTime() : times.idle();
    }
}
