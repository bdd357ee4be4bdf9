/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Pieces one behind the other. Sources are subscribed to when it is their turn, and asked for one buffer at a time when
 * one is asked for here; so there is one of them here at most, and one that it became. Anybody may subscribe, any number
 * of times.
 */
public final class PieceStream implements Flow.Publisher<ByteBuffer> {
    /** The most that is encoded, or passed on from memory, at once. */
    static final int BLOCK = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final List<Piece> pieces;
    private final Executor blocking;

    /**
     * Creates a stream.
     *
     * @param pieces the pieces, in order
     * @param blocking for sources that block
     */
    public PieceStream(List<Piece> pieces, Executor blocking) {
        this.pieces = pieces;
        this.blocking = blocking;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Reading reading = new Reading(subscriber);
        subscriber.onSubscribe(reading);
        reading.run();
    }

    /** Whoever raises the number of signals from zero looks at everything, so nothing is concurrent or recurses. */
    private final class Reading implements Flow.Subscription {
        /** One from the start: nothing is signalled before onSubscribe has returned. */
        private final AtomicInteger signals = new AtomicInteger(1);

        private final AtomicLong demand = new AtomicLong();

        /** Written by the subscriber. */
        private volatile boolean cancelled;

        private volatile @Nullable Throwable broken;

        // What follows belongs to whoever runs; null means that the reading has ended.
        private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
        private int next;
        private @Nullable Inflow inflow;
        private ByteBuffer ready = NOTHING;

        Reading(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
        }

        @Override
        public void request(long n) {
            if (n > 0) {
                demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
            } else {
                broken = new IllegalArgumentException("Demand must be positive (rule 3.9), found " + n);
            }
            signal();
        }

        @Override
        public void cancel() {
            cancelled = true;
            signal();
        }

        void signal() {
            if (signals.getAndIncrement() == 0) {
                run();
            }
        }

        private void run() {
            int seen;
            do {
                seen = signals.get();
                while (advance()) {
                    // There is more to do.
                }
            } while (signals.addAndGet(-seen) != 0);
        }

        /** Does one step; false if there is nothing to do before the next signal. */
        private boolean advance() {
            Flow.Subscriber<? super ByteBuffer> to = subscriber;
            if (to == null || cancelled) {
                end();
                return false;
            }
            Throwable fault = broken;
            if (fault != null) {
                fail(fault, to);
                return false;
            }
            if (ready.hasRemaining()) {
                return demand.get() > 0 && passOn(to);
            }
            Inflow source = inflow;
            return source == null ? open(to) : readFrom(source, to);
        }

        private boolean passOn(Flow.Subscriber<? super ByteBuffer> to) {
            demand.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
            to.onNext(take(ready, 2 * BLOCK));
            return true;
        }

        private boolean open(Flow.Subscriber<? super ByteBuffer> to) {
            if (next == pieces.size()) {
                end();
                to.onComplete();
                return false;
            }
            Piece piece = pieces.get(next++);
            if (piece instanceof Piece.Bytes bytes) {
                ready = bytes.octets().duplicate();
            } else {
                Inflow opened = new Inflow((Piece.Source) piece, this);
                inflow = opened;
                opened.open(blocking);
            }
            return true;
        }

        private boolean readFrom(Inflow source, Flow.Subscriber<? super ByteBuffer> to) {
            Throwable fault = source.fault();
            if (fault != null) {
                fail(fault, to);
                return false;
            }
            if (source.gaveNothing()) {
                // One for one: whoever asks decides how long to go on with a source that has nothing to give.
                return passOn(to);
            }
            if (source.hasRemaining()) {
                if (demand.get() > 0) {
                    ready = source.encode();
                    return true;
                }
                return false;
            }
            if (source.hasEnded()) {
                ready = source.finish();
                inflow = null;
                return true;
            }
            if (demand.get() > 0) {
                source.pull();
            }
            return false;
        }

        private void fail(Throwable fault, Flow.Subscriber<? super ByteBuffer> to) {
            end();
            to.onError(fault);
        }

