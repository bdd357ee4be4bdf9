/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.netty.util.concurrent.FastThreadLocalThread;
import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.mail.Message;
import java.util.Iterator;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Messages in, outcomes out, for a thread that may wait: it pulls the messages, and takes their outcomes as they come. */
public final class OutcomeSpliterator extends Spliterators.AbstractSpliterator<SendOutcome> {
    private final Iterator<Message> source;
    private final MessageSender sender;
    private final int limit;

    /** Filled by whoever settles a message; its room is bounded by the limit. */
    private final BlockingQueue<SendOutcome> outcomes = new LinkedBlockingQueue<>();

    private int pulled;
    private boolean sourceEnded;
    private @Nullable RuntimeException sourceFailure;

    /**
     * Creates a passage.
     *
     * @param source gives the messages
     * @param sender sends them
     * @param limit how many may be pulled without their outcomes having been taken
     */
    public OutcomeSpliterator(Iterator<Message> source, MessageSender sender, int limit) {
        super(Long.MAX_VALUE, Spliterator.NONNULL);
        this.source = source;
        this.sender = sender;
        this.limit = limit;
    }

    @Override
    public boolean tryAdvance(Consumer<? super SendOutcome> action) {
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
        while (more && pulled < limit && hasNext()) {
            more = pullOne() && outcomes.isEmpty();
        }
    }

    private boolean hasNext() {
        try {
            sourceEnded = sourceEnded || !source.hasNext();
        } catch (RuntimeException e) {
            failSource(e);
        }
        return !sourceEnded;
    }

    private boolean pullOne() {
        Message message;
        try {
            message = Objects.requireNonNull(source.next(), "message");
        } catch (RuntimeException e) {
            failSource(e);
            return false;
        }
        pulled++;
        sender.send(message, outcomes::add);
        return true;
    }

    private void failSource(RuntimeException failure) {
        sourceEnded = true;
        sourceFailure = failure;
    }

    private void throwSourceFailure() {
        RuntimeException failure = sourceFailure;
        if (failure != null) {
            sourceFailure = null;
            throw failure;
        }
    }

    private SendOutcome take() {
        SendOutcome ready = outcomes.poll();
        if (ready != null) {
            return ready;
        }
        if (Thread.currentThread() instanceof FastThreadLocalThread) {
            throw new IllegalStateException("Waiting for outcomes on an event loop would be a deadlock");
        }
        try {
            return outcomes.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException)
                    new CancellationException("Interrupted while waiting for outcomes").initCause(e);
        }
    }
}
