/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes what a publisher of octets has, one buffer at a time or as asked. */
public final class OctetTaker implements Flow.Subscriber<ByteBuffer> {
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> end = new CompletableFuture<>();
    private final boolean greedy;
    private volatile Flow.@Nullable Subscription subscription;

    /** Takes nothing by itself. */
    public OctetTaker() {
        this(false);
    }

    private OctetTaker(boolean greedy) {
        this.greedy = greedy;
    }

    /** All octets of the content. */
    public static byte[] all(Content content) {
        ExecutorService blocking = Executors.newSingleThreadExecutor();
        try {
            return start(content.open(blocking)).get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            blocking.shutdown();
        }
    }

    /** All octets, or the failure, in the end. Nothing is asked for before the last buffer was taken. */
    public static CompletableFuture<byte[]> start(Flow.Publisher<ByteBuffer> publisher) {
        OctetTaker taker = new OctetTaker(true);
        publisher.subscribe(taker);
        return taker.end;
    }

    /** All octets, or the failure, in the end; files are read by the executor. */
    public static CompletableFuture<byte[]> start(Content content, Executor blocking) {
        return start(content.open(blocking));
    }

    public void request(long n) {
        Objects.requireNonNull(subscription).request(n);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        subscription = s;
        if (greedy) {
            s.request(1);
        }
    }

    @Override
    public void onNext(ByteBuffer piece) {
        byte[] copy = new byte[piece.remaining()];
        piece.get(copy);
        octets.writeBytes(copy);
        if (greedy) {
            request(1);
        }
    }

    @Override
    public void onError(Throwable cause) {
        end.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        end.complete(octets.toByteArray());
    }
}