        private void end() {
            subscriber = null;
            ready = NOTHING;
            Inflow source = inflow;
            if (source != null) {
                source.cancel();
            }
        }
    }

    private static ByteBuffer take(ByteBuffer from, int most) {
        int length = Math.min(most, from.remaining());
        ByteBuffer taken = from.slice(from.position(), length);
        from.position(from.position() + length);
        return taken;
    }

    /** Buffers of one source. Signals may come from any thread; all else belongs to whoever runs the reading. */
    private static final class Inflow implements Flow.Subscriber<ByteBuffer> {
        private final Piece.Source source;
        private final Reading reading;
        private final Encoder encoder;
        private final AtomicInteger asked = new AtomicInteger();

        /** Whether what came is empty. Written by the source while it is asked, by the reading while it is not. */
        private volatile boolean empty;

        // Written by the source's thread before it signals.
        private volatile Flow.@Nullable Subscription subscription;
        private volatile ByteBuffer incoming = NOTHING;
        private volatile @Nullable Throwable error;
        private volatile boolean ended;

        private long octets;
        private boolean cancelled;

        Inflow(Piece.Source source, Reading reading) {
            this.source = source;
            this.reading = reading;
            this.encoder = source.encoder().get();
        }

        void open(Executor blocking) {
            try {
                source.publisher().apply(blocking).subscribe(this);
            } catch (Throwable e) {
                error = e;
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            Objects.requireNonNull(s, "subscription");
            if (subscription != null) {
                cancel(s);
                return;
            }
            subscription = s;
            reading.signal();
        }

        @Override
        public void onNext(ByteBuffer piece) {
            if (piece == null) {
                onError(new NullPointerException(source.name() + ": null was published"));
                throw new NullPointerException("piece");
            }
            if (asked.get() == 1) {
                incoming = piece;
                empty = !piece.hasRemaining();
                asked.set(0);
            } else {
                error = new IOException(source.name() + ": more was published than was requested");
            }
            reading.signal();
        }

        @Override
        public void onError(Throwable cause) {
            error = Objects.requireNonNull(cause, "cause");
            ended = true;
            reading.signal();
        }

        @Override
        public void onComplete() {
            ended = true;
            reading.signal();
        }

        /** What is wrong; a source that gives less than it said is found out at its end, one that gives more at once. */
        @Nullable
        Throwable fault() {
            Throwable known = error;
            if (known != null || source.octets() < 0) {
                return known;
            }
            long found = octets + incoming.remaining();
            boolean less = found < source.octets() && hasEnded();
            return less || found > source.octets()
                    ? new IOException("%s has %s than the %d octets that were expected"
                            .formatted(source.name(), less ? "less" : "more", source.octets()))
                    : null;
        }

        /** Tells it once. */
        boolean gaveNothing() {
            if (!empty || asked.get() == 1) {
                return false;
            }
            empty = false;
            return true;
        }

        boolean hasRemaining() {
            return incoming.hasRemaining();
        }

        /** Read in this order: the last buffer may come in between. */
        boolean hasEnded() {
            return ended && !incoming.hasRemaining();
        }

        ByteBuffer encode() {
            ByteBuffer piece = take(incoming, BLOCK);
            octets += piece.remaining();
            return encoder.encode(piece);
        }

        ByteBuffer finish() {
            return encoder.finish();
        }

        /** Nothing is on its way if the first condition holds, and the others stay as they are then. */
        void pull() {
            Flow.Subscription s = subscription;
            if (asked.get() == 0 && s != null && !ended && !incoming.hasRemaining()) {
                asked.set(1);
                try {
                    s.request(1);
                } catch (Throwable e) {
                    error = error == null ? e : error;
                    reading.signal();
                }
            }
        }

        void cancel() {
            Flow.Subscription s = subscription;
            if (s != null && !cancelled && !ended) {
                cancelled = true;
                cancel(s);
            }
        }

        private static void cancel(Flow.Subscription s) {
            try {
                s.cancel();
            } catch (Throwable e) {
                // It is not wanted any more, whatever it says.
            }
        }
    }
}
