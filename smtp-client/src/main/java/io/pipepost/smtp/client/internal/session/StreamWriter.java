/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes content from a publisher, asking for one buffer at a time and only while the channel takes more. Everything that
 * {@link ContentRules} demands is checked again, and that the octets are as many as announced: if not, no terminator is
 * ever written. Signals may come from any thread; they are carried over to the event loop.
 */
@EventLoopConfined
final class StreamWriter extends ContentWriter implements Flow.Subscriber<ByteBuffer> {
    private final Supplier<Flow.Publisher<ByteBuffer>> source;
    private final Limits limits;
    private final EventLoop loop;
    private final ContentScanner scanner = new ContentScanner();
    private final ContentEncoder encoder;

    private @Nullable Target target;
    private Flow.@Nullable Subscription subscription;

    /** The buffer in hand, not yet written to its end. */
    private @Nullable ByteBuffer current;

    /** The piece given on last is still here; see {@link #passOn}. */
    private @Nullable ByteBuf held;

    private boolean requested;

    /** The source has nothing more; the buffer in hand may still have to go. */
    private boolean sourceEnded;

    private boolean ended;

    private boolean pumping;
    private boolean pumpAgain;

    /**
     * What the content must keep to.
     *
     * @param octets as many as the source must give, -1 if unknown
     * @param canonicalOctets as many as must go out by BDAT, -1 for DATA
     * @param eightBit whether octets beyond ASCII are allowed
     * @param eightBitHeader whether they are allowed in the header
     */
    record Limits(
            long octets, long canonicalOctets, boolean eightBit, boolean eightBitHeader, ContentOptions options) {}

    StreamWriter(Supplier<Flow.Publisher<ByteBuffer>> source, Limits limits, EventLoop loop) {
        this.source = source;
        this.limits = limits;
        this.loop = loop;
        this.encoder = limits.canonicalOctets() < 0 ? ContentEncoder.forData() : ContentEncoder.forBdat();
    }

    @Override
    void start(Target to) {
        target = to;
        try {
            source.get().subscribe(this);
        } catch (RuntimeException e) {
            fail(sourceFailed(e));
        }
    }

    @Override
    void resume() {
        Target to = target;
        if (to != null) {
            pump(to);
        }
    }

    @Override
    void abort() {
        target = null;
        ended = true;
        ByteBuf unsent = held;
        if (unsent != null) {
            held = null;
            unsent.release();
        }
        Flow.Subscription s = subscription;
        if (s != null) {
            s.cancel();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        onLoop(() -> {
            if (subscription != null || ended) {
                s.cancel();
                return;
            }
            subscription = s;
            resume();
        });
    }

    @Override
    public void onNext(ByteBuffer piece) {
        onLoop(() -> accept(piece));
    }

    @Override
    public void onError(Throwable cause) {
        onLoop(() -> fail(sourceFailed(cause)));
    }

    @Override
    public void onComplete() {
        onLoop(this::complete);
    }

    private void onLoop(Runnable signal) {
        if (loop.inEventLoop()) {
            signal.run();
            return;
        }
        try {
            loop.execute(signal);
        } catch (RejectedExecutionException loopIsGone) {
            // The connection went with it, and whoever waits for this message has been told.
        }
    }

    private void accept(ByteBuffer piece) {
        Target to = target;
        if (ended || to == null) {
            return;
        }
        if (!requested) {
            fail(invalid("The content's publisher published more than was requested"));
            return;
        }
        requested = false;
        current = piece;
        scanner.scan(piece);
        Failure broken = check(scanner.facts());
        if (broken != null) {
            fail(broken);
            return;
        }
        pump(to);
    }

    /** A flush, or a source that answers at once, comes back here: that goes on in this loop, not inside of it. */
    private void pump(Target to) {
        pumpAgain = true;
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (pumpAgain && !ended) {
                pumpAgain = false;
                move(to);
            }
        } finally {
            pumping = false;
        }
    }

