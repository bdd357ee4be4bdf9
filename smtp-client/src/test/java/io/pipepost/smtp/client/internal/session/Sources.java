/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Publishers of content. */
public final class Sources {
    private Sources() {}

    /** Publishes each piece when it is asked for, and completes. */
    public static Flow.Publisher<ByteBuffer> pieces(String... pieces) {
        return new Pieces(null, pieces);
    }

    /** Publishes each piece when it is asked for, and fails in place of completing. */
    public static Flow.Publisher<ByteBuffer> failing(Exception cause, String... pieces) {
        return new Pieces(cause, pieces);
    }

    /** Does what the test says; keeps the first subscriber only. */
    public static final class Manual implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
        private final List<String> log = new ArrayList<>();
        private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
        private long demand;
        private boolean cancelled;

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> to) {
            subscriber = to;
            to.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            demand += n;
            log.add("request " + n);
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        public long demand() {
            return demand;
        }

        public boolean isCancelled() {
            return cancelled;
        }

        List<String> log() {
            return log;
        }

        @SuppressWarnings("NullAway")
        public void next(@Nullable String piece) {
            demand--;
            subscriber().onNext(piece == null ? null : ByteBuffer.wrap(piece.getBytes(UTF_8)));
        }

        public void complete() {
            subscriber().onComplete();
        }

        public void fail() {
            subscriber().onError(new IOException("late"));
        }

        private Flow.Subscriber<? super ByteBuffer> subscriber() {
            return Objects.requireNonNull(subscriber);
        }
    }

    private static final class Pieces implements Flow.Publisher<ByteBuffer> {
        private final Deque<ByteBuffer> left = new ArrayDeque<>();
        private final @Nullable Exception cause;

        Pieces(@Nullable Exception cause, String... pieces) {
            this.cause = cause;
            Arrays.stream(pieces)
                    .map(piece -> ByteBuffer.wrap(piece.getBytes(UTF_8)))
                    .forEach(left::add);
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {
                    publish(subscriber);
                }

                @Override
                public void cancel() {
                    left.clear();
                }
            });
        }

        private void publish(Flow.Subscriber<? super ByteBuffer> subscriber) {
            if (!left.isEmpty()) {
                subscriber.onNext(left.remove());
            } else if (cause == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(cause);
            }
        }
    }
}
