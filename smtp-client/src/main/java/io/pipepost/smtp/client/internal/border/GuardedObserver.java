/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.netty.buffer.ByteBuf;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes events to the caller's observer and to the log; what an observer throws must not disturb the dialogue. */
public final class GuardedObserver implements SmtpObserver {
    private static final Logger SESSIONS = LoggerFactory.getLogger("io.pipepost.smtp.client.session");
    /** What helps whoever has chosen the wrong options. */
    private static final Logger HINTS = LoggerFactory.getLogger("io.pipepost.smtp.client.hint");

    private static final Logger WIRE = LoggerFactory.getLogger("io.pipepost.smtp.client.wire");

    private final SmtpObserver target;
    private final boolean watched;

    public GuardedObserver(SmtpObserver target) {
        this.target = target;
        this.watched = target != NONE;
    }

    private void tell(Runnable event) {
        if (!watched) {
            return;
        }
        Border.OBSERVER.tell(event);
    }

    @Override
    public void connected(long session, String host, int port) {
        SESSIONS.debug("[{}] connected to {}:{}", session, host, port);
        tell(() -> target.connected(session, host, port));
    }

    @Override
    public void tlsStarted(long session, TlsFacts tls) {
        SESSIONS.debug("[{}] {}", session, tls);
        tell(() -> target.tlsStarted(session, tls));
    }

    @Override
    public void ready(SessionInfo info) {
        SESSIONS.debug("[{}] ready", info.id());
        tell(() -> target.ready(info));
    }

    @Override
    public void commandSent(long session, Command command) {
        if (WIRE.isTraceEnabled()) {
            WIRE.trace("[{}] C: {}", session, command.display());
        }
        if (watched) {
            tell(() -> target.commandSent(session, command));
        }
    }

    @Override
    public void replyReceived(long session, Reply reply, boolean secret) {
        if (WIRE.isTraceEnabled()) {
            WIRE.trace("[{}] S: {}", session, secret ? reply.code() + " ***" : reply);
        }
        if (watched) {
            tell(() -> target.replyReceived(session, reply, secret));
        }
    }

    @Override
    public boolean wantsContent() {
        try {
            return watched && target.wantsContent();
        } catch (Throwable e) {
            Border.OBSERVER.log(e);
            return false;
        }
    }

    @Override
    public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
        if (WIRE.isTraceEnabled()) {
            WIRE.trace("[{}] C: <{} octets>", session, octets);
        }
        if (watched) {
            tell(() -> target.contentSent(session, octets, content, last));
        }
    }

    /** The same for a buffer, which may have to be copied to be shown. */
    public void contentSent(long session, ByteBuf piece, boolean shown, boolean last) {
        int octets = piece.readableBytes();
        if (watched) {
            tell(() -> contentSent(session, octets, shown ? piece.nioBuffer().asReadOnlyBuffer() : null, last));
        } else {
            contentSent(session, octets, null, last);
        }
    }

    @Override
    public void overlapLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
        SESSIONS.debug("{}:{} {} transactions behind one another", host, port, possible ? "takes" : "does not take");
        tell(() -> target.overlapLearnt(host, port, possible, reply));
    }

    @Override
    public void chunksLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
        SESSIONS.debug("{}:{} {} a chunk that it refuses", host, port, possible ? "reads" : "may not read");
        tell(() -> target.chunksLearnt(host, port, possible, reply));
    }

    @Override
    public void bareLineFeed(long session) {
        SESSIONS.debug("[{}] the server ends lines with LF alone", session);
        tell(() -> target.bareLineFeed(session));
    }

    @Override
    public void silent(long session, String sentence) {
        HINTS.warn("[{}] {}", session, sentence);
        tell(() -> target.silent(session, sentence));
    }

    @Override
    public void closed(long session, @Nullable Failure failure) {
        if (SESSIONS.isDebugEnabled()) {
            SESSIONS.debug("[{}] closed{}", session, failure == null ? "" : ": " + failure.message());
        }
        tell(() -> target.closed(session, failure));
    }
}
