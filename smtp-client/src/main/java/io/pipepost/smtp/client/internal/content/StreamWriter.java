/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.pool.Target;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.mail.Failure;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes content from a publisher behind DATA. If it fails, no terminator is ever written. */
@EventLoopConfined
public final class StreamWriter extends ContentWriter implements StreamReader.Out {
    private final StreamReader reader;
    private @Nullable Target target;

    public StreamWriter(Supplier<Flow.Publisher<ByteBuffer>> source, StreamReader.Limits limits, EventLoop loop) {
        this.reader = new StreamReader(source, limits, ContentEncoder.forData(), loop, this);
    }

    @Override
    protected void start(Target to) {
        target = to;
        reader.start();
    }

    @Override
    public void resume() {
        if (target != null) {
            reader.resume();
        }
    }

    @Override
    public void abort() {
        target = null;
        reader.abort();
    }

    private Target target() {
        return Objects.requireNonNull(target);
    }

    // ---- from the reader

    @Override
    public int room() {
        Target to = target;
        if (to == null) {
            return 0;
        }
        if (!to.isWritable()) {
            to.flush();
        }
        return to.isWritable() ? PIECE : 0;
    }

    @Override
    public ByteBuf buffer(int octets) {
        return Unpooled.buffer(octets + 64);
    }

    @Override
    public void filled(ByteBuf buffer) {
        target().write(buffer);
    }

    @Override
    public void ended(ByteBuf buffer) {
        handOver(buffer, target());
    }

    @Override
    public void failed(Failure failure) {
        Target to = target();
        target = null;
        to.contentFailed(failure);
    }

    @Override
    public void flush() {
        Target to = target;
        if (to != null) {
            to.flush();
        }
    }
}
