/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.netty.channel.EventLoopGroup;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Sendable;
import java.util.Iterator;
import java.util.Objects;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Messages in, outcomes out, for a thread that may wait: it pulls the messages, and takes their outcomes as they come. */
public final class OutcomeSpliterator extends Spliterators.AbstractSpliterator<SendOutcome> {
    private static final String NO_MESSAGE = "The source of the messages gave null, expected a message";

    private final Iterator<? extends Sendable> source;
    private final MessageSender sender;
    private final int limit;
    private final EventLoopGroup loops;

    /** Filled by whoever settles a message, which must not meet a lock: it may be an event loop. */
    private final Queue<SendOutcome> outcomes = new ConcurrentLinkedQueue<>();

    /** Written by the thread that waits, read by whoever settles a message. */
    private volatile @Nullable Thread waiting;

    private int pulled;
    private boolean sourceEnded;
    private @Nullable Throwable sourceFailure;

    /**
     * Creates a passage.
     *
     * @param source gives the messages
     * @param sender sends them
     * @param limit how many may be pulled without their outcomes having been taken
     * @param loops what sends; their threads cannot wait for it
     */
    public OutcomeSpliterator(
            Iterator<? extends Sendable> source, MessageSender sender, int limit, EventLoopGroup loops) {
        super(Long.MAX_VALUE, Spliterator.NONNULL);
        this.source = source;
        this.sender = sender;
        this.limit = limit;
        this.loops = loops;
    }

    @Override
    public boolean tryAdvance(Consumer<? super SendOutcome> action) {
        if (!Loops.mayWait(loops)) {
            throw new IllegalStateException("Waiting for outcomes on an event loop would be a deadlock;"
                    + " sendAll(Flow.Publisher) needs no thread that waits");
        }
        pull();
        if (pulled == 0) {
            throwSourceFailure();
            return false;
        }
        SendOutcome outcome = take();
        pulled--;
        if (MessageSender.saysClosed(outcome)) {
            failSource(Objects.requireNonNull(outcome.failure()));
        }
        action.accept(outcome);
        return true;
    }

    /** Pulls at least one message if there is room for it, and no more than are needed to have an outcome to give. */
    private void pull() {
        boolean more = true;
        while (more && pulled < limit && !sourceEnded) {
            more = pullOne() && outcomes.isEmpty();
        }
    }

    private boolean pullOne() {
        Message message;
        try {
            if (!source.hasNext()) {
                sourceEnded = true;
                return false;
            }
            message = Objects.requireNonNull(source.next(), NO_MESSAGE).toMessage();
        } catch (Throwable e) {
            failSource(e);
            return false;
        }
        pulled++;
        sender.send(message, this::settled);
        return true;
    }

    private void settled(SendOutcome outcome) {
        outcomes.add(outcome);
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private void failSource(Throwable failure) {
        sourceEnded = true;
        sourceFailure = failure;
    }

    private void throwSourceFailure() {
        Throwable failure = sourceFailure;
        if (failure != null) {
            sourceFailure = null;
            OutcomeSpliterator.<RuntimeException>rethrow(failure);
        }
    }

    /** Whatever it is: an iterator of another language's may throw what it has not declared. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(Throwable failure) throws T {
        throw (T) failure;
    }

    private SendOutcome take() {
        SendOutcome ready = outcomes.poll();
        if (ready != null) {
            return ready;
        }
        waiting = Thread.currentThread();
        try {
            return await();
        } finally {
            waiting = null;
        }
    }

    private SendOutcome await() {
        while (true) {
            SendOutcome outcome = outcomes.poll();
            if (outcome != null) {
                return outcome;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("Interrupted while waiting for outcomes");
            }
            LockSupport.park(this);
        }
    }
}
