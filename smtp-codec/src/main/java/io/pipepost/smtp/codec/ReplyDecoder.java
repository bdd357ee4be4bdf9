/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.pipepost.smtp.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
     * <p>Immutable; each method returns a changed copy, and throws {@link IllegalArgumentException} if a number is out of
     * range.
     */
    public static final class Limits {
        /** The defaults. */
        public static final Limits DEFAULT = new Limits(new Values(16_384, 262_144, 1_000, false));

        private final Values values;

        private Limits(Values values) {
            this.values = values;
        }

        private record Values(int maxLineOctets, int maxReplyOctets, int maxReplyLines, boolean strictLineEnds) {
            Values {
                if (maxLineOctets < 512 || maxReplyOctets < maxLineOctets || maxReplyLines < 1) {
                    throw new IllegalArgumentException(
                            "Limits are at least 512 octets a line, as much a reply, and 1 line, found " + maxLineOctets
                                    + ", " + maxReplyOctets + ", " + maxReplyLines);
                }
            }
        }

        /** {@return octets of a line at most, line end included; default 16,384, as SASL challenges need 12,288} */
        public int maxLineOctets() {
            return values.maxLineOctets;
        }

        /** {@return octets of all lines of a reply at most; default 262,144} */
        public int maxReplyOctets() {
            return values.maxReplyOctets;
        }

        /** {@return lines of a reply at most; default 1,000} */
        public int maxReplyLines() {
            return values.maxReplyLines;
        }

        /** {@return whether a line that ends in LF alone is malformed; default false} */
        public boolean strictLineEnds() {
            return values.strictLineEnds;
        }

        /**
         * Limits the lines.
         *
         * @param octets line end included; at least 512 (RFC 5321 section 4.5.3.1.5)
         * @return a changed copy
         */
        public Limits withMaxLineOctets(int octets) {
            return new Limits(new Values(octets, values.maxReplyOctets, values.maxReplyLines, values.strictLineEnds));
        }

        /**
         * Limits the replies.
         *
         * @param octets of all lines of a reply, at least as many as of one
         * @param lines of a reply, at least 1
         * @return a changed copy
         */
        public Limits withMaxReply(int octets, int lines) {
            return new Limits(new Values(values.maxLineOctets, octets, lines, values.strictLineEnds));
        }

        /**
         * Insists on CRLF, or not.
         *
         * @param strict whether a line that ends in LF alone is malformed
         * @return a changed copy
         */
        public Limits withStrictLineEnds(boolean strict) {
            return new Limits(new Values(values.maxLineOctets, values.maxReplyOctets, values.maxReplyLines, strict));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Limits that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return values.hashCode();
        }

        @Override
        public String toString() {
            return "Limits" + values.toString().substring("Values".length());
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
        RecentReplies recent = RecentReplies.ofThread();
        byte[] octets = recent.takeScratch();
        try {
            while (!dead && in.isReadable()) {
                int length = Math.min(octets.length, in.readableBytes());
                in.readBytes(octets, 0, length);
                decode(ctx, octets, length, in.isReadable(), recent);
            }
        } catch (MalformedReplyException e) {
            dead = true;
            partialLength = 0;
            lines = NO_LINES;
            moreInHand = false;
            ctx.fireExceptionCaught(e);
        } finally {
            recent.giveScratch(octets);
            ReferenceCountUtil.release(in);
        }
    }

    private void decode(ChannelHandlerContext ctx, byte[] octets, int end, boolean moreBehind, RecentReplies recent) {
        int next = 0;
        while (next < end && !dead) {
            int start = next;
            Reply known = isInsideLines() ? null : recent.findLast(octets, start, end);
            if (known == null) {
                next = endOfLine(octets, start, end);
                requireWithinLimits(partialLength + next - start);
                if (octets[next - 1] != '\n') {
                    keep(octets, start, next);
                    moreInHand = false;
                    return;
                }
                known = isInsideLines() ? null : recent.find(octets, start, next);
            } else {
                next = start + recent.lastLength();
            }
            moreInHand = next < end || moreBehind;
            if (known != null) {
                ctx.fireChannelRead(known);
            } else if (partialLength == 0) {
                onLine(ctx, octets, start, next);
            } else {
                keep(octets, start, next);
                int length = partialLength;
                partialLength = 0;
                onLine(ctx, partial, 0, length);
            }
        }
    }

    /** Behind the next LF, or the end. */
    private static int endOfLine(byte[] octets, int start, int end) {
        int i = start;
        while (i < end && octets[i] != '\n') {
            i++;
        }
        return Math.min(end, i + 1);
    }

    private boolean isInsideLines() {
        return partialLength > 0 || !lines.isEmpty();
    }

    /** The limit that is reached first is the one that is named, in whatever segments the line came. */
    private void requireWithinLimits(int lineOctets) {
        int left = lines.isEmpty() ? limits.maxReplyOctets() : limits.maxReplyOctets() - replyOctets;
        if (lineOctets > Math.min(left, limits.maxLineOctets())) {
            throw new MalformedReplyException(
                    left < limits.maxLineOctets()
                            ? "Reply longer than " + limits.maxReplyOctets() + " octets"
                            : "Reply line longer than " + limits.maxLineOctets() + " octets");
        }
    }

    private void keep(byte[] octets, int start, int end) {
        int length = end - start;
        int needed = partialLength + length;
        if (partial.length < needed) {
            partial = Arrays.copyOf(partial, Math.min(limits.maxLineOctets(), Math.max(needed, partial.length * 2)));
        }
        System.arraycopy(octets, start, partial, partialLength, length);
        partialLength = needed;
    }

    /** The line ends in LF at {@code behind - 1}. */
    private void onLine(ChannelHandlerContext ctx, byte[] octets, int start, int behind) {
        int end = behind - 1;
        if (end > start && octets[end - 1] == '\r') {
            end--;
        } else {
            sawBareLf = true;
            if (limits.strictLineEnds()) {
                throw malformed("expected CRLF at the end of the line, found a lone LF", octets, start, end);
            }
        }
        if (end < start + 3 || !isDigit(octets[start]) || !isDigit(octets[start + 1]) || !isDigit(octets[start + 2])) {
            throw malformed("expected three digits", octets, start, end);
        }
        boolean more = end > start + 3 && octets[start + 3] == '-';
        if (end > start + 3 && !more && octets[start + 3] != ' ') {
            throw malformed("expected a space or a hyphen behind the code", octets, start, end);
        }
        int lineCode = (octets[start] - '0') * 100 + (octets[start + 1] - '0') * 10 + octets[start + 2] - '0';
        String text = end <= start + 4 ? "" : new String(octets, start + 4, end - start - 4, StandardCharsets.UTF_8);
        if (more || !lines.isEmpty()) {
            onReplyLine(ctx, lineCode, text, more, behind - start);
            return;
        }
        Reply reply = Reply.of(lineCode, text);
        boolean endsInCrlf = end < behind - 1;
        if (octets != partial && endsInCrlf) {
            RecentReplies.ofThread().remember(octets, start, behind, reply);
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

    private static MalformedReplyException malformed(String expected, byte[] octets, int start, int end) {
        StringBuilder out =
                new StringBuilder("Not an SMTP reply: ").append(expected).append(", found \"");
        for (int i = start; i < Math.min(end, start + FOUND_LIMIT); i++) {
            byte b = octets[i];
            out.append(b >= ' ' && b < 0x7F ? String.valueOf((char) b) : "\\x%02x".formatted(b));
        }
        return new MalformedReplyException(
                out.append(end > start + FOUND_LIMIT ? "...\"" : "\"").toString());
    }
}
