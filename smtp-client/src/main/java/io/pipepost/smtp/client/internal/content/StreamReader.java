/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads content from a publisher, asking for one buffer at a time and only while there is room for more, and encodes it.
 * Everything that {@link ContentRules} demands is checked again, and that the octets are as many as announced: if not,
 * the content fails and never ends well. Signals may come from any thread; they are carried over to the event loop.
 */
@EventLoopConfined
public final class StreamReader implements Flow.Subscriber<ByteBuffer> {
    /** So many buffers are taken, perhaps all at once and perhaps without an octet, before others have their turn. */
    private static final int BUFFERS_PER_TURN = 64;

    private final Supplier<Flow.Publisher<ByteBuffer>> source;
    private final Limits limits;
    private final EventLoop loop;
    private final ContentScanner scanner = new ContentScanner();
    private final ContentEncoder encoder;

    private final Out out;

    private Flow.@Nullable Subscription subscription;

    /** The buffer in hand, not yet written to its end. */
    private @Nullable ByteBuffer current;

    private boolean requested;

    /** The source has nothing more; the buffer in hand may still have to go. */
    private boolean sourceEnded;

    private boolean ended;

    private boolean pumping;
    private boolean pumpAgain;

    /** Buffers taken since others had their turn; nothing is asked for while this waits for the next one. */
    private int buffers;

    private boolean waitingForTurn;

    /**
     * What the content must keep to.
     *
     * @param octets as many as the source must give, -1 if unknown
     * @param canonicalOctets as many as they must be once their line ends are CRLF, -1 if unknown
     * @param eightBit whether octets beyond ASCII are allowed
     * @param eightBitHeader whether they are allowed in the header
     */
    public record Limits(
            long octets, long canonicalOctets, boolean eightBit, boolean eightBitHeader, ContentOptions options) {}

    /** Where encoded content goes to. */
    interface Out {
        /** How many octets may be encoded now; 0 if {@link #resume} will say when. */
        int room();

        /** A buffer to which about so many octets will be added. */
        ByteBuf buffer(int octets);

        /** That buffer, with more in it. */
        void filled(ByteBuf buffer);

        /** That buffer, with the end of the content in it. */
        void ended(ByteBuf buffer);

        void failed(Failure failure);

        /** Nothing more comes for now. */
        void flush();
    }

    StreamReader(
            Supplier<Flow.Publisher<ByteBuffer>> source,
            Limits limits,
            ContentEncoder encoder,
            EventLoop loop,
            Out out) {
        this.source = source;
        this.limits = limits;
        this.encoder = encoder;
        this.loop = loop;
        this.out = out;
    }

    void start() {
        try {
            Border.CONTENT.get(source, "a publisher").subscribe(this);
        } catch (Throwable e) {
            fail(sourceFailed(e));
        }
    }

    /** There is room again. */
    void resume() {
        if (!ended) {
            pump();
        }
    }

    /** Stops for good, whatever is left. */
    void abort() {
        ended = true;
        Flow.Subscription s = subscription;
        if (s != null) {
            cancel(s);
        }
    }

    private static void cancel(Flow.Subscription s) {
        Border.CONTENT.tell(s::cancel);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        onLoop(() -> {
            if (s == null) {
                fail(invalid("The content's publisher gave no subscription"));
                return;
            }
            if (subscription != null || ended) {
                cancel(s);
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
        onLoop(() -> fail(sourceFailed(cause == null ? Border.CONTENT.gaveNull("an error") : cause)));
    }

    @Override
    public void onComplete() {
        onLoop(this::complete);
    }

    private void onLoop(Runnable signal) {
        if (loop.inEventLoop()) {
            guarded(signal);
        } else {
            // If the loop is gone, so is the connection, and whoever waits for this message has been told.
            Loops.execute(loop, () -> guarded(signal));
        }
    }

    /** What is thrown in here is no fault of the source, which must neither hear of it nor be blamed. */
    private void guarded(Runnable signal) {
        try {
            signal.run();
        } catch (Throwable e) {
            fail(new Failure(
                    FailureCause.CONTENT_FAILED, Phase.WRITE, "Cannot encode the content: " + Words.of(e), null, e));
        }
    }

    private void accept(@Nullable ByteBuffer piece) {
        if (ended) {
            return;
        }
        if (!requested) {
            fail(invalid("The content's publisher published more than was requested"));
            return;
        }
        if (piece == null) {
            fail(invalid("The content's publisher published null"));
            return;
        }
        requested = false;
        buffers++;
        current = piece;
        scanner.scan(piece);
        Failure broken = check(scanner.facts());
        if (broken != null) {
            fail(broken);
            return;
        }
        pump();
    }

    /** A flush, or a source that answers at once, comes back here: that goes on in this loop, not inside of it. */
    private void pump() {
        pumpAgain = true;
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (pumpAgain && !ended) {
                pumpAgain = false;
                move();
            }
        } finally {
            pumping = false;
        }
    }

    private void move() {
        ByteBuffer piece = current;
        int room = 1;
        while (piece != null && piece.hasRemaining() && room > 0 && !ended) {
            room = out.room();
            encode(piece, Math.min(room, piece.remaining()));
        }
        if (ended || (piece != null && piece.hasRemaining())) {
            return;
        }
        current = null;
        if (!sourceEnded) {
            requestNext();
        } else if (out.room() > 0) {
            finish();
        }
        out.flush();
    }

    private void encode(ByteBuffer piece, int length) {
        if (length > 0) {
            ByteBuf in = Unpooled.wrappedBuffer(piece.slice(piece.position(), length));
            piece.position(piece.position() + length);
            ByteBuf buffer = out.buffer(length);
            encoder.encode(in, buffer);
            in.release();
            out.filled(buffer);
        }
    }

    private void requestNext() {
        Flow.Subscription s = subscription;
        if (requested || waitingForTurn || s == null || out.room() == 0) {
            return;
        }
        if (buffers == BUFFERS_PER_TURN) {
            awaitTurn();
            return;
        }
        requested = true;
        try {
            s.request(1);
        } catch (Throwable e) {
            fail(sourceFailed(e));
        }
    }

    /** Tasks that follow one another without a pause keep an event loop from reading and writing; timers do not. */
    private void awaitTurn() {
        waitingForTurn = true;
        try {
            loop.schedule(this::takeTurn, 0, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException loopIsGone) {
            // As above.
        }
    }

    private void takeTurn() {
        waitingForTurn = false;
        buffers = 0;
        resume();
    }

    private void complete() {
        if (!ended) {
            sourceEnded = true;
            pump();
        }
    }

    private void finish() {
        Failure broken = checkEnd(scanner.facts());
        if (broken != null) {
            fail(broken);
            return;
        }
        ended = true;
        ByteBuf last = out.buffer(8);
        encoder.finish(last);
        out.ended(last);
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

    /** What reads files says all in its messages. */
    private static Failure sourceFailed(Throwable cause) {
        if (cause instanceof Border.Fault fault) {
            return fault.toFailure(FailureCause.CONTENT_FAILED, Phase.WRITE);
        }
        String why = cause instanceof IOException && cause.getMessage() != null
                ? cause.getMessage()
                : Border.CONTENT.textOf(cause);
        return new Failure(
                FailureCause.CONTENT_FAILED, Phase.WRITE, "The content's source failed: " + why, null, cause);
    }

    private void fail(Failure failure) {
        if (!ended) {
            abort();
            out.failed(failure);
        }
    }
}
