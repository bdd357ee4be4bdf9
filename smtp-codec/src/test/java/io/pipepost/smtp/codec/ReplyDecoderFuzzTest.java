/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;

/** Any octets, in any segments, against the grammar written once more. */
@Tag("exhaustive")
class ReplyDecoderFuzzTest {
    private static final int LINE = 512;
    private static final int REPLY = 700;
    private static final int LINES = 4;
    private static final ReplyDecoder.Limits LAX =
            ReplyDecoder.Limits.DEFAULT.withMaxLineOctets(LINE).withMaxReply(REPLY, LINES);
    private static final ReplyDecoder.Limits STRICT = LAX.withStrictLineEnds(true);
    private static final Pattern LAX_LINE = Pattern.compile("(\\d{3})(?:([ -])(.*?))?\\r?\\n", Pattern.DOTALL);
    private static final Pattern STRICT_LINE = Pattern.compile("(\\d{3})(?:([ -])(.*?))?\\r\\n", Pattern.DOTALL);
    private static final Pattern WELL_SAID = Pattern.compile("\\p{Print}{1,260}");
    private static final String MALFORMED = "malformed";

    /** R-5321-07, R-5321-08, R-5321-10, R-5321-11, S-08, S-32. */
    @FuzzTest
    @DictionaryEntries({"250 ", "250-", "\\x0d\\x0a", "220 x\\x0d\\x0a", "250-a\\x0d\\x0a", "550 no\\x0a"})
    void anySegmentsGiveWhatTheGrammarSays(byte[] octets) {
        for (ReplyDecoder.Limits limits : List.of(LAX, STRICT)) {
            List<String> expected = read(limits, octets);
            List<String> whole = decode(limits, octets);
            assertThat(kinds(whole)).isEqualTo(expected);
            for (int[] cuts : Cuts.of(octets)) {
                assertThat(decode(limits, octets, cuts)).isEqualTo(whole);
            }
        }
    }

    private static List<String> kinds(List<String> decoded) {
        return decoded.stream()
                .map(each -> each.startsWith(MALFORMED) ? MALFORMED : each)
                .toList();
    }

    private static final class Sink extends ChannelInboundHandlerAdapter {
        private final List<String> out = new ArrayList<>();
        private int heldBack;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            Reply reply = (Reply) msg;
            out.add(reply.code() + " " + reply.lines());
            heldBack = 0;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            boolean wellSaid = cause instanceof MalformedReplyException
                    && WELL_SAID.matcher(cause.getMessage()).matches();
            out.add(wellSaid ? MALFORMED + ": " + cause.getMessage() : cause.toString());
            heldBack = Integer.MIN_VALUE;
        }
    }

    private static List<String> decode(ReplyDecoder.Limits limits, byte[] octets, int... cuts) {
        Sink sink = new Sink();
        ReplyDecoder decoder = new ReplyDecoder(limits);
        EmbeddedChannel channel = new EmbeddedChannel(decoder, sink);
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : octets.length;
            boolean single = to - from <= 1;
            sink.heldBack += to - from;
            channel.writeInbound(Unpooled.copiedBuffer(octets, from, to - from));
            assertThat(single && sink.heldBack > REPLY)
                    .as("more held back than a reply may have")
                    .isFalse();
            from = to;
        }
        channel.finishAndReleaseAll();
        return sink.out;
    }

    private static List<String> read(ReplyDecoder.Limits limits, byte[] octets) {
        String all = new String(octets, ISO_8859_1);
        List<String> replies = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        String code = "";
        int size = 0;
        for (int start = 0; start < all.length(); ) {
            int end = all.indexOf('\n', start) + 1;
            String line = all.substring(start, end == 0 ? all.length() : end);
            boolean tooLong = line.length() > LINE || (!lines.isEmpty() && size + line.length() > REPLY);
            Matcher parts = (limits.strictLineEnds() ? STRICT_LINE : LAX_LINE).matcher(line);
            if (!tooLong && end == 0) {
                return replies;
            }
            boolean follows = !lines.isEmpty();
            if (tooLong || !parts.matches() || (follows && (!parts.group(1).equals(code) || lines.size() == LINES))) {
                replies.add(MALFORMED);
                return replies;
            }
            code = parts.group(1);
            size = follows ? size + line.length() : line.length();
            lines.add(parts.group(3) == null ? "" : new String(parts.group(3).getBytes(ISO_8859_1), UTF_8));
            if (!"-".equals(parts.group(2))) {
                replies.add(Integer.parseInt(code) + " " + lines);
                lines.clear();
            }
            start = end;
        }
        return replies;
    }
}
