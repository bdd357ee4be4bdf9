/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Publishers of content. */
final class Sources {
    private Sources() {}

    /** Publishes each piece when it is asked for, and completes. */
    static Flow.Publisher<ByteBuffer> pieces(String... pieces) {
        return new Pieces(null, pieces);
    }

    /** Publishes each piece when it is asked for, and fails in place of completing. */
    static Flow.Publisher<ByteBuffer> failing(Exception cause, String... pieces) {
        return new Pieces(cause, pieces);
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
