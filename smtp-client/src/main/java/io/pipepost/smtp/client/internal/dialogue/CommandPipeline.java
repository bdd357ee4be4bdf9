/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The order of a session, without any I/O: exchanges not yet written, and exchanges written whose replies are missing.
 * SMTP has no request numbers; the head of the second queue owns the next reply.
 *
 * <p>RFC 2920 is this one condition: an exchange may be written if no reply is missing, or if the server allows groups
 * and the last one written does not end its group.
 */
@EventLoopConfined
public final class CommandPipeline {
    /** R-2920-11: replies that may be missing at a time. */
    static final int WINDOW = 256;

    /** Most sessions are idle, or carry one message. */
    private static final int FEW = 4;

    private final Deque<Exchange> waiting = new ArrayDeque<>(FEW);
    private final Deque<Exchange> awaitingReply = new ArrayDeque<>(FEW);
    private boolean pipelining;
    private boolean groupEnded;

    /** Whether the server takes commands in groups. */
    public void pipelining(boolean allowed) {
        pipelining = allowed;
    }

    /** Adds an exchange to those that wait; content without a command is what a 354 has asked for, and goes first. */
    void add(Exchange exchange) {
        if (exchange.command() == null) {
            waiting.addFirst(exchange);
        } else {
            waiting.add(exchange);
        }
    }

    /** A reply that comes without a command: the greeting. */
    public void expect(Exchange exchange) {
        awaitingReply.add(exchange);
        groupEnded = true;
    }

    /** Takes the next exchange that may be written now; null if there is none. */
    @Nullable
    Exchange nextToWrite() {
        if (waiting.isEmpty() || !mayWrite()) {
            return null;
        }
        Exchange exchange = waiting.remove();
        awaitingReply.add(exchange);
        groupEnded = exchange.endsGroup();
        return exchange;
    }

    private boolean mayWrite() {
        return awaitingReply.isEmpty() || (pipelining && !groupEnded && awaitingReply.size() < WINDOW);
    }

    /** Takes the owner of a reply that has come; null if nobody awaits one. */
    @Nullable
    Exchange ownerOfReply() {
        return awaitingReply.poll();
    }

    /** The owner of the next reply. */
    @Nullable
    public Exchange head() {
        return awaitingReply.peek();
    }

    boolean isEmpty() {
        return waiting.isEmpty() && awaitingReply.isEmpty();
    }

    /** Takes back exchanges that have not been written. */
    public List<Exchange> withdraw(Predicate<Exchange> which) {
        List<Exchange> taken = new ArrayList<>();
        waiting.removeIf(exchange -> which.test(exchange) && taken.add(exchange));
        taken.forEach(Exchange::abandonContent);
        return taken;
    }

    /** Ends the order: everything that is left, the oldest first. */
    List<Exchange> drain() {
        List<Exchange> all = new ArrayList<>(awaitingReply);
        all.addAll(waiting);
        awaitingReply.clear();
        waiting.clear();
        return all;
    }
}
