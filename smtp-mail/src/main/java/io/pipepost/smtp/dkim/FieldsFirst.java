/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Passes content on, with octets in front of it that answer the first demand. */
final class FieldsFirst implements Flow.Subscriber<ByteBuffer>, Flow.Subscription {
    private final byte[] fields;
    private final Flow.Subscriber<? super ByteBuffer> subscriber;
    private final AtomicBoolean given = new AtomicBoolean();

    /** Written before the subscriber can ask for anything. */
    private Flow.@Nullable Subscription upstream;

    FieldsFirst(byte[] fields, Flow.Subscriber<? super ByteBuffer> subscriber) {
        this.fields = fields;
        this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        if (upstream != null) {
            subscription.cancel();
            return;
        }
        upstream = subscription;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
        Flow.Subscription source = upstream;
        if (source == null) {
            return;
        }
        long more = n;
        if (n > 0 && !given.getAndSet(true)) {
            subscriber.onNext(ByteBuffer.wrap(fields));
            more = n == Long.MAX_VALUE ? n : n - 1;
        }
        if (more != 0) {
            source.request(more);
        }
    }

    @Override
    public void cancel() {
        Flow.Subscription source = upstream;
        if (source != null) {
            source.cancel();
        }
    }

    @Override
    public void onNext(ByteBuffer piece) {
        subscriber.onNext(piece);
    }

    @Override
    public void onError(Throwable cause) {
        subscriber.onError(cause);
    }

    @Override
    public void onComplete() {
        subscriber.onComplete();
    }
}
