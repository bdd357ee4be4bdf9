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
import java.util.Objects;
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

    /** Lines that belong behind what is gathered: many cost little more than one to copy. Lent by the event loop. */
    private byte @Nullable [] lines;

    private int linesLength;

    private @Nullable ChannelHandlerContext context;

    /** What is gathered is often as large as what was gathered last: a buffer that grows is copied. */
    private int capacity = MIN_CAPACITY;

    private static final byte[] RCPT = {'R', 'C', 'P', 'T', ' ', 'T', 'O', ':', '<'};

    /** A line of which more than a quarter of this is the path, or the whole more than an eighth, takes the long way. */
    private static final int LINES_OCTETS = 8_192;

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
        private final StringBuilder line = new StringBuilder(128);
        private char[] chars = new char[1024];

        /** Null while an encoder has it. */
        private byte @Nullable [] lines;
    }

    /** Creates an encoder for one connection. */
    public CommandEncoder() {}

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /**
     * Does what a write with a void promise does, but without the way down the pipeline: a line that is not fit to be sent
     * is an exception caught there. Called on the event loop, by a handler that stands behind this one, with none between
     * that cares for commands.
     *
     * @param command a command without a {@linkplain Command#secret() secret}
     */
    public void gather(Command command) {
        if (command.secret() != null) {
            throw new IllegalArgumentException(command.verb() + " with a secret needs a buffer of its own");
        }
        ChannelHandlerContext ctx = Objects.requireNonNull(context, "not in a pipeline");
        try {
            appendLine(command, ctx);
            passIfMuch(ctx);
        } catch (EncoderException e) {
            ctx.pipeline().fireExceptionCaught(e);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof Command command) {
            writeCommand(ctx, command, promise);
        } else if (msg instanceof ByteBuf content && content.readableBytes() <= COPY_LIMIT) {
            try {
                passLines(ctx);
                copy(content, gathered(ctx));
            } finally {
                content.release();
            }
            passIfAwaited(ctx, promise);
        } else {
            passGathered(ctx);
            ctx.write(msg, promise);
        }
    }

    /** Copying from one buffer into another makes views of heap buffers, which this saves. */
    private static void copy(ByteBuf from, ByteBuf to) {
        if (from.hasArray()) {
            to.writeBytes(from.array(), from.arrayOffset() + from.readerIndex(), from.readableBytes());
        } else {
            to.writeBytes(from);
        }
    }

    private void writeCommand(ChannelHandlerContext ctx, Command command, ChannelPromise promise) {
        byte[] secret = command.secret();
        if (secret == null) {
            appendLine(command, ctx);
            passIfAwaited(ctx, promise);
            return;
        }
        passGathered(ctx);
        ByteBuf out = ctx.alloc().buffer(64 + secret.length);
        try {
            appendAnyLine(command, out);
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
    private void appendLine(Command command, ChannelHandlerContext ctx) {
        byte[] to = lines;
        if (to == null || linesLength > LINES_OCTETS / 2) {
            passLines(ctx);
            to = borrowLines();
        }
        int end = command instanceof Command.Rcpt rcpt
                ? putRcpt(rcpt, to, linesLength)
                : putLine(command, to, linesLength);
        if (end < 0) {
            passLines(ctx);
            appendAnyLine(command, gathered(ctx));
        } else {
            linesLength = end;
        }
    }

    private byte[] borrowLines() {
        Scratch scratch = SCRATCH.get();
        byte[] lent = scratch.lines;
        scratch.lines = null;
        byte[] taken = lent == null ? new byte[LINES_OCTETS] : lent;
        lines = taken;
        return taken;
    }

    private void passLines(ChannelHandlerContext ctx) {
        byte[] from = lines;
        if (from != null) {
            gathered(ctx).writeBytes(from, 0, linesLength);
            dropLines(from);
        }
    }

    private void dropLines(byte[] borrowed) {
        SCRATCH.get().lines = borrowed;
        lines = null;
        linesLength = 0;
    }

    /** Most lines are of this kind; returns where it ends, or -1 if it is an unusual one, or a bad one. */
    private static int putRcpt(Command.Rcpt command, byte[] to, int start) {
        String path = command.to().toString();
        if (path.length() > LINES_OCTETS / 4) {
            return -1;
        }
        System.arraycopy(RCPT, 0, to, start, RCPT.length);
        int at = start + RCPT.length;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            byte octet = c < PLAIN.length ? PLAIN[c] : 0;
            if (octet == 0) {
                return -1;
            }
            to[at++] = octet;
        }
        to[at] = '>';
        to[at + 1] = '\r';
        to[at + 2] = '\n';
        return at + 3;
    }

    /** Turns the usual line into octets in one pass; returns where it ends, or -1 if it is an unusual one, or a bad one. */
    private static int putLine(Command command, byte[] to, int start) {
        Scratch scratch = SCRATCH.get();
        StringBuilder line = scratch.line;
        line.setLength(0);
        command.appendTo(line);
        int length = line.length();
        char[] chars = scratch.chars;
        if (length > chars.length) {
            return -1;
        }
        line.getChars(0, length, chars, 0);
        for (int i = 0; i < length; i++) {
            char c = chars[i];
            byte octet = c < PLAIN.length ? PLAIN[c] : 0;
            if (octet == 0) {
                return -1;
            }
            to[start + i] = octet;
        }
        to[start + length] = '\r';
        to[start + length + 1] = '\n';
        return start + length + 2;
    }

    private static void appendAnyLine(Command command, ByteBuf out) {
        StringBuilder line = new StringBuilder(128);
        command.appendTo(line);
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
        } else {
            passIfMuch(ctx);
        }
    }

    private void passIfMuch(ChannelHandlerContext ctx) {
        ByteBuf out = gathered;
        if (out != null && out.readableBytes() >= GATHER_LIMIT) {
            passGathered(ctx);
        }
    }

    private void passGathered(ChannelHandlerContext ctx) {
        if (gathered != null || lines != null) {
            // Unlike the context's, this one keeps failures to itself: replies that have come are read all the same.
            passGathered(ctx, ctx.channel().unsafe().voidPromise());
        }
    }

    private void passGathered(ChannelHandlerContext ctx, ChannelPromise promise) {
        passLines(ctx);
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
        byte[] borrowed = lines;
        if (borrowed != null) {
            dropLines(borrowed);
        }
        ByteBuf out = gathered;
        if (out != null) {
            gathered = null;
            out.release();
        }
    }
}
