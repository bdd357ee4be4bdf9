/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.mail.Failure;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Chunks of content from a publisher; each is collected before it is given on (R-3030-09). */
@EventLoopConfined
public final class StreamChunks extends ChunkSource implements StreamReader.Out {
    private final StreamReader reader;
    private final int chunkOctets;
    private @Nullable Sink sink;

    /** What has been collected; null at the start of a chunk. */
    private @Nullable ByteBuf collected;

    public StreamChunks(
            Supplier<Flow.Publisher<ByteBuffer>> source, StreamReader.Limits limits, int chunkOctets, EventLoop loop) {
        this.reader = new StreamReader(source, limits, ContentEncoder.forBdat(), loop, this);
        this.chunkOctets = chunkOctets;
    }

    @Override
    public void start(Sink to) {
        sink = to;
        reader.start();
    }

    @Override
    public void resume() {
        reader.resume();
    }

    @Override
    public void abort() {
        sink = null;
        reader.abort();
        ByteBuf unsent = collected;
        if (unsent != null) {
            collected = null;
            unsent.release();
        }
    }

    private Sink sink() {
        return Objects.requireNonNull(sink);
    }

    // ---- from the reader

    @Override
    public int room() {
        if (sink == null || !sink().wantsChunk()) {
            return 0;
        }
        return collected == null ? chunkOctets : chunkOctets - collected.readableBytes();
    }

    @Override
    public ByteBuf buffer(int octets) {
        ByteBuf buffer = collected;
        if (buffer == null) {
            buffer = Unpooled.buffer(octets + 64);
            collected = buffer;
        }
        return buffer;
    }

    @Override
    public void filled(ByteBuf buffer) {
        if (buffer.readableBytes() >= chunkOctets) {
            collected = null;
            sink().onChunk(buffer, false);
        } else {
            sink().onProgress();
        }
    }

    @Override
    public void ended(ByteBuf buffer) {
        Sink to = sink();
        collected = null;
        sink = null;
        to.onChunk(buffer, true);
    }

    @Override
    public void failed(Failure failure) {
        Sink to = sink();
        abort();
        to.onFailed(failure);
    }

    @Override
    public void flush() {}
}
