/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts flights once sessions are ready for mail: what is written after a reply and before the next one is a flight, and
 * each costs a round trip.
 */
final class FlightMeter implements SmtpObserver {
    private final LongAdder flights = new LongAdder();
    private final Set<TlsFacts> tls = ConcurrentHashMap.newKeySet();

    /** Ready sessions, with whether their last event was a write; each is used on its own event loop. */
    private final Map<Long, Boolean> writing = new ConcurrentHashMap<>();

    private final LongAdder sessions = new LongAdder();

    long flights() {
        return flights.sum();
    }

    long sessions() {
        return sessions.sum();
    }

    Set<TlsFacts> tls() {
        return tls;
    }

    @Override
    public void tlsStarted(long session, TlsFacts facts) {
        tls.add(facts);
    }

    @Override
    public void ready(SessionInfo info) {
        sessions.increment();
        writing.put(info.id(), false);
    }

    @Override
    public void commandSent(long session, Command command) {
        if (command.verb() != Verb.QUIT) {
            wrote(session);
        }
    }

    @Override
    public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
        wrote(session);
    }

    private void wrote(long session) {
        if (Boolean.FALSE.equals(writing.replace(session, true))) {
            flights.increment();
        }
    }

    @Override
    public void replyReceived(long session, Reply reply, boolean secret) {
        writing.replace(session, false);
    }

    @Override
    public void closed(long session, @Nullable Failure failure) {
        writing.remove(session);
    }
}
