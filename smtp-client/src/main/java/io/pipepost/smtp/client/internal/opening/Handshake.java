/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EscapedException;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.dialogue.Deadline;
import io.pipepost.smtp.client.internal.dialogue.DialogueHandler;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Everything between the TCP connection and a session that takes mail.
 *
 * <pre>
 *   [TLS] --> greeting --> EHLO --+--> STARTTLS --> TLS --> EHLO again --+--> [AUTH] --> ready
 *                           |     +--------------------------------------+
 *                           +--> HELO, if nothing configured needs an extension --> ready
 * </pre>
 *
 * <p>Nothing that was learnt before TLS is used after it (R-3207-03): extensions live in the field that the second EHLO
 * replaces.
 */
@EventLoopConfined
public final class Handshake {
    /** Whoever has not greeted by then may be waiting, too. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Opening session;
    private final DialogueHandler handler;
    private final SessionConfig config;
    private final TlsUpgrade tls;
    private final Deadline silence;

    private Extensions extensions = Extensions.NONE;
    private @Nullable TlsFacts tlsFacts;
    private @Nullable Authentication authentication;
    private boolean handshaking;
    private boolean upgraded;

    public Handshake(Opening session, DialogueHandler handler, SessionConfig config, TlsUpgrade tls) {
        this.session = session;
        this.handler = handler;
        this.config = config;
        this.tls = tls;
        this.silence = new Deadline(session.channel().eventLoop(), this::onSilence);
    }

    public void start() {
        assert session.channel().eventLoop().inEventLoop();
        if (config.tlsMode() == TlsMode.IMPLICIT) {
            startTls();
        } else {
            expectGreeting();
        }
    }

    // ---- greeting and EHLO

    private void expectGreeting() {
        session.opens(Phase.GREETING);
        handler.pipeline().expect(new Step(null, Phase.GREETING, this::onGreeting));
        handler.watch(Phase.GREETING);
        if (config.tlsMode() != TlsMode.IMPLICIT) {
            silence.arm(SOON);
        }
    }

    /** RFC 5321 section 4.5.3.2.1 wants patience with servers that are slow to greet; whoever waits is told meanwhile. */
    private void onSilence() {
        if (!handler.isInsideReply() && config.known().isFirstSilence()) {
            String server = config.host() + ":" + config.port();
            session.observer()
                    .silent(session.id(), server + " has said nothing for " + Words.of(SOON) + Words.SILENT_SERVER);
        }
    }

    private void onGreeting(Reply reply) {
        silence.cancel();
        config.known().onGreeted();
        if (reply.isNegative()) {
            session.refuse(Failure.rejected(Phase.GREETING, "The server refused the connection", reply));
        } else {
            sendEhlo();
        }
    }

    private void sendEhlo() {
        ask(new Command.Ehlo(ehloName()), Phase.EHLO, this::onEhlo);
    }

    /** R-5321-19: without a name, the address literal of the connection. */
    private EhloName ehloName() {
        EhloName configured = config.ehloName();
        if (configured != null) {
            return configured;
        }
        return session.channel().localAddress() instanceof InetSocketAddress local && local.getAddress() != null
                ? EhloName.of(local.getAddress())
                : EhloName.of("[127.0.0.1]");
    }

    private void onEhlo(Reply reply) {
        if (reply.isPositive()) {
            extensions = SharedExtensions.of(reply).without(config.disabledKeywords());
            afterEhlo();
        } else if (meansUnknownCommand(reply) && !upgraded) {
            fallBackToHelo(reply);
        } else {
            session.refuse(Failure.rejected(Phase.EHLO, "The server refused EHLO", reply));
        }
    }

    /** R-5321-20. */
    private static boolean meansUnknownCommand(Reply reply) {
        return switch (reply.code()) {
            case 500, 501, 502, 504, 550 -> true;
            default -> false;
        };
    }

    private void fallBackToHelo(Reply reply) {
        if (config.tlsMode() == TlsMode.STARTTLS) {
            session.refuse(Failure.of(
                    FailureCause.TLS_REQUIRED,
                    Phase.EHLO,
                    "TLS is required (TlsMode.STARTTLS) and the server refused EHLO",
                    reply));
        } else if (config.credentials() != null) {
            session.refuse(Failure.of(
                    FailureCause.AUTH_UNAVAILABLE,
                    Phase.EHLO,
                    "Credentials are configured (SmtpClient.Builder.credentials) and the server refused EHLO",
                    reply));
        } else {
            ask(new Command.Helo(ehloName()), Phase.EHLO, this::onHelo);
        }
    }

    private void onHelo(Reply reply) {
        if (reply.isPositive()) {
            extensions = Extensions.NONE;
            ready(null);
        } else {
            session.refuse(Failure.rejected(Phase.EHLO, "The server refused EHLO and HELO", reply));
        }
    }

