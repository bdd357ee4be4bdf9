/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Tells two observers. */
record TeeObserver(SmtpObserver first, SmtpObserver second) implements SmtpObserver {
    @Override
    public void connected(long session, String host, int port) {
        first.connected(session, host, port);
        second.connected(session, host, port);
    }

    @Override
    public void tlsStarted(long session, TlsFacts tls) {
        first.tlsStarted(session, tls);
        second.tlsStarted(session, tls);
    }

    @Override
    public void ready(SessionInfo info) {
        first.ready(info);
        second.ready(info);
    }

    @Override
    public void commandSent(long session, Command command) {
        first.commandSent(session, command);
        second.commandSent(session, command);
    }

    @Override
    public void replyReceived(long session, Reply reply, boolean secret) {
        first.replyReceived(session, reply, secret);
        second.replyReceived(session, reply, secret);
    }

    @Override
    public boolean wantsContent() {
        return first.wantsContent() || second.wantsContent();
    }

    @Override
    public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
        first.contentSent(session, octets, first.wantsContent() ? copy(content) : null, last);
        second.contentSent(session, octets, second.wantsContent() ? copy(content) : null, last);
    }

    private static @Nullable ByteBuffer copy(@Nullable ByteBuffer content) {
        return content == null ? null : content.duplicate();
    }

    @Override
    public void overlapLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
        first.overlapLearnt(host, port, possible, reply);
        second.overlapLearnt(host, port, possible, reply);
    }

    @Override
    public void chunksLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
        first.chunksLearnt(host, port, possible, reply);
        second.chunksLearnt(host, port, possible, reply);
    }

    @Override
    public void bareLineFeed(long session) {
        first.bareLineFeed(session);
        second.bareLineFeed(session);
    }

    @Override
    public void silent(long session, String sentence) {
        first.silent(session, sentence);
        second.silent(session, sentence);
    }

    @Override
    public void closed(long session, @Nullable Failure failure) {
        first.closed(session, failure);
        second.closed(session, failure);
    }

    @Override
    public void relayDown(Relay relay, Failure failure) {
        first.relayDown(relay, failure);
        second.relayDown(relay, failure);
    }

    @Override
    public void relayUp(Relay relay) {
        first.relayUp(relay);
        second.relayUp(relay);
    }

    @Override
    public void relayLimited(Relay relay, int connections, Failure failure) {
        first.relayLimited(relay, connections, failure);
        second.relayLimited(relay, connections, failure);
    }
}
