/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.Flow;

/** Publishes some of its octets, never all of them and their end, and does not keep to the rules. */
final class BrokenPieces implements Flow.Publisher<ByteBuffer> {
    private enum Way {
        THROWS_AT_SUBSCRIBE,
        THROWS_BEHIND_SUBSCRIPTION,
        THROWS_AT_REQUEST,
        THROWS_AT_CANCEL,
        GIVES_NULL,
        FAILS_TWICE,
        FALLS_SILENT,
        GIVES_EMPTY_BUFFERS
    }

    private final byte[] octets;
    private final int size;
    private final Way way;
    private final Throwable trouble;

    BrokenPieces(byte[] octets, int size, SplittableRandom random) {
        this.octets = octets;
        this.size = size;
        this.way = Way.values()[random.nextInt(Way.values().length)];
        this.trouble = Trouble.draw(random);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        if (way == Way.THROWS_AT_SUBSCRIBE) {
            throw Trouble.sneak(trouble);
        }
        subscriber.onSubscribe(new Giving(subscriber));
        if (way == Way.THROWS_BEHIND_SUBSCRIPTION) {
            throw Trouble.sneak(trouble);
        }
    }

    private final class Giving implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private int given;

        Giving(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            int length = Math.min(size, octets.length - given - 1);
            if (length > 0) {
                ByteBuffer piece = ByteBuffer.wrap(octets, given, length).slice();
                given += length;
                subscriber.onNext(piece);
            } else {
                misbehave();
            }
        }

        private void misbehave() {
            switch (way) {
                case THROWS_AT_REQUEST -> throw Trouble.sneak(trouble);
                case GIVES_NULL -> subscriber.onNext(nothing());
                case GIVES_EMPTY_BUFFERS -> subscriber.onNext(ByteBuffer.allocate(0));
                case FALLS_SILENT -> {}
                default -> {
                    subscriber.onError(trouble);
                    subscriber.onError(trouble);
                }
            }
        }

        @SuppressWarnings("NullAway") // As code does that no compiler has looked at.
        private static ByteBuffer nothing() {
            return null;
        }

        @Override
        public void cancel() {
            if (way == Way.THROWS_AT_CANCEL) {
                throw Trouble.sneak(trouble);
            }
        }
    }
}