    private void afterEhlo() {
        TlsMode mode = config.tlsMode();
        boolean wanted = tlsFacts == null && (mode == TlsMode.STARTTLS || mode == TlsMode.IF_OFFERED);
        if (wanted && extensions.has(Extension.STARTTLS)) {
            ask(Command.Simple.STARTTLS, Phase.STARTTLS, this::onStartTls);
        } else if (wanted && mode == TlsMode.STARTTLS) {
            session.refuse(Failure.of(
                    FailureCause.TLS_REQUIRED,
                    Phase.STARTTLS,
                    "TLS is required (TlsMode.STARTTLS) and the server does not offer it; on another port it may want"
                            + " TlsMode.IMPLICIT"));
        } else {
            authenticate();
        }
    }

    // ---- TLS

    private void onStartTls(Reply reply) {
        if (reply.isPositive()) {
            handler.startTlsAfterRead(this::upgrade);
        } else if (config.tlsMode() == TlsMode.STARTTLS) {
            session.refuse(Failure.of(
                    FailureCause.TLS_REQUIRED,
                    Phase.STARTTLS,
                    "TLS is required (TlsMode.STARTTLS) and the server refused it",
                    reply));
        } else {
            authenticate();
        }
    }

    /** R-3207-04: nothing may be left of the read that brought the 220. */
    private void upgrade() {
        if (handler.isClosed()) {
            return;
        }
        if (handler.isInsideReply()) {
            handler.fail(Failure.of(
                    FailureCause.TLS_INJECTION,
                    Phase.STARTTLS,
                    "Octets came in plain text behind the reply to STARTTLS"));
            return;
        }
        upgraded = true;
        extensions = Extensions.NONE;
        startTls();
    }

    private void startTls() {
        SslHandler ssl;
        try {
            ssl = Border.TLS.get(() -> tls.newHandler(session.channel()), "a handler");
        } catch (Border.Fault fault) {
            handler.fail(new Failure(
                    FailureCause.TLS_FAILED,
                    Phase.TLS,
                    "Cannot begin TLS with " + config.host() + ": " + fault.getMessage(),
                    null,
                    fault.origin()));
            return;
        }
        handshaking = true;
        session.opens(Phase.TLS);
        ssl.setHandshakeTimeout(Loops.nanos(config.timeouts().of(Phase.TLS)), TimeUnit.NANOSECONDS);
        session.channel().pipeline().addFirst("ssl", ssl);
    }

    public void onTlsHandshake(SslHandshakeCompletionEvent event) {
        if (!handshaking) {
            return;
        }
        handshaking = false;
        if (!event.isSuccess()) {
            failTls(event.cause());
            return;
        }
        SslHandler ssl = session.channel().pipeline().get(SslHandler.class);
        TlsFacts facts;
        try {
            tls.check(ssl);
            facts = Border.TLS.get(() -> tls.facts(ssl), "facts");
        } catch (CertificateException e) {
            failTls(e);
            return;
        } catch (Border.Fault fault) {
            handler.fail(fault.toFailure(FailureCause.TLS_FAILED, Phase.TLS));
            return;
        }
        tlsFacts = facts;
        session.observer().tlsStarted(session.id(), facts);
        if (upgraded) {
            sendEhlo();
            handler.writeReady();
        } else {
            expectGreeting();
        }
    }

    /** Whether a handshake was under way, which this exception has now ended. */
    public boolean onTlsException(Throwable cause) {
        if (!handshaking) {
            return false;
        }
        handshaking = false;
        failTls(cause);
        return true;
    }

    private void failTls(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        handler.fail(new Failure(
                causeOf(cause, root),
                Phase.TLS,
                "TLS handshake with " + config.host() + " failed: "
                        + TlsWords.of(root, config.security().protocols()),
                null,
                EscapedException.of(cause)));
    }

    private static FailureCause causeOf(Throwable cause, Throwable root) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return FailureCause.TIMEOUT;
        }
        boolean lost = root instanceof ClosedChannelException
                || (root instanceof IOException && !(root instanceof SSLException));
        return lost ? FailureCause.CONNECTION_LOST : FailureCause.TLS_FAILED;
    }

    // ---- AUTH

    private void authenticate() {
        if (config.credentials() == null) {
            ready(null);
            return;
        }
        Authentication dialogue = new Authentication(session, handler, config, extensions, tlsFacts, this::ready);
        authentication = dialogue;
        session.opens(Phase.AUTH);
        dialogue.start();
    }

    /** Credentials are not kept beyond this point (S-22). */
    private void ready(@Nullable String user) {
        authentication = null;
        session.onReady(new SessionInfo(
                session.id(),
                config.host(),
                config.port(),
                session.channel().remoteAddress(),
                tlsFacts,
                user,
                extensions));
    }

    /** The connection is gone. */
    public void abandon() {
        silence.cancel();
        Authentication dialogue = authentication;
        if (dialogue != null) {
            dialogue.abandon();
        }
    }

    private void ask(Command command, Phase phase, Consumer<Reply> then) {
        session.opens(phase);
        handler.enqueue(new Step(command, phase, then));
        handler.writeReady();
    }

    /** A step of the handshake; if the connection ends, the session tells of it. */
    static final class Step extends Exchange {
        private final Consumer<Reply> then;

        Step(@Nullable Command command, Phase phase, Consumer<Reply> then) {
            super(command, phase);
            this.then = then;
        }

        @Override
        public void onReply(Reply reply) {
            then.accept(reply);
        }

        @Override
        public void onFailure(Failure failure) {}
    }
}
