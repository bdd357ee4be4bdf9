/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Stands for a long way to the client: what is flushed leaves a fixed time later, in the same groups and order. */
final class DelayHandler extends ChannelOutboundHandlerAdapter {
    private final long nanos;
    private List<Write> batch = new ArrayList<>();

    private record Write(Object message, ChannelPromise promise) {}

    DelayHandler(Duration delay) {
        this.nanos = delay.toNanos();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        batch.add(new Write(msg, promise));
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        List<Write> due = batch;
        batch = new ArrayList<>();
        ctx.executor().schedule(() -> send(ctx, due), nanos, TimeUnit.NANOSECONDS);
    }

    private static void send(ChannelHandlerContext ctx, List<Write> due) {
        if (ctx.isRemoved()) {
            fail(due);
            return;
        }
        for (Write write : due) {
            ctx.write(write.message(), write.promise());
        }
        ctx.flush();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        fail(batch);
        batch = new ArrayList<>();
    }

    private static void fail(List<Write> writes) {
        for (Write write : writes) {
            ReferenceCountUtil.release(write.message());
            write.promise().tryFailure(new ClosedChannelException());
        }
    }
}
