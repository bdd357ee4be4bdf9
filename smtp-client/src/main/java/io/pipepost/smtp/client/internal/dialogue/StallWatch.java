/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import java.time.Duration;

/** R-5321-70: content may take any time, as long as the socket keeps taking octets. */
@EventLoopConfined
final class StallWatch {
    private static final int CHECKS = 4;

    private final Channel channel;
    private final Duration interval;
    private final Runnable onStalled;
    private final Deadline deadline;

    /** Contents begun whose last octet the socket has not taken; several, if transactions follow one another. */
    private int unwritten;

    private long piecesWritten;
    private long progressSeen;
    private int checksWithoutProgress;

    /**
     * Creates a watch.
     *
     * @param channel the connection
     * @param limit how long nothing may be taken; noticed within a quarter more
     * @param onStalled called once nothing was taken for so long
     */
    StallWatch(Channel channel, Duration limit, Runnable onStalled) {
        this.channel = channel;
        this.interval = limit.dividedBy(CHECKS);
        this.onStalled = onStalled;
        this.deadline = new Deadline(channel.eventLoop(), this::check);
    }

    /** Content begins to be written. */
    void onBegun() {
        assert channel.eventLoop().inEventLoop();
        unwritten++;
        checksWithoutProgress = 0;
        progressSeen = progress();
        deadline.arm(interval);
    }

    /** The socket has taken a piece. */
    void onProgress() {
        piecesWritten++;
    }

    /** The socket has taken the last octet of some content, or will never. */
    void onGone() {
        unwritten--;
        if (unwritten == 0) {
            deadline.disarm();
        }
    }

    void cancel() {
        deadline.cancel();
    }

    private void check() {
        long progress = progress();
        checksWithoutProgress = progress == progressSeen ? checksWithoutProgress + 1 : 0;
        progressSeen = progress;
        if (checksWithoutProgress >= CHECKS) {
            onStalled.run();
        } else {
            deadline.arm(interval);
        }
    }

    /** Changes whenever the socket takes something. */
    private long progress() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return (piecesWritten << 32) + (buffer == null ? 0 : buffer.currentProgress());
    }
}
