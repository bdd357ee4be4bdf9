/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;

/** Publishes each of its pieces when it is asked for, on the thread that asks, and then completes. */
public final class PieceSource implements Flow.Publisher<ByteBuffer> {
    private final List<byte[]> pieces;

    /** Publishes these. */
    public PieceSource(byte[]... pieces) {
        this(Arrays.asList(pieces));
    }

    /** Publishes these. */
    public PieceSource(List<byte[]> pieces) {
        this.pieces = pieces;
    }

    /** Publishes octets in pieces of one size, but for the last. */
    public static PieceSource split(byte[] octets, int size) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < octets.length; at += size) {
            pieces.add(Arrays.copyOfRange(octets, at, Math.min(octets.length, at + size)));
        }
        return new PieceSource(pieces);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Flow.Subscription() {
            private final List<byte[]> left = new ArrayList<>(pieces);
            private boolean ended;

            @Override
            public void request(long n) {
                if (!left.isEmpty()) {
                    subscriber.onNext(ByteBuffer.wrap(left.remove(0)));
                } else if (!ended) {
                    ended = true;
                    subscriber.onComplete();
                }
            }

            @Override
            public void cancel() {
                left.clear();
                ended = true;
            }
        });
    }
}
