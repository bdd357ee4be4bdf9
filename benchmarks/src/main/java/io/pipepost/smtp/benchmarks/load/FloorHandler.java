/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pipepost.smtp.benchmarks.harness.Tally;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Counts replies and looks at no more of them than the first octet; confined to its event loop. */
final class FloorHandler extends ChannelInboundHandlerAdapter {
    private final FloorDriver driver;
    private final Iterator<ByteBuf> handshake;
    private final CountDownLatch ready;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Tally tally;
    private @Nullable CountDownLatch ended;
    private boolean isReady;
    private int column;
    private boolean finalLine;
    private int replies;

    FloorHandler(FloorDriver driver, Iterator<ByteBuf> handshake, CountDownLatch ready) {
        this.driver = driver;
        this.handshake = handshake;
        this.ready = ready;
    }

    /** May be called by any thread, once {@link #ready} has been counted down. */
    void start(Tally counts, CountDownLatch whenEnded) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected");
        }
        ctx.executor().execute(() -> {
            tally = counts;
            ended = whenEnded;
            driver.start(ctx);
        });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf octets = (ByteBuf) msg;
        try {
            count(ctx, octets);
        } finally {
            octets.release();
        }
    }

    private void count(ChannelHandlerContext ctx, ByteBuf octets) {
        int end = octets.writerIndex();
        int at = octets.readerIndex();
        while (at < end) {
            if (column < 4) {
                onOctet(ctx, octets.getByte(at++));
            } else {
                int lineFeed = octets.indexOf(at, end, (byte) '\n');
                if (lineFeed < 0) {
                    return;
                }
                at = lineFeed + 1;
                column = 0;
                replies += finalLine ? 1 : 0;
            }
        }
    }

    private void onOctet(ChannelHandlerContext ctx, byte octet) {
        if (column == 0 && octet != '2' && octet != '3') {
            fail(ctx, "a reply begins with " + (char) octet);
        }
        if (column == 3) {
            finalLine = octet == ' ';
        }
        column++;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        int received = replies;
        replies = 0;
        if (received == 0) {
            return;
        }
        Tally counts = tally;
        if (!isReady) {
            shakeHands(ctx);
        } else if (counts != null && !driver.onReplies(ctx, received, counts)) {
            end();
        }
    }

    private void shakeHands(ChannelHandlerContext ctx) {
        if (handshake.hasNext()) {
            FloorDriver.write(ctx, handshake.next());
        } else {
            isReady = true;
            ready.countDown();
        }
    }

    private void end() {
        CountDownLatch latch = ended;
        tally = null;
        ended = null;
        if (latch != null) {
            latch.countDown();
        }
    }

    private void fail(ChannelHandlerContext ctx, String why) {
        Tally counts = tally;
        if (counts != null) {
            counts.failed(new IllegalStateException(why));
        }
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (tally != null) {
            fail(ctx, "connection lost");
            end();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ctx, cause.toString());
    }
}
