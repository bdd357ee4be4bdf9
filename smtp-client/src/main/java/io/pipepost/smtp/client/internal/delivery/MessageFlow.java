/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.client.SendOutcome;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Sendable;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages in, outcomes out, in the order in which they become known. As many messages are pulled as may be under way,
 * those included whose outcome nobody has asked for yet.
 */
public final class MessageFlow implements Flow.Publisher<SendOutcome> {
    private final Flow.Publisher<? extends Sendable> source;
    private final MessageSender sender;
    private final int limit;
    private final OpenFlows open;

    /**
     * Creates a flow; each of its subscribers subscribes to the source anew.
     *
     * @param source gives the messages
     * @param sender sends them
     * @param limit how many may be pulled without their outcomes having been taken
     * @param open ends flows when the client is closed
     */
    public MessageFlow(Flow.Publisher<? extends Sendable> source, MessageSender sender, int limit, OpenFlows open) {
        this.source = source;
        this.sender = sender;
        this.limit = limit;
        this.open = open;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super SendOutcome> subscriber) {
        Run run = new Run(Objects.requireNonNull(subscriber, "subscriber"));
        try {
            subscriber.onSubscribe(run);
        } catch (Throwable e) {
            Border.SUBSCRIBER.log(e);
            return;
        }
        open.add(run);
        try {
            source.subscribe(run);
        } catch (Throwable e) {
            run.onSourceThrew(e);
        }
    }

    /** One passage. Whoever raises {@link #signals} from zero looks at everything, so signals are never concurrent. */
    final class Run implements Flow.Subscriber<Sendable>, Flow.Subscription {
        /** Far below zero: what comes in all the same is not sent. */
        private static final int NO_MORE = Integer.MIN_VALUE;

        private final Queue<SendOutcome> outcomes = new ConcurrentLinkedQueue<>();
        private final AtomicLong demand = new AtomicLong();
        private final AtomicInteger underWay = new AtomicInteger();
        private final AtomicInteger signals = new AtomicInteger();

        // Written by one side, read by whoever looks.
        private volatile Flow.@Nullable Subscription upstream;
        private volatile boolean sourceEnded;
        private volatile @Nullable Throwable sourceFailure;
        private volatile boolean cancelled;
        private volatile boolean wanted;
        private volatile boolean misused;

        // Touched by whoever looks.
        private Flow.@Nullable Subscriber<? super SendOutcome> downstream;
        private int pulled;

        Run(Flow.Subscriber<? super SendOutcome> downstream) {
            this.downstream = downstream;
        }

        // ---- from the source

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            requireGiven(subscription, "a subscription");
            if (upstream != null) {
                Border.MESSAGES.tell(subscription::cancel);
                return;
            }
            upstream = subscription;
            if (cancelled || sourceEnded) {
                cancelUpstream();
            }
            look();
        }

        /** Null breaks the rules: the source is told at once (2.13), and the subscriber that nothing more comes. */
        private void requireGiven(@Nullable Object given, String expected) {
            if (given == null) {
                onSourceThrew(Border.MESSAGES.gaveNull(expected));
                throw new NullPointerException("Expected " + expected);
            }
        }

        @Override
        public void onNext(Sendable mail) {
            requireGiven(mail, "a message");
            Message message;
            try {
                message = Border.MESSAGES.get(mail::toMessage, "a message");
            } catch (Border.Fault e) {
                onSourceThrew(e);
                return;
            }
            if (cancelled || underWay.incrementAndGet() < 0) {
                return;
            }
            sender.send(message, this::settled);
        }

        private void settled(SendOutcome outcome) {
            outcomes.add(outcome);
            if (upstream != null && MessageSender.saysClosed(outcome)) {
                // All that follows would fail alike, and a source without end would never let go of this thread.
                endSource(outcome.failure());
            }
            underWay.decrementAndGet();
            look();
        }

        @Override
        public void onError(Throwable failure) {
            requireGiven(failure, "an error");
            sourceFailure = failure;
            onComplete();
        }

        @Override
        public void onComplete() {
            sourceEnded = true;
            look();
        }

        /** Nothing more is pulled; a source may say nothing, for ever, so that no outcome would tell. */
        void onClientClosed(SmtpException reason) {
            if (!sourceEnded) {
                endSource(reason);
            }
            look();
        }

        private void endSource(@Nullable Throwable reason) {
            cancelUpstream();
            sourceFailure = reason;
            sourceEnded = true;
        }

        /** It may not say anything more, so this is its end. */
        void onSourceThrew(Throwable thrown) {
            if (sourceEnded) {
                if (!(sourceFailure instanceof Border.Fault)) {
                    Border.MESSAGES.log(thrown);
                }
                return;
            }
            cancelUpstream();
            onError(thrown);
        }

        private void cancelUpstream() {
            Flow.Subscription subscription = upstream;
            if (subscription != null) {
                Border.MESSAGES.tell(subscription::cancel);
            }
        }

        // ---- from the subscriber

        @Override
        public void request(long n) {
            if (n <= 0) {
                misused = true;
            } else {
                demand.accumulateAndGet(n, (had, more) -> had + more < 0 ? Long.MAX_VALUE : had + more);
                wanted = true;
            }
            look();
        }

        @Override
        public void cancel() {
            cancelled = true;
            cancelUpstream();
            look();
        }

        // ---- one at a time

        private void look() {
            if (signals.getAndIncrement() != 0) {
                return;
            }
            int seen = 1;
            do {
                Flow.Subscriber<? super SendOutcome> subscriber = downstream;
                if (subscriber != null) {
                    advance(subscriber);
                }
                seen = signals.addAndGet(-seen);
            } while (seen != 0);
        }

        private void advance(Flow.Subscriber<? super SendOutcome> subscriber) {
            if (misused && !cancelled) {
                cancel();
                end(subscriber, new IllegalArgumentException("A demand must be positive"));
                return;
            }
            // Asked before the outcomes are looked at: the last one is there before nothing is under way.
            boolean last = sourceEnded && (underWay.get() < 0 || underWay.compareAndSet(0, NO_MORE));
            emit(subscriber);
            if (cancelled) {
                forget();
                outcomes.clear();
            } else if (last && outcomes.isEmpty()) {
                end(subscriber, sourceFailure);
            } else {
                pull();
            }
        }

        private void emit(Flow.Subscriber<? super SendOutcome> subscriber) {
            long allowed = demand.get();
            long given = 0;
            while (given < allowed && !cancelled) {
                SendOutcome outcome = outcomes.poll();
                if (outcome == null) {
                    break;
                }
                given++;
                pulled--;
                try {
                    subscriber.onNext(outcome);
                } catch (Throwable e) {
                    // It counts as cancelled (rule 2.13).
                    cancel();
                    Border.SUBSCRIBER.log(e);
                }
            }
            if (allowed != Long.MAX_VALUE) {
                demand.addAndGet(-given);
            }
        }

        private void end(Flow.Subscriber<? super SendOutcome> subscriber, @Nullable Throwable failure) {
            forget();
            Border.SUBSCRIBER.tell(() -> {
                if (failure == null) {
                    subscriber.onComplete();
                } else {
                    subscriber.onError(failure);
                }
            });
        }

        private void forget() {
            downstream = null;
            open.remove(this);
        }

        private void pull() {
            Flow.Subscription subscription = upstream;
            int room = limit - pulled;
            if (subscription != null && wanted && !sourceEnded && room > 0) {
                pulled += room;
                try {
                    subscription.request(room);
                } catch (Throwable e) {
                    onSourceThrew(e);
                }
            }
        }
    }
}
