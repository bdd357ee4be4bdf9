/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.MessagingException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a {@link RenderedMessage}. The message writes into this stream on a thread of its own, which passes on
 * each full chunk when one is asked for and waits before: so there is one chunk here, and one that it became.
 */
final class Rendering extends OutputStream implements Flow.Subscription {
    /** What a transport of Jakarta Mail leaves out as well. */
    static final String[] LEFT_OUT = {"Bcc", "Content-Length"};

    static final int CHUNK = 64 * 1024;

    private final RenderedMessage source;
    private final Flow.Subscriber<? super ByteBuffer> subscriber;

    /** The subscriber knows its subscription, and has asked for something: two things, before which nothing begins. */
    private final AtomicInteger missing = new AtomicInteger(2);

    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicLong demand = new AtomicLong();

    /** Written by the subscriber. */
    private volatile boolean cancelled;

    private volatile @Nullable IllegalArgumentException fault;

    /** Written by the writer, read by whoever wakes it. */
    private volatile @Nullable Thread writer;

    private byte[] chunk = new byte[0];
    private int filled;

    Rendering(RenderedMessage source, Flow.Subscriber<? super ByteBuffer> subscriber) {
        this.source = source;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
        if (n > 0) {
            demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
        } else {
            fault = new IllegalArgumentException("Demand must be positive (rule 3.9), found " + n);
        }
        if (asked.compareAndSet(false, true)) {
            proceed();
        }
        LockSupport.unpark(writer);
    }

    @Override
    public void cancel() {
        cancelled = true;
        LockSupport.unpark(writer);
    }

    /** One of the two things is there. */
    void proceed() {
        if (missing.decrementAndGet() > 0) {
            return;
        }
        try {
            source.blocking().execute(this::run);
        } catch (Throwable e) {
            subscriber.onError(e);
        }
    }

    private void run() {
        Thread thread = Thread.currentThread();
        ClassLoader loader = thread.getContextClassLoader();
        thread.setContextClassLoader(source.loader());
        writer = thread;
        try {
            render();
        } finally {
            writer = null;
            thread.setContextClassLoader(loader);
        }
    }

    private void render() {
        Throwable failure = null;
        try {
            if (!cancelled) {
                source.message().writeTo(this, LEFT_OUT);
                passOn();
            }
        } catch (IOException | MessagingException | RuntimeException | Error e) {
            failure = e;
        }
        chunk = new byte[0];
        IllegalArgumentException ofSubscriber = fault;
        if (cancelled) {
            return;
        }
        if (ofSubscriber != null) {
            subscriber.onError(ofSubscriber);
        } else if (failure != null) {
            subscriber.onError(failure);
        } else {
            subscriber.onComplete();
        }
    }

    // ---- the stream, which belongs to the writer

    @Override
    public void write(int octet) throws IOException {
        makeRoom();
        chunk[filled++] = (byte) octet;
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        int from = offset;
        int left = length;
        while (left > 0) {
            makeRoom();
            int n = Math.min(left, chunk.length - filled);
            System.arraycopy(octets, from, chunk, filled, n);
            filled += n;
            from += n;
            left -= n;
        }
    }

    private void makeRoom() throws IOException {
        if (filled == chunk.length) {
            passOn();
            chunk = new byte[CHUNK];
        }
    }

    private void passOn() throws IOException {
        if (filled > 0) {
            awaitDemand();
            ByteBuffer piece = ByteBuffer.wrap(chunk, 0, filled);
            chunk = new byte[0];
            filled = 0;
            subscriber.onNext(piece);
        }
    }

    private void awaitDemand() throws IOException {
        while (demand.get() == 0 && !cancelled && fault == null) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("Interrupted while content was waiting to be sent");
            }
            LockSupport.park(this);
        }
        if (cancelled || fault != null) {
            throw new IOException("The content is not wanted any more");
        }
        demand.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
    }
}