    private void move(Target to) {
        ByteBuffer piece = current;
        while (piece != null && piece.hasRemaining() && hasRoom(to)) {
            passOn(encode(piece), to);
        }
        if (piece != null && piece.hasRemaining()) {
            return;
        }
        current = null;
        if (sourceEnded) {
            finish(to);
        } else {
            requestNext(to);
        }
        to.flush();
    }

    /**
     * Gives on a piece; for BDAT the one before it. A chunk is complete, for the server, once all its octets are there,
     * so its last piece waits until the source has ended well. DATA has its terminator for that.
     */
    private void passOn(ByteBuf piece, Target to) {
        if (limits.canonicalOctets() < 0) {
            to.write(piece);
            return;
        }
        ByteBuf previous = held;
        held = piece;
        if (previous != null) {
            to.write(previous);
        }
    }

    private void requestNext(Target to) {
        Flow.Subscription s = subscription;
        if (!requested && s != null && hasRoom(to)) {
            requested = true;
            s.request(1);
        }
    }

    private static boolean hasRoom(Target to) {
        if (!to.isWritable()) {
            to.flush();
        }
        return to.isWritable();
    }

    private ByteBuf encode(ByteBuffer piece) {
        int length = Math.min(PIECE, piece.remaining());
        ByteBuf in = Unpooled.wrappedBuffer(piece.slice(piece.position(), length));
        piece.position(piece.position() + length);
        ByteBuf out = Unpooled.buffer(length + 64);
        encoder.encode(in, out);
        in.release();
        return out;
    }

    private void complete() {
        Target to = target;
        if (!ended && to != null) {
            sourceEnded = true;
            pump(to);
        }
    }

    private void finish(Target to) {
        Failure broken = checkEnd(scanner.facts());
        if (broken != null) {
            fail(broken);
            return;
        }
        ended = true;
        target = null;
        ByteBuf last = held == null ? Unpooled.buffer(8) : held;
        held = null;
        encoder.finish(last);
        handOver(last, to);
    }

    private @Nullable Failure check(ContentFacts facts) {
        if (facts.eightBit() && !limits.eightBit()) {
            return missing("8BITMIME", "octets beyond ASCII");
        }
        if (facts.eightBitHeader() && !limits.eightBitHeader()) {
            return missing("SMTPUTF8", "octets beyond ASCII in the header");
        }
        if (exceeds(facts.octets(), limits.octets()) || exceeds(facts.canonicalOctets(), limits.canonicalOctets())) {
            return changed(facts);
        }
        return ContentRules.broken(facts, limits.options(), Phase.WRITE);
    }

    private @Nullable Failure checkEnd(ContentFacts facts) {
        if (facts.octets() == 0) {
            return ContentRules.empty();
        }
        if (differs(facts.octets(), limits.octets()) || differs(facts.canonicalOctets(), limits.canonicalOctets())) {
            return changed(facts);
        }
        return check(facts);
    }

    private static boolean exceeds(long found, long expected) {
        return expected >= 0 && found > expected;
    }

    private static boolean differs(long found, long expected) {
        return expected >= 0 && found != expected;
    }

    private Failure changed(ContentFacts facts) {
        return invalid("The content's source gave " + facts.octets() + " octets, expected " + limits.octets());
    }

    private static Failure missing(String keyword, String what) {
        return Failure.of(
                FailureCause.EXTENSION_MISSING,
                Phase.WRITE,
                "Content holds " + what + ", which the server takes only with " + keyword);
    }

    private static Failure invalid(String message) {
        return Failure.of(FailureCause.CONTENT_FAILED, Phase.WRITE, message);
    }

    private static Failure sourceFailed(Throwable cause) {
        return new Failure(
                FailureCause.CONTENT_FAILED, Phase.WRITE, "The content's source failed: " + cause, null, cause);
    }

    private void fail(Failure failure) {
        Target to = target;
        if (ended || to == null) {
            return;
        }
        abort();
        to.contentFailed(failure);
    }
}
