/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which reply is watched, and since when: the oldest that is missing, once all that it answers was written (R-5321-14); or,
 * while none is missing, another step.
 */
@EventLoopConfined
final class ReplyClock {
    /** What is said if the source of content gives nothing. */
    static final String SOURCE_SILENT = "No content from its source";

    private final EventLoop loop;
    private final CommandPipeline pipeline;
    private final Timeouts timeouts;
    private final Consumer<Failure> onLate;
    private final Deadline deadline;

    /** The step that is watched while no reply is. */
    private @Nullable Phase other;

    /** Whose answer is missing in that step; null if it is the server's. */
    private @Nullable Border asked;

    private boolean reading;

    /** When the read began; asking for the time at each reply costs more than it tells. */
    private long readAt;

    /** Another reply is the oldest missing one since the read began; the clock is set once, at its end. */
    private boolean headMoved;

    ReplyClock(EventLoop loop, CommandPipeline pipeline, Timeouts timeouts, Consumer<Failure> onLate) {
        this.loop = loop;
        this.pipeline = pipeline;
        this.timeouts = timeouts;
        this.onLate = onLate;
        this.deadline = new Deadline(loop, this::onExpiry);
    }

    // ---- what happens

    void onRead() {
        assert loop.inEventLoop();
        if (!reading) {
            reading = true;
            readAt = loop.ticker().nanoTime();
        }
    }

    void onReadComplete() {
        reading = false;
        if (headMoved) {
            headMoved = false;
            watchHead(readAt);
        }
    }

    /** The reply that was watched has come; returns for how long it was watched, 0 if it was not. */
    long onAnswered() {
        headMoved = true;
        return deadline.isArmed() ? deadline.elapsedNanos(readAt) : 0;
    }

    /** Commands were written. */
    void onWritten() {
        if (!deadline.isArmed() || other != null) {
            watchHead(now());
        }
    }

    /** The socket has taken the last octet of this content. */
    void onWritten(ContentWriter content) {
        Exchange head = pipeline.head();
        if (head != null && head.content() == content) {
            watchHead(now());
        }
    }

    // ---- what is watched

    private void watchHead(long since) {
        Exchange head = pipeline.head();
        ContentWriter content = head == null ? null : head.content();
        if (head == null || (content != null && !content.isWritten())) {
            deadline.disarm();
        } else {
            other = null;
            deadline.arm(head.patience(timeouts), since);
        }
    }

    /**
     * Watches a step in which no reply is missing.
     *
     * @param border whose answer is awaited; null if it is the server's
     */
    void watch(Phase step, @Nullable Border border) {
        assert loop.inEventLoop();
        other = step;
        asked = border;
        headMoved = false;
        deadline.arm(timeouts.of(step));
    }

    /** A step without a clock, in which no reply may come. */
    void expectNothing(Phase step) {
        other = step;
    }

    /** The step that goes on while no reply is missing. */
    @Nullable
    Phase other() {
        return other;
    }

    void cancel() {
        deadline.cancel();
    }

    private long now() {
        return reading ? readAt : loop.ticker().nanoTime();
    }

    private void onExpiry() {
        Exchange head = pipeline.head();
        if (head != null) {
            onLate.accept(Endings.timeout(head.phase(), head.step(), head.patience(timeouts), "No complete reply"));
            return;
        }
        Phase step = Objects.requireNonNull(other);
        Border border = asked;
        String what = border != null ? border.silent() : step == Phase.WRITE ? SOURCE_SILENT : "No complete reply";
        onLate.accept(Endings.timeout(step, Words.at(step), timeouts.of(step), what));
    }
}
