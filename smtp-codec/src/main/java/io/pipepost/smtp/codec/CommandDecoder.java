/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The server's half of the codec: turns octets into {@link CommandLine}s, and into content where the server has said
 * that content comes next. What follows a command in the same read belongs to whatever the command has announced, so
 * the server must call one of the {@code await} methods <em>while it handles the command</em>, that is before its
 * {@code channelRead} returns:
 *
 * <table>
 *   <caption>What is delivered</caption>
 *   <tr><th>called</th><th>delivered</th><th>then</th></tr>
 *   <tr><td>nothing</td><td>{@link CommandLine}</td><td>the same</td></tr>
 *   <tr><td>{@link #awaitContent()}</td><td>{@link ByteBuf}s without stuffed dots, then {@link ContentEnd#LONE_DOT}</td>
 *       <td>commands</td></tr>
 *   <tr><td>{@link #awaitChunk(long)}</td><td>{@link ByteBuf}s, then {@link ContentEnd#CHUNK}</td><td>commands</td></tr>
 *   <tr><td>{@link #awaitResponse()}</td><td>one {@link SaslResponse}</td><td>commands</td></tr>
 *   <tr><td>{@link #discardInput()}</td><td>nothing</td><td>the same</td></tr>
 * </table>
 *
 * <p>In place of a line that is over the limit or malformed a {@link LineFault} is delivered. Lines end in CRLF and
 * content in CRLF dot CRLF and in nothing else, so no lone CR or LF can end content early. Pieces of content are slices
 * of what was read; the receiver releases them. Time is linear in the octets, and no more than a line is ever kept.
 */
public final class CommandDecoder extends ChannelInboundHandlerAdapter {
    private static final int DEFAULT_LINE_OCTETS = 4096;
    private static final int DEFAULT_SASL_OCTETS = 16_384;

    private final int maxLineOctets;
    private final int maxSaslOctets;
    private Mode mode = Mode.COMMAND;

    /** The part of a line that came in earlier reads; allocated when a line is first split. */
    private byte[] partial = new byte[0];

    private int partialLength;
    private boolean skippingLine;
    private long chunkRemaining;
    private Seen seen = Seen.LINE_START;

    private enum Mode {
        COMMAND,
        RESPONSE,
        CONTENT,
        CHUNK,
        DISCARD
    }

    /** How much of {@code CRLF dot CRLF} stands before the next octet of content. */
    private enum Seen {
        NOTHING,
        CR,
        LINE_START,
        /** The dot is held back. */
        DOT,
        /** Dot and CR are held back. */
        DOT_CR
    }

    /** Creates a decoder for command lines of at most 4,096 octets and AUTH lines of at most 16,384, line end included. */
    public CommandDecoder() {
        this(DEFAULT_LINE_OCTETS, DEFAULT_SASL_OCTETS);
    }

    /**
     * Creates a decoder.
     *
     * @param maxLineOctets octets of a command line, line end included
     * @param maxSaslOctets octets of an AUTH command or a {@link SaslResponse}, line end included
     * @throws IllegalArgumentException if the first is less than 512 or the second less than the first
     */
    public CommandDecoder(int maxLineOctets, int maxSaslOctets) {
        if (maxLineOctets < 512 || maxSaslOctets < maxLineOctets) {
            throw new IllegalArgumentException("A line has at least 512 octets and an AUTH line no fewer, found "
                    + maxLineOctets + " and " + maxSaslOctets);
        }
        this.maxLineOctets = maxLineOctets;
        this.maxSaslOctets = maxSaslOctets;
    }

    /** Command lines come next; ends {@link #discardInput()}. */
    public void awaitCommand() {
        mode = Mode.COMMAND;
    }

    /** Content that ends with a lone dot comes next. */
    public void awaitContent() {
        mode = Mode.CONTENT;
        seen = Seen.LINE_START;
    }

    /**
     * A counted chunk comes next.
     *
     * @param octets its length; after 0 the end is delivered at once
     */
    public void awaitChunk(long octets) {
        mode = Mode.CHUNK;
        chunkRemaining = octets;
    }

    /** The answer to a SASL challenge comes next. */
    public void awaitResponse() {
        mode = Mode.RESPONSE;
    }

    /**
     * Drops all input from here on, what has already been read included, until {@link #awaitCommand()}: behind STARTTLS
     * nothing that came in clear may be taken for something that came under TLS (RFC 3207 section 6), and behind QUIT
     * nothing is to be carried out.
     */
    public void discardInput() {
        mode = Mode.DISCARD;
        partialLength = 0;
        skippingLine = false;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf in)) {
            ctx.fireChannelRead(msg);
            return;
        }
        try {
            while (in.isReadable() || isChunkComplete()) {
                decode(ctx, in);
            }
        } finally {
            in.release();
        }
    }

    private boolean isChunkComplete() {
        return mode == Mode.CHUNK && chunkRemaining == 0;
    }

    private void decode(ChannelHandlerContext ctx, ByteBuf in) {
        switch (mode) {
            case COMMAND, RESPONSE -> decodeLine(ctx, in);
            case CONTENT -> decodeContent(ctx, in);
            case CHUNK -> decodeChunk(ctx, in);
            case DISCARD -> in.skipBytes(in.readableBytes());
        }
    }

    private void decodeLine(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        int lf = in.indexOf(start, in.writerIndex(), (byte) '\n');
        int length = (lf < 0 ? in.writerIndex() : lf + 1) - start;
        if (skippingLine) {
            in.skipBytes(length);
            skippingLine = lf < 0;
        } else if (partialLength + length > maxLineOctets && partialLength + length > limit(in)) {
            in.skipBytes(length);
            partialLength = 0;
            skippingLine = lf < 0;
            mode = Mode.COMMAND;
            ctx.fireChannelRead(LineFault.TOO_LONG);
        } else if (lf < 0) {
            keep(in, length);
        } else if (partialLength == 0) {
            in.skipBytes(length);
            onLine(ctx, in, start, length);
        } else {
            keep(in, length);
            ByteBuf line = Unpooled.wrappedBuffer(partial, 0, partialLength);
            partialLength = 0;
            onLine(ctx, line, 0, line.readableBytes());
        }
    }

    /** RFC 4954 section 4: AUTH may be longer than other commands, since a SASL response may stand in it. */
    private int limit(ByteBuf in) {
        if (mode == Mode.RESPONSE) {
            return maxSaslOctets;
        }
        boolean auth = true;
        for (int i = 0; i < 5; i++) {
            int octet = i < partialLength ? partial[i] : in.getByte(in.readerIndex() + i - partialLength);
            auth &= Character.toUpperCase(octet) == "AUTH ".charAt(i);
        }
        return auth ? maxSaslOctets : maxLineOctets;
    }

    private void keep(ByteBuf in, int length) {
        int needed = partialLength + length;
        if (partial.length < needed) {
            partial = Arrays.copyOf(partial, Math.max(needed, partial.length * 2));
        }
        in.readBytes(partial, partialLength, length);
        partialLength = needed;
    }

    /** The line of {@code length} octets ends in LF. */
    private void onLine(ChannelHandlerContext ctx, ByteBuf line, int start, int length) {
        int end = start + length - 2;
        boolean response = mode == Mode.RESPONSE;
        mode = Mode.COMMAND;
        if (length < 2 || line.getByte(end) != '\r') {
            ctx.fireChannelRead(LineFault.LONE_LF);
        } else if (line.indexOf(start, end, (byte) '\r') >= 0 || line.indexOf(start, end, (byte) 0) >= 0) {
            ctx.fireChannelRead(LineFault.CONTROL);
        } else if (response) {
            ctx.fireChannelRead(new SaslResponse(line.toString(start, end - start, StandardCharsets.ISO_8859_1)));
        } else {
            ctx.fireChannelRead(CommandLine.parse(line, start, end));
        }
    }

    private void decodeChunk(ChannelHandlerContext ctx, ByteBuf in) {
        int length = (int) Math.min(chunkRemaining, in.readableBytes());
        chunkRemaining -= length;
        if (length > 0) {
            ctx.fireChannelRead(in.readRetainedSlice(length));
        }
        if (chunkRemaining == 0) {
            mode = Mode.COMMAND;
            ctx.fireChannelRead(ContentEnd.CHUNK);
        }
    }

    /** One step: an octet where a dot may matter, otherwise all up to the next dot at the start of a line. */
    private void decodeContent(ChannelHandlerContext ctx, ByteBuf in) {
        byte next = in.getByte(in.readerIndex());
        switch (seen) {
            case LINE_START -> {
                if (next == '.') {
                    in.skipBytes(1);
                    seen = Seen.DOT;
                } else {
                    decodeText(ctx, in);
                }
            }
            case DOT -> {
                if (next == '\r') {
                    in.skipBytes(1);
                    seen = Seen.DOT_CR;
                } else {
                    // A stuffed dot: what follows is text, even if it is another dot.
                    seen = Seen.NOTHING;
                    decodeText(ctx, in);
                }
            }
            case DOT_CR -> onDotCr(ctx, in, next);
            case NOTHING, CR -> decodeText(ctx, in);
        }
    }

    private void onDotCr(ChannelHandlerContext ctx, ByteBuf in, byte next) {
        if (next == '\n') {
            in.skipBytes(1);
            mode = Mode.COMMAND;
            ctx.fireChannelRead(ContentEnd.LONE_DOT);
        } else {
            // Neither the end nor a lone dot; the CR may have come in an earlier read.
            seen = Seen.CR;
            ctx.fireChannelRead(ctx.alloc().buffer(1).writeByte('\r'));
        }
    }

    private void decodeText(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int dot = in.indexOf(start + 1, end, (byte) '.');
        while (dot >= 0 && !endsLine(in, start, dot)) {
            dot = in.indexOf(dot + 1, end, (byte) '.');
        }
        if (dot >= 0) {
            seen = Seen.LINE_START;
            ctx.fireChannelRead(in.readRetainedSlice(dot - start));
            return;
        }
        if (endsLine(in, start, end)) {
            seen = Seen.LINE_START;
        } else {
            seen = in.getByte(end - 1) == '\r' ? Seen.CR : Seen.NOTHING;
        }
        ctx.fireChannelRead(in.readRetainedSlice(end - start));
    }

    /** Whether CRLF stands before {@code index}; its CR may have come before {@code start}. */
    private boolean endsLine(ByteBuf in, int start, int index) {
        if (in.getByte(index - 1) != '\n') {
            return false;
        }
        return index - 2 >= start ? in.getByte(index - 2) == '\r' : seen == Seen.CR;
    }
}
