/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.EncoderException;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@link Reply} messages into octets, and gathers them: the replies that are written with a
 * {@linkplain ChannelHandlerContext#voidPromise() void promise} before a flush leave as one buffer (RFC 2920 section 3.2
 * asks servers to send the replies to a group together).
 *
 * <p>A reply whose text holds CR or LF is refused with an {@link EncoderException}: it would be read as two. Messages
 * of other types pass.
 */
public final class ReplyEncoder extends ChannelOutboundHandlerAdapter {
    private static final int INITIAL_CAPACITY = 256;

    private @Nullable ByteBuf gathered;

    /** Creates an encoder for one connection. */
    public ReplyEncoder() {}

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!(msg instanceof Reply reply)) {
            passGathered(ctx, ctx.newPromise());
            ctx.write(msg, promise);
            return;
        }
        requireNoLineEnd(reply);
        append(reply, gathered(ctx));
        if (!promise.isVoid()) {
            passGathered(ctx, promise);
        }
    }

    private static void requireNoLineEnd(Reply reply) {
        for (String line : reply.lines()) {
            if (line.indexOf('\r') >= 0 || line.indexOf('\n') >= 0) {
                throw new EncoderException("CR or LF in the text of a reply: " + reply);
            }
        }
    }

    private static void append(Reply reply, ByteBuf out) {
        List<String> lines = reply.lines();
        for (int i = 0; i < lines.size(); i++) {
            int code = reply.code();
            out.writeByte('0' + code / 100).writeByte('0' + code / 10 % 10).writeByte('0' + code % 10);
            out.writeByte(i == lines.size() - 1 ? ' ' : '-');
            ByteBufUtil.writeUtf8(out, lines.get(i));
            out.writeByte('\r').writeByte('\n');
        }
    }

    private ByteBuf gathered(ChannelHandlerContext ctx) {
        ByteBuf out = gathered;
        if (out == null) {
            out = ctx.alloc().buffer(INITIAL_CAPACITY);
            gathered = out;
        }
        return out;
    }

    private void passGathered(ChannelHandlerContext ctx, ChannelPromise promise) {
        ByteBuf out = gathered;
        if (out != null) {
            gathered = null;
            ctx.write(out, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        passGathered(ctx, ctx.newPromise());
        ctx.flush();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        passGathered(ctx, ctx.newPromise());
        ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ByteBuf out = gathered;
        if (out != null) {
            gathered = null;
            out.release();
        }
    }
}
