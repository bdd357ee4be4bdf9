/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Message;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Numbered messages, made when they are asked for, on the thread that asks; counts how far it was asked. */
final class MessageSource implements Flow.Publisher<Message> {
    private final long count;
    private final LongFunction<Message> make;
    private final @Nullable Throwable failure;
    private final AtomicLong made = new AtomicLong();
    private final AtomicBoolean cancelled = new AtomicBoolean();

    MessageSource(long count, LongFunction<Message> make, @Nullable Throwable failure) {
        this.count = count;
        this.make = make;
        this.failure = failure;
    }

    static MessageSource of(long count) {
        return new MessageSource(count, number -> Mails.message((int) number), null);
    }

    static MessageSource failingAfter(long count, Throwable failure) {
        return new MessageSource(count, number -> Mails.message((int) number), failure);
    }

    long made() {
        return made.get();
    }

    boolean isCancelled() {
        return cancelled.get();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Message> subscriber) {
        Giving giving = new Giving(subscriber);
        subscriber.onSubscribe(giving);
        if (count == 0) {
            giving.end();
        }
    }

    private final class Giving implements Flow.Subscription {
        private final Flow.Subscriber<? super Message> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private volatile boolean ended;
        private long next;

        Giving(Flow.Subscriber<? super Message> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (demand.getAndAdd(n) > 0) {
                return;
            }
            do {
                give();
            } while (demand.decrementAndGet() > 0);
        }

        private void give() {
            if (ended || next == count) {
                return;
            }
            made.incrementAndGet();
            subscriber.onNext(make.apply(next++));
            if (next == count) {
                end();
            }
        }

        private void end() {
            if (ended) {
                return;
            }
            ended = true;
            if (failure == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(failure);
            }
        }

        @Override
        public void cancel() {
            ended = true;
            cancelled.set(true);
        }
    }
}
