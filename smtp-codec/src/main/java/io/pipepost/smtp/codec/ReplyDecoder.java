/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;
import io.netty.util.ReferenceCountUtil;
import io.pipepost.smtp.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns octets into {@link Reply} messages (RFC 5321 section 4.2).
 *
 * <pre>
 *   reply  = *( 3DIGIT "-" text eol ) 3DIGIT [ SP text ] eol        eol = CRLF, or LF unless strict
 * </pre>
 *
 * <p>All lines of a reply carry the same code. A line that is no reply line is never skipped: with pipelining that would
 * shift every later reply by one. It ends in a {@link MalformedReplyException} through
 * {@link ChannelHandlerContext#fireExceptionCaught}, as does a reply beyond the limits; from then on all input is dropped.
 * Limits hold while octets arrive: no more than a line is ever kept back.
 */
public final class ReplyDecoder extends ChannelInboundHandlerAdapter {
    private static final int FOUND_LIMIT = 40;

    private final Limits limits;

    /** The part of a line that came in earlier reads; allocated when a line is first split. */
    private byte[] partial = new byte[0];

    private int partialLength;

    /** Lines of the current reply, its code and its octets; the list is null between replies. */
    private List<String> lines = NO_LINES;

    private int code;
    private int replyOctets;

    /** Whether the buffer being read holds octets behind the current line. */
    private boolean moreInHand;

    private boolean dead;
    private boolean sawBareLf;

    private static final List<String> NO_LINES = List.of();

    /**
     * What the decoder accepts.
     *
     * @param maxLineOctets octets of a line, line end included
     * @param maxReplyOctets octets of all lines of a reply
     * @param maxReplyLines lines of a reply
     * @param strictLineEnds whether a line that ends in LF alone is malformed
     */
    public record Limits(int maxLineOctets, int maxReplyOctets, int maxReplyLines, boolean strictLineEnds) {
        /** 16,384 octets a line (SASL challenges need 12,288), 262,144 octets and 1,000 lines a reply, lone LF accepted. */
        public static final Limits DEFAULT = new Limits(16_384, 262_144, 1_000, false);

        /** Checks the numbers. */
        public Limits {
            if (maxLineOctets < 512 || maxReplyOctets < maxLineOctets || maxReplyLines < 1) {
                throw new IllegalArgumentException(
                        "Limits are at least 512 octets a line, as much a reply, and 1 line, found " + maxLineOctets
                                + ", " + maxReplyOctets + ", " + maxReplyLines);
            }
        }
    }

    /** Creates a decoder with {@link Limits#DEFAULT}. */
    public ReplyDecoder() {
        this(Limits.DEFAULT);
    }

    /**
     * Creates a decoder.
     *
     * @param limits what it accepts
     */
    public ReplyDecoder(Limits limits) {
        this.limits = limits;
    }

    /**
     * Tells whether part of a reply is held back, or octets that came together with the reply being delivered and are
     * still to be decoded. At a switch of protocols, such as the one to TLS, this must be false.
     *
     * @return true between the first octet of a reply and its last
     */
    public boolean isInsideReply() {
        return isInsideLines() || moreInHand;
    }

    /**
     * Tells whether the peer has ended a line with LF alone.
     *
     * @return true from the first such line on
     */
    public boolean sawBareLf() {
        return sawBareLf;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf in)) {
            ctx.fireChannelRead(msg);
            return;
        }
        try {
            while (!dead && in.isReadable()) {
                decodeLine(ctx, in);
            }
        } catch (MalformedReplyException e) {
            dead = true;
            partialLength = 0;
            lines = NO_LINES;
            moreInHand = false;
            ctx.fireExceptionCaught(e);
        } finally {
            ReferenceCountUtil.release(in);
        }
    }

    private void decodeLine(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        int lf = in.forEachByte(ByteProcessor.FIND_LF);
        int length = (lf < 0 ? in.writerIndex() : lf + 1) - start;
        requireWithinLimits(partialLength + length);
        if (lf < 0) {
            keep(in, length);
            moreInHand = false;
            return;
        }
        Reply known = isInsideLines() ? null : RecentReplies.ofThread().find(in, start, length);
        if (known != null) {
            in.skipBytes(length);
            moreInHand = in.isReadable();
            ctx.fireChannelRead(known);
        } else if (partialLength == 0) {
            byte[] line = ByteBufUtil.getBytes(in, start, length, false);
            in.skipBytes(length);
            moreInHand = in.isReadable();
            onLine(ctx, line, line.length);
        } else {
            keep(in, length);
            moreInHand = in.isReadable();
            int lineLength = partialLength;
            partialLength = 0;
            onLine(ctx, partial, lineLength);
        }
    }

    private boolean isInsideLines() {
        return partialLength > 0 || !lines.isEmpty();
    }

    private void requireWithinLimits(int lineOctets) {
        if (lineOctets > limits.maxLineOctets()) {
            throw new MalformedReplyException("Reply line longer than " + limits.maxLineOctets() + " octets");
        }
        if (!lines.isEmpty() && lineOctets > limits.maxReplyOctets() - replyOctets) {
            throw new MalformedReplyException("Reply longer than " + limits.maxReplyOctets() + " octets");
        }
    }

    private void keep(ByteBuf in, int length) {
        int needed = partialLength + length;
        if (partial.length < needed) {
            partial = Arrays.copyOf(partial, Math.min(limits.maxLineOctets(), Math.max(needed, partial.length * 2)));
        }
        in.readBytes(partial, partialLength, length);
        partialLength = needed;
    }

    /** {@code line} ends in LF at {@code length - 1}. */
    private void onLine(ChannelHandlerContext ctx, byte[] line, int length) {
        int end = length - 1;
        if (end > 0 && line[end - 1] == '\r') {
            end--;
        } else {
            sawBareLf = true;
            if (limits.strictLineEnds()) {
                throw malformed("expected CRLF at the end of the line, found a lone LF", line, end);
            }
        }
        if (end < 3 || !isDigit(line[0]) || !isDigit(line[1]) || !isDigit(line[2])) {
            throw malformed("expected three digits", line, end);
        }
        boolean more = end > 3 && line[3] == '-';
        if (end > 3 && !more && line[3] != ' ') {
            throw malformed("expected a space or a hyphen behind the code", line, end);
        }
        int lineCode = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
        String text = end <= 4 ? "" : new String(line, 4, end - 4, StandardCharsets.UTF_8);
        if (more || !lines.isEmpty()) {
            onReplyLine(ctx, lineCode, text, more, length);
            return;
        }
        Reply reply = Reply.of(lineCode, text);
        if (line != partial) {
            RecentReplies.ofThread().remember(line, reply);
        }
        ctx.fireChannelRead(reply);
    }

    private void onReplyLine(ChannelHandlerContext ctx, int lineCode, String text, boolean more, int octets) {
        if (lines.isEmpty()) {
            lines = new ArrayList<>(8);
            code = lineCode;
            replyOctets = 0;
        } else if (lineCode != code) {
            throw new MalformedReplyException(
                    "Reply lines with different codes: expected " + code + " again, found " + lineCode);
        }
        replyOctets += octets;
        if (lines.size() == limits.maxReplyLines()) {
            throw new MalformedReplyException("Reply with more than " + limits.maxReplyLines() + " lines");
        }
        lines.add(text);
        if (!more) {
            Reply reply = new Reply(code, lines);
            lines = NO_LINES;
            ctx.fireChannelRead(reply);
        }
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static MalformedReplyException malformed(String expected, byte[] line, int end) {
        StringBuilder out =
                new StringBuilder("Not an SMTP reply: ").append(expected).append(", found \"");
        for (int i = 0; i < Math.min(end, FOUND_LIMIT); i++) {
            byte b = line[i];
            out.append(b >= ' ' && b < 0x7F ? String.valueOf((char) b) : "\\x%02x".formatted(b));
        }
        return new MalformedReplyException(
                out.append(end > FOUND_LIMIT ? "...\"" : "\"").toString());
    }
}
