/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.EncoderException;
import io.netty.util.concurrent.FastThreadLocal;
import io.pipepost.smtp.protocol.Command;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@link Command}s into octets, and gathers them: what is written before a flush leaves as one buffer, small
 * pieces of content included, so that a whole flight costs one write to the socket.
 *
 * <p>Promises of gathered writes complete with the write of their buffer. Lines that hold a
 * {@linkplain Command#secret() secret} go out in a buffer of their own, which is overwritten once written or failed.
 * Content passes as {@link ByteBuf}s, untouched.
 *
 * <p>The last line of defence against injection stands here (S-01): the encoded octets of a line are searched for
 * CR, LF and NUL once more, whatever the model has promised.
 */
public final class CommandEncoder extends ChannelOutboundHandlerAdapter {
    /** Content up to this size is copied behind its command; more is passed on as it is. */
    private static final int COPY_LIMIT = 4096;

    /** More than this is passed on before the flush: what waits here does not count for the channel's writability. */
    private static final int GATHER_LIMIT = 65_536;

    private static final int MIN_CAPACITY = 256;
    private static final int MAX_CAPACITY = 16_384;

    /** The octet of each character that may stand in a line as it is; 0 for all others. Nothing is ever narrowed (S-02). */
    private static final byte[] PLAIN = plain();

    /** Where lines are put together: one for each event loop, so that idle connections hold none. */
    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private @Nullable ByteBuf gathered;

    /** What is gathered is often as large as what was gathered last: a buffer that grows is copied. */
    private int capacity = MIN_CAPACITY;

    private static byte[] plain() {
        byte[] octets = new byte[0x80];
        for (byte octet = 1; octet > 0; octet++) {
            octets[octet] = octet;
        }
        octets['\r'] = 0;
        octets['\n'] = 0;
        return octets;
    }

    private static final class Scratch {
        /** Lines are not limited here, but few are longer. */
        private static final int OCTETS = 1024;

        private final StringBuilder line = new StringBuilder(128);
        private final char[] chars = new char[OCTETS];
        private final byte[] octets = new byte[OCTETS];
    }

    /** Creates an encoder for one connection. */
    public CommandEncoder() {}

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof Command command) {
            writeCommand(ctx, command, promise);
        } else if (msg instanceof ByteBuf content && content.readableBytes() <= COPY_LIMIT) {
            try {
                gathered(ctx).writeBytes(content);
            } finally {
                content.release();
            }
            passIfAwaited(ctx, promise);
        } else {
            passGathered(ctx);
            ctx.write(msg, promise);
        }
    }

    private void writeCommand(ChannelHandlerContext ctx, Command command, ChannelPromise promise) {
        byte[] secret = command.secret();
        if (secret == null) {
            appendLine(command, gathered(ctx));
            passIfAwaited(ctx, promise);
            return;
        }
        passGathered(ctx);
        ByteBuf out = ctx.alloc().buffer(64 + secret.length);
        try {
            appendLine(command, out);
        } catch (EncoderException e) {
            wipe(out);
            throw e;
        }
        // Once only: each call makes another promise of a void one.
        ChannelPromise written = promise.unvoid();
        written.addListener(done -> wipe(out));
        ctx.write(out.retain(), written);
    }

    private static void wipe(ByteBuf buffer) {
        buffer.setZero(0, buffer.capacity());
        buffer.release();
    }

    /** Appends the command's line with its CRLF. */
    private static void appendLine(Command command, ByteBuf out) {
        Scratch scratch = SCRATCH.get();
        StringBuilder line = scratch.line;
        line.setLength(0);
        command.appendTo(line);
        if (command.secret() == null && isShortAscii(line, scratch)) {
            int length = line.length();
            scratch.octets[length] = '\r';
            scratch.octets[length + 1] = '\n';
            out.writeBytes(scratch.octets, 0, length + 2);
        } else {
            appendAnyLine(command, line, out);
        }
    }

    /** Turns the usual line into octets in one pass; false if it is an unusual one, or a bad one. */
    private static boolean isShortAscii(StringBuilder line, Scratch scratch) {
        int length = line.length();
        if (length > Scratch.OCTETS - 2) {
            return false;
        }
        line.getChars(0, length, scratch.chars, 0);
        for (int i = 0; i < length; i++) {
            char c = scratch.chars[i];
            byte octet = c < PLAIN.length ? PLAIN[c] : 0;
            if (octet == 0) {
                return false;
            }
            scratch.octets[i] = octet;
        }
        return true;
    }

    private static void appendAnyLine(Command command, StringBuilder line, ByteBuf out) {
        int start = out.writerIndex();
        ByteBufUtil.writeUtf8(out, line);
        byte[] secret = command.secret();
        if (secret != null) {
            out.writeBytes(secret);
        }
        int end = out.writerIndex();
        for (int i = start; i < end; i++) {
            byte b = out.getByte(i);
            if (b == '\r' || b == '\n' || b == 0) {
                out.writerIndex(start);
                throw new EncoderException(command.verb() + ": CR, LF or NUL inside a command line");
            }
        }
        out.writeByte('\r').writeByte('\n');
    }

    private ByteBuf gathered(ChannelHandlerContext ctx) {
        ByteBuf out = gathered;
        if (out == null) {
            out = ctx.alloc().buffer(capacity);
            gathered = out;
        }
        return out;
    }

    /** A write whose end somebody waits for closes the buffer, so that the buffer's promise is that one. */
    private void passIfAwaited(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (!promise.isVoid()) {
            passGathered(ctx, promise);
        } else if (gathered(ctx).readableBytes() >= GATHER_LIMIT) {
            passGathered(ctx);
        }
    }

    private void passGathered(ChannelHandlerContext ctx) {
        if (gathered != null) {
            passGathered(ctx, ctx.newPromise());
        }
    }

    private void passGathered(ChannelHandlerContext ctx, ChannelPromise promise) {
        ByteBuf out = gathered;
        if (out != null) {
            gathered = null;
            int octets = out.readableBytes();
            capacity = Math.max(MIN_CAPACITY, Math.min(MAX_CAPACITY, octets + octets / 8));
            ctx.write(out, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        passGathered(ctx);
        ctx.flush();
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
